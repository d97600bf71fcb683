import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { count, day, duration, gameName, shortAge } from "@/shared/format/format";
import { useSession } from "@/shared/session/session";
import type { Column } from "@/shared/table/columns";
import { DataTable } from "@/shared/table/data-table";
import { useWindowWidth } from "@/shared/table/use-width";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Page } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { ProblemNote, SkeletonRows, StateView } from "@/shared/ui/states";
import { NoValue } from "@/shared/value/value";

type Source = Schemas["SourceState"];

/** One word for a source's state; the order is what needs attention first. */
function health(source: Pick<Source, "is_configured" | "is_stale" | "landed">): { word: string; tone: "gain" | "warn" | "loss" | "neutral"; rank: number } {
  if (!source.is_configured) return { word: "Not configured", tone: "neutral", rank: 3 };
  if (source.landed === null) return { word: "Nothing landed", tone: "warn", rank: 1 };
  if (source.is_stale) return { word: "Stale", tone: "loss", rank: 0 };
  return { word: "Fresh", tone: "gain", rank: 2 };
}

const COLUMNS: Column<Source>[] = [
  {
    id: "source",
    header: "Source",
    value: (row) => row.title,
    cell: (row) => (
      <span className="block min-w-0">
        <a href={row.url} target="_blank" rel="noopener noreferrer" className="block truncate font-medium text-accent hover:underline">
          {row.title}
          <span className="sr-only"> (opens in a new tab)</span>
        </a>
        <span className="block truncate text-xs text-muted" title={row.holds}>
          {row.source} · {row.holds}
        </span>
      </span>
    ),
  },
  {
    id: "state",
    header: "State",
    value: (row) => health(row).rank,
    cell: (row) => {
      const { word, tone } = health(row);
      return (
        <span title={row.is_configured ? undefined : `Needs ${row.needs.join(", ")}`}>
          <Badge tone={tone}>{word}</Badge>
        </span>
      );
    },
    width: 8.5,
  },
  { id: "age", header: "Age", hint: "Of what landed last", value: (row) => row.age_hours, cell: (row) => (row.age_hours === null ? <NoValue reason="Nothing landed" /> : <span title={duration(row.age_hours * 3600)}>{shortAge(row.age_hours * 3600)}</span>), align: "right", width: 6 },
  { id: "newest_day", header: "Newest prices", value: (row) => row.newest_day, cell: (row) => (row.newest_day ? day(row.newest_day) : <NoValue reason="No prices" />), align: "right", width: 8, from: 860 },
  { id: "rows", header: "Accepted", hint: "Rows that cleaning accepted", value: (row) => row.rows_accepted, cell: (row) => (row.rows_accepted === null ? <NoValue /> : count(row.rows_accepted)), align: "right", width: 6.5, descFirst: true, from: 860 },
  {
    id: "quarantined",
    header: "Rejected",
    value: (row) => row.rows_quarantined,
    cell: (row) =>
      row.rows_quarantined ? (
        <Link to="/quarantine" search={{ source: row.source }} className="text-accent hover:underline">
          {count(row.rows_quarantined)}
        </Link>
      ) : row.rows_quarantined === 0 ? (
        "0"
      ) : (
        <NoValue />
      ),
    align: "right",
    width: 6,
    descFirst: true,
  },
  { id: "games", header: "Games", value: (row) => row.categories.join(" "), cell: (row) => row.categories.map(gameName).join(", ") || "–", width: 12, from: 1180 },
  { id: "needs", header: "Needs", value: (row) => row.needs.join(" "), cell: (row) => (row.needs.length === 0 ? <span className="text-muted">nothing</span> : <code className="text-xs" title={row.needs.join(", ")}>{row.needs.join(", ")}</code>), width: 14, from: 1400 },
];

export function SourcesPage(): ReactElement {
  const query = useQuery({ queryKey: ["sources"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/sources", { signal })) });
  const width = useWindowWidth();
  return (
    <Page title="Sources" lead="Where prices and contents come from, and how old what they gave is." actions={<AnalyzeAll />}>
      <QueryView query={query} label="sources" skeleton={<div className="card"><SkeletonRows label="sources" rows={12} height={48} /></div>}>
        {({ items }) => (
          <DataTable
            label="Sources"
            rows={[...items].sort((a, b) => health(a).rank - health(b).rank)}
            columns={COLUMNS.filter(({ from = 0 }) => from !== false && width >= from)}
            rowId={(row) => row.source}
            rowHeight={48}
            reserve={8}
            card={(row) => <SourceCard source={row} />}
            empty={<StateView title="No sources">None is registered.</StateView>}
          />
        )}
      </QueryView>
    </Page>
  );
}

function SourceCard({ source }: { source: Source }): ReactElement {
  const { word, tone } = health(source);
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-medium">{source.title}</span>
        <Badge tone={tone}>{word}</Badge>
      </div>
      <p className="text-sm text-muted">{source.holds}</p>
      <p className="text-sm">
        {source.age_hours === null ? "Nothing landed yet" : `Age ${duration(source.age_hours * 3600)}`}
        {source.rows_accepted !== null && ` · ${count(source.rows_accepted)} rows`}
        {source.rows_quarantined ? ` · ${count(source.rows_quarantined)} rejected` : ""}
      </p>
      {!source.is_configured && <p className="text-sm text-warn">Needs {source.needs.join(", ")}</p>}
    </div>
  );
}

/** Starts an analysis of all products; for operators. */
function AnalyzeAll(): ReactElement | null {
  const { can } = useSession();
  const start = useMutation({ mutationFn: () => unwrap(api.POST("/api/v1/opportunities/analyze-all", { headers: { "Idempotency-Key": idempotencyKey() } })) });
  if (!can("operate")) return null;
  return (
    <>
      {start.isError && <ProblemNote error={start.error} />}
      {start.data ? (
        <Link to="/runs/$runId" params={{ runId: start.data.run_id }} className="text-accent underline">
          Analysis started
        </Link>
      ) : (
        <Button look="primary" busy={start.isPending} onClick={() => start.mutate()}>
          Analyse now
        </Button>
      )}
    </>
  );
}
