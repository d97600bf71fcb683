import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { api, idempotencyKey, type Schemas, unwrap } from "@/api/client";
import { count, day, gameName, words } from "@/shared/format/format";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { TextField } from "@/shared/ui/field";
import { Page, Panel } from "@/shared/ui/page";
import { ProblemNote, ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";

type Rejection = Schemas["Rejection"];

/** A raw record as indented JSON where it is JSON; else as it is. */
function readable(record: string): string {
  try {
    return JSON.stringify(JSON.parse(record), null, 2);
  } catch {
    return record;
  }
}

export function QuarantinePage(): ReactElement {
  const search = useSearch({ from: "/app/quarantine" });
  const navigate = useNavigate({ from: "/quarantine" });
  const query = useInfiniteQuery({
    queryKey: ["quarantine", search],
    queryFn: ({ pageParam, signal }) =>
      unwrap(api.GET("/api/v1/quarantine", { params: { query: { limit: 50, cursor: pageParam, source: search.source, reason: search.reason, day: search.day } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const reasons = Object.entries(query.data?.pages[0]?.by_reason ?? {}).sort((a, b) => b[1] - a[1]);
  return (
    <Page title="Quarantine" lead="Records that cleaning rejected: why, the record itself, and a replay after a fix.">
      <search className="flex flex-wrap items-end gap-3">
        <TextField
          label="Source"
          placeholder="tcgcsv"
          defaultValue={search.source ?? ""}
          key={search.source}
          onBlur={(event) => void navigate({ search: { ...search, source: event.target.value || undefined }, replace: true })}
          onKeyDown={(event) => event.key === "Enter" && void navigate({ search: { ...search, source: event.currentTarget.value || undefined }, replace: true })}
        />
        <TextField label="Day" type="date" value={search.day ?? ""} onChange={(event) => void navigate({ search: { ...search, day: event.target.value || undefined }, replace: true })} />
        {(search.source ?? search.day ?? search.reason) && (
          <Button look="quiet" onClick={() => void navigate({ search: {} })}>
            Clear filters
          </Button>
        )}
      </search>
      {query.isError && items.length === 0 ? (
        <ProblemView error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <div className="card">
          <SkeletonRows label="rejected records" />
        </div>
      ) : items.length === 0 ? (
        <div className="card">
          <StateView title="Nothing in quarantine">Cleaning rejected no record{search.source ? ` of ${search.source}` : ""}, or the filters leave none.</StateView>
        </div>
      ) : (
        <div className="grid grid-cols-1 gap-3 lg:grid-cols-[16rem_minmax(0,1fr)] lg:items-start">
          <Panel title="By reason">
            <ul className="flex flex-col">
              {reasons.map(([reason, rows]) => (
                <li key={reason}>
                  <Link
                    to="/quarantine"
                    search={{ ...search, reason: search.reason === reason ? undefined : reason }}
                    aria-current={search.reason === reason ? "true" : undefined}
                    className={`flex min-h-7 items-center justify-between gap-2 rounded px-2 hover:bg-hover ${search.reason === reason ? "bg-accent-soft text-accent" : ""}`}
                  >
                    <span className="truncate">{words(reason)}</span>
                    <span className="tabular-nums">{count(rows)}</span>
                  </Link>
                </li>
              ))}
            </ul>
          </Panel>
          <div className="flex min-w-0 flex-col gap-3">
            {query.isError && <ProblemNote error={query.error} />}
            <ul aria-label="Rejected records" className="flex flex-col gap-2">
              {items.map((rejection) => (
                <Item key={rejection.id} rejection={rejection} />
              ))}
            </ul>
            {query.hasNextPage && (
              <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                Load more
              </Button>
            )}
          </div>
        </div>
      )}
    </Page>
  );
}

function Item({ rejection }: { rejection: Rejection }): ReactElement {
  const replay = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/quarantine/{rejection_id}/replay", {
          params: { path: { rejection_id: rejection.id } },
          headers: { "Idempotency-Key": idempotencyKey() },
          body: {},
        }),
      ),
  });
  return (
    <li className="card flex flex-col gap-1.5 p-3">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone="warn">{words(rejection.reason)}</Badge>
        <span className="font-medium">{rejection.source}</span>
        <span className="text-muted">
          {day(rejection.day)}
          {rejection.category && ` · ${gameName(rejection.category)}`}
        </span>
        <span className="ml-auto">
          {replay.data ? (
            <Link to="/runs/$runId" params={{ runId: replay.data.run_id }} className="text-accent underline">
              Replay started
            </Link>
          ) : (
            <Button className="min-h-7! py-0.5!" busy={replay.isPending} onClick={() => replay.mutate()} aria-label={`Replay ${rejection.source} of ${rejection.day}`}>
              Replay the day
            </Button>
          )}
        </span>
      </div>
      {rejection.detail && <p>{rejection.detail}</p>}
      {rejection.advice && <p className="text-muted">{rejection.advice}</p>}
      <details>
        <summary className="text-sm text-accent">Raw record</summary>
        <p className="mt-1 text-xs text-muted wrap-anywhere">{rejection.file}</p>
        <pre className="mt-1 max-h-64 overflow-auto rounded bg-sunken p-2 text-xs whitespace-pre-wrap wrap-anywhere" tabIndex={0} aria-label="Raw record">
          {readable(rejection.record)}
        </pre>
      </details>
      {replay.isError && <ProblemNote error={replay.error} />}
    </li>
  );
}
