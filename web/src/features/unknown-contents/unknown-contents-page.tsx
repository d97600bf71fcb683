import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useMemo } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { useWholeList } from "@/api/pages";
import { count, gameName, words } from "@/shared/format/format";
import { matcher, parseQuery, searchText } from "@/shared/search/grammar";
import { type Column, download, readSort, toCsv, writeSort } from "@/shared/table/columns";
import { DataTable } from "@/shared/table/data-table";
import { useWindowWidth } from "@/shared/table/use-width";
import { Button } from "@/shared/ui/button";
import { MultiSelect } from "@/shared/ui/multi-select";
import { Page } from "@/shared/ui/page";
import { ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { Money } from "@/shared/value/value";

type Valuation = Schemas["Valuation"];

/**
 * What knowing the contents would be worth to look at first: the product's market price, or its cheapest offer.
 * A dearer product can hide more value; there is no value to rank by, for it is what is not known.
 */
export function worth(row: Pick<Valuation, "market_price" | "sealed_price">): number | null {
  const price = row.market_price ?? row.sealed_price;
  return price === null ? null : Number(price);
}

const COLUMNS: Column<Valuation>[] = [
  {
    id: "name",
    header: "Product",
    value: (row) => row.name,
    cell: (row) => (
      <span className="block min-w-0">
        <Link to="/products/$productId" params={{ productId: row.product_id }} className="block truncate font-medium hover:underline">
          {row.name}
        </Link>
        <span className="block truncate text-xs text-muted">{[gameName(row.category), row.set_code?.toUpperCase(), row.kind && words(row.kind)].filter(Boolean).join(" · ")}</span>
      </span>
    ),
  },
  { id: "worth", header: "Market price", hint: "Of the sealed product: what is at stake", value: worth, cell: (row) => <Money value={row.market_price ?? row.sealed_price} currency={row.currency} />, align: "right", width: 7.5, descFirst: true },
  { id: "unknown", header: "Unknown parts", value: (row) => row.unknown_parts.join(", "), cell: (row) => <span className="line-clamp-2 text-xs leading-snug whitespace-normal" title={row.unknown_parts.join(", ")}>{row.unknown_parts.join(", ") || "all"}</span>, width: 24 },
];

export function UnknownContentsPage(): ReactElement {
  const search = useSearch({ from: "/app/unknown-contents" });
  const navigate = useNavigate({ from: "/unknown-contents" });
  const width = useWindowWidth();
  const list = useWholeList(["valuations", "unknown-contents"], async (cursor, signal) => {
    const page = await unwrap(api.GET("/api/v1/valuations", { params: { query: { limit: 200, cursor, published: false, sort: "-price" } }, signal }));
    return { items: page.items.filter((row) => !row.contents_complete), next_cursor: page.next_cursor };
  });
  const rows = useMemo(() => {
    const test = matcher<Valuation>(parseQuery(search.q ?? "", {}), {}, (row) => searchText(row.set_code, row.set_name, row.name, row.kind));
    return list.rows.filter((row) => (search.game === undefined || search.game.includes(row.category)) && test(row));
  }, [list.rows, search]);
  const columns = COLUMNS.filter((column) => column.id !== "unknown" || width >= 860);
  return (
    <Page
      title="Unknown contents"
      lead="Products without a value because a part of their contents is unknown; the dearest first: a list of contents is worth most there."
      actions={
        <Button disabled={rows.length === 0} onClick={() => download("unknown-contents.csv", toCsv(rows, COLUMNS))}>
          CSV
        </Button>
      }
    >
      <search className="flex flex-wrap items-center gap-2">
        <input
          type="search"
          aria-label="Search products"
          placeholder="blb play box"
          className="field min-w-0 flex-[1_1_16rem] sm:max-w-md"
          value={search.q ?? ""}
          onChange={(event) => void navigate({ search: { ...search, q: event.target.value || undefined }, replace: true, resetScroll: false })}
        />
        <MultiSelect
          label="Game"
          value={search.game ?? []}
          options={(["mtg", "pokemon", "yugioh"] as const).map((value) => ({ value, label: gameName(value) }))}
          onChange={(value) => void navigate({ search: { ...search, game: value.length > 0 ? (value as typeof search.game) : undefined }, replace: true })}
        />
        <span role="status" className="text-muted">
          {list.isPending ? "Loading" : `${count(rows.length)} products${list.isLoadingMore ? ", loading more" : ""}`}
        </span>
      </search>
      {list.error && list.rows.length === 0 ? (
        <ProblemView error={list.error} retry={list.refetch} />
      ) : list.isPending ? (
        <div className="card">
          <SkeletonRows label="products" />
        </div>
      ) : (
        <DataTable
          label="Products with unknown contents"
          rows={rows}
          columns={columns}
          rowId={(row) => row.product_id}
          sort={readSort(search.sort ?? "-worth", ["name", "worth", "unknown"])}
          onSort={(sort) => void navigate({ search: { ...search, sort: writeSort(sort) }, replace: true, resetScroll: false })}
          rowHeight={48}
          reserve={13}
          cardHeight={92}
          card={(row) => (
            <div className="flex flex-col gap-1">
              <div className="flex gap-2">
                <Link to="/products/$productId" params={{ productId: row.product_id }} className="min-w-0 flex-1 font-medium hover:underline">
                  {row.name}
                </Link>
                <Money value={row.market_price ?? row.sealed_price} currency={row.currency} />
              </div>
              <p className="text-xs text-muted">{row.unknown_parts.join(", ")}</p>
            </div>
          )}
          empty={
            <div className="card">
              <StateView title="No unknown contents">The contents of every product that was valued are known, or the filters leave none.</StateView>
            </div>
          }
        />
      )}
    </Page>
  );
}
