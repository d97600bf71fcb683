import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, type ReactElement, Suspense, useEffect, useState } from "react";
import { api, type Schemas, unwrap } from "@/api/client";
import { day, gameName, words } from "@/shared/format/format";
import { useSession } from "@/shared/session/session";
import type { Column } from "@/shared/table/columns";
import { DataTable } from "@/shared/table/data-table";
import { useWindowWidth } from "@/shared/table/use-width";
import { Badge } from "@/shared/ui/badge";
import { Button } from "@/shared/ui/button";
import { Page } from "@/shared/ui/page";
import { Picture } from "@/shared/ui/picture";
import { ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";

const ProductDialog = lazy(async () => ({ default: (await import("./product-dialog")).ProductDialog }));
const CreateDialog = lazy(async () => ({ default: (await import("./create-dialog")).CreateDialog }));

type Product = Schemas["Product"];

function columns(edit: ((product: Product) => void) | null): Column<Product>[] {
  return [
    {
      id: "name",
      header: "Product",
      value: (row) => row.name,
      cell: (row) => (
        <span className="flex min-w-0 items-center gap-2.5">
          <Picture src={row.image_url} />
          <span className="min-w-0">
            <Link to="/products/$productId" params={{ productId: row.id }} className="block truncate font-medium hover:underline">
              {row.name}
            </Link>
            <span className="block truncate text-xs text-muted">{[gameName(row.category), row.set_code?.toUpperCase(), row.kind && words(row.kind)].filter(Boolean).join(" · ")}</span>
          </span>
        </span>
      ),
    },
    {
      id: "state",
      header: "State",
      value: (row) => row.is_active,
      cell: (row) => (
        <span className="flex gap-1">
          {row.is_active ? <span className="text-muted">active</span> : <Badge tone="warn">Deactivated</Badge>}
          {row.is_featured && <Badge tone="accent">Featured</Badge>}
          {row.origin === "user" && <Badge>Own</Badge>}
        </span>
      ),
      width: 11,
    },
    { id: "tcg", header: "TCGplayer id", value: (row) => row.tcg_product_id, align: "right", width: 8, from: 860 },
    { id: "release", header: "Released", value: (row) => row.release_date, cell: (row) => (row.release_date ? day(row.release_date) : "–"), align: "right", width: 8, from: 1024 },
    ...(edit
      ? [
          {
            id: "edit",
            header: "Edit",
            value: () => null,
            cell: (row: Product) => (
              <Button className="min-h-7! py-0.5!" onClick={() => edit(row)} aria-label={`Edit ${row.name}`}>
                Edit
              </Button>
            ),
            width: 5.5,
          },
        ]
      : []),
  ];
}

export function CataloguePage(): ReactElement {
  const search = useSearch({ from: "/app/products" });
  const navigate = useNavigate({ from: "/products" });
  const { can } = useSession();
  const width = useWindowWidth();
  const [typed, setTyped] = useState(search.q ?? "");
  const [isNew, setNew] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      if ((search.q ?? "") !== typed.trim()) void navigate({ search: { ...search, q: typed.trim() === "" ? undefined : typed.trim() }, replace: true, resetScroll: false });
    }, 200);
    return () => clearTimeout(timer);
  }, [typed, search, navigate]);
  const query = useInfiniteQuery({
    queryKey: ["products", "list", { ...search, edit: undefined }],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/products", {
          params: { query: { q: search.q, category: search.game, product_type: search.type, is_active: search.active ?? "true", origin: search.origin, limit: 100, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = query.data?.pages.flatMap((page) => page.items) ?? [];
  const edited = rows.find((row) => row.id === search.edit);
  const change = (value: Partial<typeof search>): void => void navigate({ search: { ...search, ...value }, replace: true });
  const edit = can("operate") ? (product: Product) => void navigate({ search: { ...search, edit: product.id } }) : null;
  return (
    <Page
      title="Products"
      lead="Everything the sources list, and products of your own."
      actions={
        can("operate") && (
          <Button look="primary" onClick={() => setNew(true)}>
            New product
          </Button>
        )
      }
    >
      <search className="flex flex-wrap items-center gap-2">
        <input type="search" aria-label="Search products" placeholder="blb play box" className="field min-w-0 flex-[1_1_16rem] sm:max-w-md" value={typed} onChange={(event) => setTyped(event.target.value)} />
        <select aria-label="Game" className="field" value={search.game ?? ""} onChange={(event) => change({ game: (event.target.value || undefined) as typeof search.game })}>
          <option value="">All games</option>
          <option value="mtg">Magic</option>
          <option value="pokemon">Pokémon</option>
          <option value="yugioh">Yu-Gi-Oh!</option>
        </select>
        <select aria-label="Type" className="field" value={search.type ?? ""} onChange={(event) => change({ type: (event.target.value || undefined) as typeof search.type })}>
          <option value="">Sealed and singles</option>
          <option value="sealed">Sealed</option>
          <option value="single">Singles</option>
        </select>
        <select aria-label="State" className="field" value={search.active ?? ""} onChange={(event) => change({ active: (event.target.value || undefined) as typeof search.active })}>
          <option value="">Active</option>
          <option value="false">Deactivated</option>
          <option value="all">All</option>
        </select>
        <select aria-label="Origin" className="field" value={search.origin ?? ""} onChange={(event) => change({ origin: (event.target.value || undefined) as typeof search.origin })}>
          <option value="">Any origin</option>
          <option value="source">From sources</option>
          <option value="user">Own</option>
        </select>
      </search>
      {query.isError && rows.length === 0 ? (
        <ProblemView error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <div className="card">
          <SkeletonRows label="products" rows={12} height={48} />
        </div>
      ) : (
        <DataTable
          label="Products"
          rows={rows}
          columns={columns(edit).filter(({ from = 0 }) => from !== false && width >= from)}
          rowId={(row) => row.id}
          rowHeight={48}
          reserve={14}
          cardHeight={80}
          card={(row) => (
            <div className="flex items-center gap-2">
              <div className="min-w-0 flex-1">
                <Link to="/products/$productId" params={{ productId: row.id }} className="font-medium hover:underline">
                  {row.name}
                </Link>
                <p className="text-xs text-muted">{[gameName(row.category), row.set_code?.toUpperCase(), row.kind && words(row.kind)].filter(Boolean).join(" · ")}</p>
              </div>
              {edit && <Button onClick={() => edit(row)}>Edit</Button>}
            </div>
          )}
          empty={
            <div className="card">
              <StateView title="No product matches" action={<Button onClick={() => { setTyped(""); void navigate({ search: {} }); }}>Clear filters</Button>}>
                Every word has to begin a word of set code, set, name or kind.
              </StateView>
            </div>
          }
        />
      )}
      {query.hasNextPage && (
        <div>
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
      <Suspense>
        {edited && <ProductDialog product={edited} onClose={() => change({ edit: undefined })} />}
        {isNew && <CreateDialog onClose={() => setNew(false)} />}
      </Suspense>
    </Page>
  );
}
