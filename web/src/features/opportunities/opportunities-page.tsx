import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactElement, useDeferredValue, useMemo } from "react";
import { count, day } from "@/shared/format/format";
import { download, readSort, shownColumns, toCsv, writeSort } from "@/shared/table/columns";
import { DataTable } from "@/shared/table/data-table";
import { useWindowWidth } from "@/shared/table/use-width";
import { Button } from "@/shared/ui/button";
import { MultiSelect } from "@/shared/ui/multi-select";
import { Page } from "@/shared/ui/page";
import { Notice, ProblemNote, ProblemView, SkeletonRows, StateView } from "@/shared/ui/states";
import { useNow } from "@/shared/value/use-now";
import { PRICES_COMPLETE } from "@/shared/value/value";
import { CLOSED_COLUMNS, COLUMNS, NEAR_MISS_COLUMNS, RowCard } from "./columns";
import { FilterBar } from "./filter-bar";
import { activeFilters, filterRows, withoutFilters } from "./filters";
import type { OpportunitySearch } from "./params";
import { useNearMisses, useOpportunities, useToResell } from "./rows";
import { SavedViews } from "./saved-views";

const STALE_HOURS = 48;

const LISTS = {
  buy: { columns: COLUMNS, label: "Opportunities", file: "opportunities", lead: "Sealed products that cost less than the cards inside them net; first what makes the money at risk grow fastest." },
  "near-misses": { columns: NEAR_MISS_COLUMNS, label: "Near misses", file: "near-misses", lead: "Valued, but not published: each row names what keeps it out." },
  closed: { columns: CLOSED_COLUMNS, label: "To resell unopened", file: "to-resell", lead: "Sealed products that net more than they cost when they are sold on unopened." },
};

export function OpportunitiesPage(): ReactElement {
  const search: OpportunitySearch = useSearch({ from: "/app/" });
  const navigate = useNavigate({ from: "/" });
  const change = (next: OpportunitySearch): void => void navigate({ search: next, replace: true, resetScroll: false });
  const { show } = search;
  const isNear = show === "near-misses";
  const lists = { buy: useOpportunities(show === undefined), "near-misses": useNearMisses(isNear), closed: useToResell(show === "closed") };
  const list = lists[show ?? "buy"];
  const { columns, label, file, lead } = LISTS[show ?? "buy"];
  const deferred = useDeferredValue(search);
  const { rows, problems } = useMemo(() => filterRows(list.rows, deferred), [list.rows, deferred]);
  const width = useWindowWidth();
  const shown = useMemo(() => shownColumns(columns, search.columns, width), [columns, search.columns, width]);
  const ids = useMemo(() => columns.map((column) => column.id), [columns]);
  const sort = useMemo(() => readSort(search.sort, ids), [search.sort, ids]);
  const asOf = list.rows[0]?.as_of;

  return (
    <Page
      title="Opportunities"
      lead={lead}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <nav aria-label="Lists" className="flex rounded-md border border-line bg-sunken p-0.5">
          <Tab search={{ ...search, show: undefined, sort: undefined }} isCurrent={show === undefined} label="To buy" />
          <Tab search={{ ...search, show: "closed", sort: undefined }} isCurrent={show === "closed"} label="To resell unopened" />
          <Tab search={{ ...search, show: "near-misses", sort: undefined }} isCurrent={isNear} label="Near misses" />
        </nav>
        <span role="status" className="text-muted">
          {list.isPending ? "Loading" : summary(rows.length, list.rows.length, list.isLoadingMore)}
          {asOf && ` · prices of ${day(asOf)}`}
        </span>
        <div className="ml-auto flex flex-wrap gap-2">
          <SavedViews search={search} />
          <MultiSelect
            label="Columns"
            summary="Columns"
            value={shown.map((column) => column.id)}
            options={columns.slice(1).map((column) => ({ value: column.id, label: column.header }))}
            onChange={(value) => change({ ...search, columns: ids.filter((id) => value.includes(id)) })}
          />
          <Button disabled={rows.length === 0} onClick={() => download(`${file}-${asOf ?? "today"}.csv`, toCsv(rows, columns))}>
            CSV
          </Button>
        </div>
      </div>
      <FilterBar search={search} onChange={change} rows={list.rows} problems={problems} />
      {asOf && <Stale asOf={asOf} />}
      {list.error && list.rows.length > 0 && <ProblemNote error={list.error} retry={list.refetch} />}
      {list.error && list.rows.length === 0 ? (
        <ProblemView error={list.error} retry={list.refetch} />
      ) : list.isPending ? (
        <div className="card">
          <SkeletonRows label={label.toLowerCase()} rows={12} height={56} />
        </div>
      ) : (
        <DataTable
          label={label}
          rows={rows}
          columns={shown}
          rowId={(row) => row.id}
          sort={sort}
          onSort={(next) => change({ ...search, sort: writeSort(next) })}
          rowHeight={56}
          cardHeight={172}
          reserve={13.5}
          card={(row) => <RowCard row={row} />}
          empty={
            <div className="card">
              <Empty search={search} isFiltered={list.rows.length > 0 && activeFilters(search) > 0} isNear={isNear} onChange={change} />
            </div>
          }
        />
      )}
      {list.isCut && <Notice tone="warn">The list is longer than what a page loads. Filter it, or export it whole: arb export valuations.</Notice>}
    </Page>
  );
}

function summary(shown: number, all: number, isLoadingMore: boolean): string {
  const noun = all === 1 ? "product" : "products";
  return `${shown === all ? `${count(all)} ${noun}` : `${count(shown)} of ${count(all)} ${noun}`}${isLoadingMore ? ", loading more" : ""}`;
}

function Tab({ search, isCurrent, label }: { search: OpportunitySearch; isCurrent: boolean; label: string }): ReactElement {
  return (
    <Link
      to="/"
      search={search}
      aria-current={isCurrent ? "page" : undefined}
      className={`rounded px-3 py-1 ${isCurrent ? "bg-surface font-medium shadow-sm" : "text-muted hover:text-text"}`}
    >
      {label}
    </Link>
  );
}

/** Prices older than two days are no basis for a purchase. */
function Stale({ asOf }: { asOf: string }): ReactElement | null {
  const now = useNow();
  const hours = (now.getTime() - new Date(asOf.slice(0, 10) + PRICES_COMPLETE).getTime()) / 3_600_000;
  if (hours <= STALE_HOURS) return null;
  return (
    <Notice tone="warn">
      <strong>Stale:</strong> these prices are of {day(asOf)}, {Math.floor(hours / 24)} days ago. Offers and values may have moved; run an analysis of today's prices before
      buying.
    </Notice>
  );
}

type EmptyProps = { search: OpportunitySearch; isFiltered: boolean; isNear: boolean; onChange: (search: OpportunitySearch) => void };

function Empty({ search, isFiltered, isNear, onChange }: EmptyProps): ReactElement {
  if (isFiltered) {
    return (
      <StateView title="No product passes these filters" action={<Button onClick={() => onChange(withoutFilters(search))}>Clear filters</Button>}>
        Loosen a filter, or look among the near misses.
      </StateView>
    );
  }
  if (search.show === "closed") return <StateView title="Nothing is worth buying to resell unopened">Each product's own page has what it nets closed.</StateView>;
  if (isNear) return <StateView title="No near misses">No analysis has valued a product yet. Run one: arb run.</StateView>;
  return (
    <StateView
      title="Nothing is worth buying right now"
      action={
        <Link to="/" search={{ show: "near-misses" }} className="text-accent underline">
          Look at the near misses
        </Link>
      }
    >
      No product passed every rule of the newest analysis, or none has run. That is the usual answer on most days: at retail, most sealed products cost more than their cards
      net.
    </StateView>
  );
}
