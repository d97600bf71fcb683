import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useMemo, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { useWholeList } from "@/api/pages";
import { count, words } from "@/shared/format/format";
import { type Column, readSort, writeSort } from "@/shared/table/columns";
import { DataTable } from "@/shared/table/data-table";
import { useWindowWidth } from "@/shared/table/use-width";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Figure, Page } from "@/shared/ui/page";
import { QueryView } from "@/shared/ui/query-view";
import { Notice, ProblemNote, ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { Money, Percent, Probability } from "@/shared/value/value";
import { priceListQuery } from "./queries";

const MatchDialog = lazy(async () => ({ default: (await import("./match-dialog")).MatchDialog }));

export type Row = Schemas["PriceListRow"];
const num = (value: string | null): number | null => (value === null ? null : Number(value));

/** The row as written in the file, without empty cells. */
export function given(row: Row): string {
  return Object.values(row.given)
    .filter((value) => value !== null && value !== "")
    .map(String)
    .join(" · ");
}

function State({ row }: { row: Row }): ReactElement {
  if (row.state === "valued" && row.is_suspect) {
    return (
      <span title="Far under the market price: mispriced, opened, or another product?">
        <Badge tone="warn">Look twice</Badge>
      </span>
    );
  }
  if (row.state === "valued") return row.is_worth_buying ? <Badge tone="gain">Worth buying</Badge> : <span className="text-muted">Not worth it</span>;
  if (row.state === "unmatched") return <Badge tone="warn">{row.candidates.length > 0 ? "Doubtful" : "Unmatched"}</Badge>;
  return <Badge>Not valued</Badge>;
}

export function PriceListPage(): ReactElement {
  const { priceListId } = useParams({ from: "/app/price-lists/$priceListId" });
  const query = useQuery(priceListQuery(priceListId));
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/price-lists/{price_list_id}", { params: { path: { price_list_id: priceListId } } })),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["price-lists"] });
      void navigate({ to: "/price-lists" });
    },
  });
  const [isSure, setSure] = useState(false);
  return (
    <Page
      title={query.data?.name ?? "Price list"}
      lead={
        <Link to="/price-lists" className="text-accent hover:underline">
          All price lists
        </Link>
      }
      actions={
        query.data && (
          <>
            <DownloadButton id={priceListId} name={query.data.name} />
            {isSure ? (
              <>
                <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate()}>
                  Delete the list
                </Button>
                <Button onClick={() => setSure(false)}>Keep it</Button>
              </>
            ) : (
              <Button onClick={() => setSure(true)}>Delete</Button>
            )}
          </>
        )
      }
    >
      {remove.isError && <ProblemNote error={remove.error} />}
      <QueryView query={query} label="the price list">
        {(list) => (
          <>
            <section className="card grid grid-cols-2 gap-4 p-4 sm:grid-cols-5" aria-label="Sums">
              <Figure label="Status">{words(list.status)}</Figure>
              <Figure label="Rows">{list.rows === null ? "–" : count(list.rows)}</Figure>
              <Figure label="Valued">{count(list.valued)}</Figure>
              <Figure label="Unmatched">{count(list.unmatched)}</Figure>
              <Figure label="Worth buying">{count(list.worth_buying)}</Figure>
            </section>
            {(list.status === "queued" || list.status === "running") && (
              <div role="status" className="flex flex-col gap-1">
                <span>{list.status === "queued" ? "Waiting for its turn." : `${count(list.rows_done)} of ${list.rows === null ? "the" : count(list.rows)} rows valued.`}</span>
                <progress className="h-2 w-full" max={list.rows ?? 1} value={list.status === "queued" ? undefined : list.rows_done} aria-label="Rows valued" />
              </div>
            )}
            {list.status === "failed" && <Notice tone="warn">The list could not be valued: {list.error ?? "no reason recorded"}. Correct the file and send it again.</Notice>}
            {list.status === "done" && <Rows id={priceListId} />}
          </>
        )}
      </QueryView>
    </Page>
  );
}

function DownloadButton({ id, name }: { id: string; name: string }): ReactElement {
  const load = useMutation({
    mutationFn: async () => {
      const response = await fetch(`/api/v1/price-lists/${encodeURIComponent(id)}/rows`, { headers: { Accept: "text/csv" } });
      if (!response.ok) throw new Error(`The download failed with status ${response.status}. Try again.`);
      const link = document.createElement("a");
      const url = URL.createObjectURL(await response.blob());
      link.href = url;
      link.download = `valued-${name.replace(/\.[a-z]+$/iu, "")}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    },
  });
  return (
    <>
      <Button busy={load.isPending} onClick={() => load.mutate()}>
        Download CSV
      </Button>
      {load.isError && <ProblemNote error={load.error} />}
    </>
  );
}

const STATES = [
  [undefined, "All"],
  ["valued", "Valued"],
  ["unmatched", "Unmatched or doubtful"],
  ["not_valued", "Not valued"],
] as const;

function Rows({ id }: { id: string }): ReactElement {
  const search = useSearch({ from: "/app/price-lists/$priceListId" });
  const navigate = useNavigate({ from: "/price-lists/$priceListId" });
  const [matching, setMatching] = useState<Row | null>(null);
  const width = useWindowWidth();
  const list = useWholeList(["price-lists", id, "rows", search.state], (cursor, signal) =>
    unwrap(api.GET("/api/v1/price-lists/{price_list_id}/rows", { params: { path: { price_list_id: id }, query: { limit: 200, cursor, state: search.state, sort: "line" } }, signal })),
  );
  const columns = useMemo(() => COLUMNS(setMatching).filter(({ from = 0 }) => from !== false && width >= from), [width]);
  const sort = readSort(search.sort ?? "-profit", columns.map((column) => column.id));
  return (
    <>
      <nav aria-label="Rows shown" className="flex flex-wrap gap-1">
        {STATES.map(([state, label]) => (
          <Link
            key={label}
            to="/price-lists/$priceListId"
            params={{ priceListId: id }}
            search={{ ...search, state }}
            aria-current={search.state === state ? "page" : undefined}
            className={`rounded-md px-3 py-1 ${search.state === state ? "bg-accent-soft font-medium text-accent" : "text-muted hover:text-text"}`}
          >
            {label}
          </Link>
        ))}
      </nav>
      {list.error && list.rows.length === 0 ? (
        <ProblemView error={list.error} retry={list.refetch} />
      ) : list.isPending ? (
        <div className="card">
          <SkeletonRows label="rows" />
        </div>
      ) : (
        <DataTable
          label="Rows of the price list"
          rows={list.rows}
          columns={columns}
          rowId={(row) => String(row.line)}
          sort={sort}
          onSort={(next) => void navigate({ search: { ...search, sort: writeSort(next) }, replace: true, resetScroll: false })}
          rowHeight={48}
          reserve={20}
          card={(row) => <RowCard row={row} match={() => setMatching(row)} />}
          empty={
            <div className="card">
              <StateView title="No rows here">Choose another list above.</StateView>
            </div>
          }
        />
      )}
      {matching && (
        <Suspense>
          <MatchDialog listId={id} row={matching} onClose={() => setMatching(null)} />
        </Suspense>
      )}
    </>
  );
}

const COLUMNS = (match: (row: Row) => void): Column<Row>[] => [
  {
    id: "product",
    header: "Product",
    value: (row) => row.matched_name ?? given(row),
    cell: (row) => (
      <span className="block min-w-0">
        {row.product_id ? (
          <Link to="/products/$productId" params={{ productId: row.product_id }} className="block truncate font-medium hover:underline">
            {row.matched_name}
          </Link>
        ) : (
          <span className="block truncate">{given(row)}</span>
        )}
        <span className="block truncate text-xs text-muted" title={given(row)}>
          {row.state === "valued" ? `line ${row.line}: ${given(row)}` : `line ${row.line}: ${row.reason ?? ""}`}
        </span>
      </span>
    ),
  },
  { id: "pieces", header: "Pieces", value: (row) => row.pieces, cell: (row) => (row.pieces === null ? "–" : count(row.pieces)), align: "right", width: 5, from: 860 },
  { id: "cost", header: "Cost", hint: "All pieces of the row, landed", value: (row) => num(row.cost), cell: (row) => <Money value={row.cost} currency={row.currency} />, align: "right", width: 6.5 },
  { id: "net_value", header: "Nets", value: (row) => num(row.net_value), cell: (row) => <Money value={row.net_value} currency={row.currency} />, align: "right", width: 6.5, descFirst: true, from: 860 },
  { id: "profit", header: "Profit", value: (row) => num(row.profit), cell: (row) => <Money value={row.profit} currency={row.currency} signed />, align: "right", width: 6.5, descFirst: true },
  { id: "margin", header: "Margin", value: (row) => row.margin_percentage, cell: (row) => <Percent value={row.margin_percentage} signed />, align: "right", width: 6.5, descFirst: true, from: 860 },
  { id: "p_profit", header: "P(profit)", value: (row) => row.p_profit, cell: (row) => <Probability value={row.p_profit} />, align: "right", width: 6, descFirst: true },
  { id: "pay", header: "Pay at most each", hint: "Highest price of one piece for the chance that was asked for: a P(profit) of 80% unless the upload named another", value: (row) => num(row.break_even_at_chance), cell: (row) => <Money value={row.break_even_at_chance} currency={row.currency} />, align: "right", width: 6.5, descFirst: true, from: 960 },
  { id: "state", header: "Result", value: (row) => row.state + String(row.is_worth_buying), cell: (row) => <State row={row} />, width: 8 },
  {
    id: "match",
    header: "Match",
    sortable: false,
    value: () => null,
    cell: (row) => (
      <Button className="min-h-7! py-0.5!" onClick={() => match(row)} aria-label={`${row.state === "unmatched" ? "Choose" : "Change"} the match of line ${row.line}`}>
        {row.state === "unmatched" ? "Choose" : "Change"}
      </Button>
    ),
    width: 8,
  },
];

function RowCard({ row, match }: { row: Row; match: () => void }): ReactElement {
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-start gap-2">
        <span className="min-w-0 flex-1 font-medium">{row.matched_name ?? given(row)}</span>
        <State row={row} />
      </div>
      {row.state === "valued" ? (
        <div className="flex justify-between text-sm">
          <span>
            cost <Money value={row.cost} currency={row.currency} />
          </span>
          <span>
            <Money value={row.profit} currency={row.currency} signed /> · <Probability value={row.p_profit} />
          </span>
        </div>
      ) : (
        <p className="text-sm text-muted">{row.reason}</p>
      )}
      <div>
        <Button onClick={match}>{row.state === "unmatched" ? "Choose the product" : "Change the match"}</Button>
      </div>
    </div>
  );
}
