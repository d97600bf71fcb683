import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useMemo, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { count, day } from "@/shared/format/format";
import { type Column, download, readSort, toCsv, writeSort } from "@/shared/table/columns";
import { DataTable } from "@/shared/table/data-table";
import { useWindowWidth } from "@/shared/table/use-width";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Figure, Page } from "@/shared/ui/page";
import { ProblemNote, ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { Ago, Money, NoValue } from "@/shared/value/value";

const SaleDialog = lazy(async () => ({ default: (await import("./sale-dialog")).SaleDialog }));

const EditDialog = lazy(async () => ({ default: (await import("./edit-dialog")).EditDialog }));

export type Purchase = Schemas["Purchase"];

/** Result of a purchase as it stands: realised, or sales so far and what the rest is worth now. */
function markedProfit(purchase: Purchase): number | null {
  const profit = purchase.realised_profit ?? purchase.unrealised_profit;
  return profit === null ? null : Number(profit);
}

const COLUMNS: Column<Purchase>[] = [
  {
    id: "name",
    header: "Product",
    value: (row) => row.name,
    cell: (row) => (
      <span className="block min-w-0">
        <Link to="/products/$productId" params={{ productId: row.product_id }} className="line-clamp-2 font-medium hover:underline">
          {row.name}
        </Link>
        <span className="block truncate text-xs text-muted">{row.notes}</span>
      </span>
    ),
  },
  { id: "purchased_at", header: "Bought", value: (row) => row.purchased_at, cell: (row) => <Ago at={row.purchased_at} />, width: 7.5, descFirst: true, from: 860 },
  { id: "quantity", header: "Pieces", value: (row) => row.quantity, cell: (row) => count(row.quantity), align: "right", width: 4.5 },
  { id: "spent", header: "Spent", value: (row) => Number(row.spent), cell: (row) => <Money value={row.spent} currency={row.currency} />, align: "right", width: 6.5, descFirst: true },
  { id: "forecast_profit", header: "Forecast profit", hint: "At the purchase: pieces × value − spent", value: (row) => (row.forecast_profit === null ? null : Number(row.forecast_profit)), cell: (row) => <Money value={row.forecast_profit} currency={row.currency} signed />, align: "right", width: 7.5, descFirst: true, from: 960 },
  { id: "unsold_value", header: "Worth now", hint: "Today's net value of what is not sold", value: (row) => (row.unsold_value === null ? null : Number(row.unsold_value)), cell: (row) => (row.is_final ? <span className="text-muted">sold</span> : <Money value={row.unsold_value} currency={row.currency} />), align: "right", width: 6.5, descFirst: true },
  { id: "proceeds", header: "Sold for", value: (row) => Number(row.proceeds), cell: (row) => (Number(row.proceeds) === 0 ? <NoValue reason="No sale yet" /> : <Money value={row.proceeds} currency={row.currency} />), align: "right", width: 6.5, descFirst: true, from: 860 },
  {
    id: "result",
    header: "Result",
    hint: "Realised where the sale is final; else sales so far and the rest at today's value",
    value: markedProfit,
    cell: (row) => {
      const profit = markedProfit(row);
      return profit === null ? (
        <NoValue reason="Not valued today" />
      ) : (
        <span>
          <Money value={profit.toFixed(2)} currency={row.currency} signed />
          <span className="block text-xs text-muted">{row.is_final ? "realised" : "unrealised"}</span>
        </span>
      );
    },
    align: "right",
    width: 6.5,
    descFirst: true,
  },
];

export function PortfolioPage(): ReactElement {
  const search = useSearch({ from: "/app/portfolio" });
  const navigate = useNavigate({ from: "/portfolio" });
  const [selling, setSelling] = useState<Purchase | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const query = useInfiniteQuery({
    queryKey: ["portfolio"],
    queryFn: ({ pageParam, signal }) => unwrap(api.GET("/api/v1/portfolio", { params: { query: { limit: 200, cursor: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const width = useWindowWidth();
  const all = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const rows = useMemo(() => all.filter((row) => search.show === undefined || row.is_final === (search.show === "closed")), [all, search.show]);
  const sums = query.data?.pages[0];
  const columns = useMemo<Column<Purchase>[]>(
    () => [
      ...COLUMNS.filter(({ from = 0 }) => from !== false && width >= from),
      {
        id: "sell",
        header: "Sales",
        sortable: false,
        value: () => null,
        cell: (row) => (
          <span className="flex items-center justify-between gap-1">
            {row.is_final ? (
              <Badge tone="gain">Final</Badge>
            ) : (
              <Button className="min-h-7! py-0.5!" onClick={() => setSelling(row)} aria-label={`Enter a sale of ${row.name}`}>
                Enter a sale
              </Button>
            )}
            <Button look="quiet" className="min-h-7! py-0.5!" onClick={() => setEditing(row.id)} aria-label={`Edit the purchase of ${row.name}`}>
              Edit
            </Button>
          </span>
        ),
        width: 12.5,
      },
    ],
    [width],
  );
  const sort = readSort(search.sort, COLUMNS.map((column) => column.id));
  return (
    <Page
      title="Portfolio"
      lead="What you bought, what it is worth now, and what came of the forecasts."
      actions={
        <Button disabled={rows.length === 0} onClick={() => download("portfolio.csv", toCsv(rows, COLUMNS))}>
          CSV
        </Button>
      }
    >
      {query.isError && !query.data && <ProblemView error={query.error} retry={() => void query.refetch()} />}
      {query.isError && query.data && <ProblemNote error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && (
        <div className="card">
          <SkeletonRows label="the portfolio" />
        </div>
      )}
      {sums && (
        <>
          <section className="card grid grid-cols-2 gap-4 p-4 sm:grid-cols-3 lg:grid-cols-6" aria-label="Sums">
            <Figure label="Purchases">{count(sums.purchases)}</Figure>
            <Figure label="Spent">
              <Money value={sums.spent} currency={sums.currency} />
            </Figure>
            <Figure label="Worth now" hint="of what is not sold">
              <Money value={sums.unsold_value} currency={sums.currency} />
            </Figure>
            <Figure label="Sold for">
              <Money value={sums.proceeds} currency={sums.currency} />
            </Figure>
            <Figure label="Realised profit" hint={`${count(sums.realised_purchases)} of ${count(sums.purchases)} final`}>
              <Money value={sums.realised_profit} currency={sums.currency} signed />
            </Figure>
            <Figure label="Forecast profit" hint="of all, at their purchase">
              <Money value={sums.forecast_profit} currency={sums.currency} signed />
            </Figure>
          </section>
          <nav aria-label="Purchases shown" className="flex gap-1">
            {([undefined, "open", "closed"] as const).map((show) => (
              <Link
                key={show ?? "all"}
                to="/portfolio"
                search={{ ...search, show }}
                aria-current={search.show === show ? "page" : undefined}
                className={`rounded-md px-3 py-1 ${search.show === show ? "bg-accent-soft font-medium text-accent" : "text-muted hover:text-text"}`}
              >
                {show === undefined ? "All" : show === "open" ? "Not sold" : "Sold"}
              </Link>
            ))}
          </nav>
          <DataTable
            label="Purchases"
            rows={rows}
            columns={columns}
            rowId={(row) => row.id}
            sort={sort}
            onSort={(next) => void navigate({ search: { ...search, sort: writeSort(next) }, replace: true, resetScroll: false })}
            rowHeight={48}
            cardHeight={150}
            reserve={20}
            card={(row) => <PurchaseCard row={row} sell={() => setSelling(row)} edit={() => setEditing(row.id)} />}
            empty={
              <div className="card">
                {all.length > 0 ? (
                  <StateView title="No purchase here">Choose another list above.</StateView>
                ) : (
                  <StateView title="No purchases yet" action={<Link to="/" className="text-accent underline">Go to the opportunities</Link>}>
                    Open an opportunity and choose Execute after you have bought it: its forecast is kept and later held against what it sold for.
                  </StateView>
                )}
              </div>
            }
          />
          {query.hasNextPage && (
            <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Load older purchases
            </Button>
          )}
        </>
      )}
      {editing && (
        <Suspense>
          <EditDialog purchaseId={editing} onClose={() => setEditing(null)} />
        </Suspense>
      )}
      {selling && (
        <Suspense>
          <SaleDialog purchase={selling} onClose={() => setSelling(null)} />
        </Suspense>
      )}
    </Page>
  );
}

function PurchaseCard({ row, sell, edit }: { row: Purchase; sell: () => void; edit: () => void }): ReactElement {
  const profit = markedProfit(row);
  return (
    <div className="flex flex-col gap-2">
      <Link to="/products/$productId" params={{ productId: row.product_id }} className="font-medium hover:underline">
        {row.name}
      </Link>
      <dl className="grid grid-cols-3 gap-2 text-sm">
        <div>
          <dt className="text-xs text-muted">Spent</dt>
          <dd>
            <Money value={row.spent} currency={row.currency} />
            <span className="block text-xs text-muted">{count(row.quantity)} pieces</span>
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">{row.is_final ? "Sold for" : "Worth now"}</dt>
          <dd>
            <Money value={row.is_final ? row.proceeds : row.unsold_value} currency={row.currency} />
          </dd>
        </div>
        <div className="text-right">
          <dt className="text-xs text-muted">Result</dt>
          <dd>{profit === null ? <NoValue reason="Not valued today" /> : <Money value={profit.toFixed(2)} currency={row.currency} signed />}</dd>
        </div>
      </dl>
      <div className="flex items-center justify-between text-sm text-muted">
        <span>bought {day(row.purchased_at)}</span>
        <span className="flex items-center gap-1">
          <Button look="quiet" onClick={edit} aria-label={`Edit the purchase of ${row.name}`}>
            Edit
          </Button>
          {row.is_final ? <Badge tone="gain">Final</Badge> : <Button onClick={sell}>Enter a sale</Button>}
        </span>
      </div>
    </div>
  );
}
