import { createSortedRowModel, rowSortingFeature, type SortFn, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer, useWindowVirtualizer, type VirtualItem } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactElement, type ReactNode, useLayoutEffect, useMemo, useRef, useState } from "react";
import { type Column, readSort, type Sort, writeSort } from "./columns";
import { NARROW, useWindowWidth } from "./use-width";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

type Props<Row> = {
  /** What the table is, for screen readers. */
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  rowId: (row: Row) => string;
  sort?: Sort;
  onSort?: (sort: Sort) => void;
  /** The row as a card below 700 pixels; without it the table scrolls sideways there. */
  card?: (row: Row) => ReactNode;
  rowHeight?: number;
  cardHeight?: number;
  empty?: ReactNode;
  /** Height of what else is on the page, in rem: the rest is the table's own scrolled area. */
  reserve?: number;
  selected?: string;
};

const compare: SortFn<typeof features, never> = (left, right, id) => {
  const [a, b] = [left.getValue<unknown>(id), right.getValue<unknown>(id)];
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true, sensitivity: "base" });
};

/** Order of rows by one column; missing values last in both directions, equal ones in their given order. */
function useSorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | undefined): Row[] {
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        accessorFn: (row: Row) => column.value(row) ?? undefined,
        sortFn: compare as never,
        sortUndefined: "last" as const,
      })),
    [columns],
  );
  const sorting = useMemo(() => (sort ? [{ id: sort.id, desc: sort.desc }] : []), [sort]);
  const table = useTable({
    features,
    columns: definitions as never,
    data: rows as never,
    state: { sorting },
    onSortingChange: () => undefined,
  });
  return table.getRowModel().rows.map((row) => row.original as Row);
}

export function DataTable<Row>(props: Props<Row>): ReactElement {
  const width = useWindowWidth();
  // Sorting may use a column that the width hides: all columns take part, shown or not.
  const rows = useSorted(props.rows, props.columns, props.sort);
  if (rows.length === 0 && props.empty) return <>{props.empty}</>;
  if (width < NARROW && props.card)
    return (
      <>
        {props.onSort && <SortSelect columns={props.columns} sort={props.sort} onSort={props.onSort} />}
        <CardList {...props} rows={rows} card={props.card} />
      </>
    );
  return <Grid {...props} rows={rows} />;
}

function moveFocus(event: KeyboardEvent<HTMLElement>, count: number, scrollTo: (index: number) => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = event.key === "ArrowDown" || event.key === "j" ? 1 : event.key === "ArrowUp" || event.key === "k" ? -1 : 0;
  const target = event.target as HTMLElement;
  if (step === 0 || target.matches("input, select, textarea, [role=slider]")) return;
  const row = target.closest<HTMLElement>("[data-index]");
  const index = row ? Number(row.dataset.index) + step : 0;
  if (index < 0 || index >= count) return;
  event.preventDefault();
  scrollTo(index);
  const container = event.currentTarget;
  requestAnimationFrame(() => {
    const next = container.querySelector<HTMLElement>(`[data-index="${index}"]`);
    const focusable = next?.querySelector<HTMLElement>("a, button");
    (focusable ?? next)?.focus();
  });
}

function Grid<Row>({ label, rows, columns, rowId, sort, onSort, rowHeight = 40, reserve = 14, selected }: Props<Row> & { rows: Row[] }): ReactElement {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read in this component only
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 1280, height: 800 },
  });
  const items = virtual.getVirtualItems();
  const [before, after] = spacing(items, virtual.getTotalSize());
  const minimum = columns.reduce((sum, column) => sum + (column.width ?? 14), 0);
  return (
    <div
      ref={scroller}
      className="card overflow-auto"
      style={{ maxHeight: `max(24rem, calc(100dvh - ${reserve}rem))` }}
      // A scrolled area must be reachable by keyboard.
      tabIndex={0}
      role="region"
      aria-label={`${label}, scrolled area`}
      data-scroll-restoration-id={`table-${label}`}
      onKeyDown={(event) => moveFocus(event, rows.length, (index) => virtual.scrollToIndex(index, { align: "auto" }))}
    >
      <table className="w-full table-fixed border-separate border-spacing-0" style={{ minWidth: `${minimum}rem` }} aria-rowcount={rows.length + 1} aria-label={label}>
        <colgroup>
          {columns.map((column) => (
            <col key={column.id} style={column.width ? { width: `${column.width}rem` } : undefined} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <Heading key={column.id} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden="true" style={{ height: before }} />}
          {items.map((item) => {
            const row = rows[item.index]!;
            const id = rowId(row);
            return (
              <tr
                key={id}
                data-index={item.index}
                aria-rowindex={item.index + 2}
                aria-selected={selected === undefined ? undefined : selected === id}
                className="hover:bg-hover focus-within:bg-hover aria-selected:bg-accent-soft"
                style={{ height: rowHeight }}
              >
                {columns.map((column, index) => {
                  const Cell = index === 0 ? "th" : "td";
                  const content = column.cell ? column.cell(row) : (column.value(row) ?? "–");
                  return (
                    <Cell
                      key={column.id}
                      scope={index === 0 ? "row" : undefined}
                      className={`border-b border-line px-2.5 font-normal first:pl-3 last:pr-3 ${column.align === "right" ? "num" : "truncate text-left"}`}
                    >
                      {content}
                    </Cell>
                  );
                })}
              </tr>
            );
          })}
          {after > 0 && <tr aria-hidden="true" style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  );
}

function spacing(items: VirtualItem[], total: number): [number, number] {
  const first = items[0];
  const last = items.at(-1);
  return first && last ? [first.start, total - last.end] : [0, 0];
}

function Heading<Row>({ column, sort, onSort }: { column: Column<Row>; sort?: Sort; onSort?: (sort: Sort) => void }): ReactElement {
  const isSorted = sort?.id === column.id;
  const canSort = onSort !== undefined && column.sortable !== false;
  const direction = isSorted ? (sort.desc ? "descending" : "ascending") : undefined;
  return (
    <th
      scope="col"
      aria-sort={direction}
      className={`sticky top-0 z-10 border-b border-line bg-surface px-2.5 py-2 text-xs font-semibold text-muted first:pl-3 last:pr-3 ${column.align === "right" ? "text-right" : "text-left"}`}
    >
      {canSort ? (
        <button
          type="button"
          title={column.hint}
          className={`inline-flex min-h-6 items-center gap-1 rounded hover:text-text ${isSorted ? "text-text" : ""}`}
          onClick={() => onSort({ id: column.id, desc: isSorted ? !sort.desc : (column.descFirst ?? false) })}
        >
          {column.header}
          <span aria-hidden="true" className={isSorted ? "" : "opacity-40"}>
            {isSorted ? (sort.desc ? "↓" : "↑") : "↕"}
          </span>
        </button>
      ) : (
        <span title={column.hint}>{column.header}</span>
      )}
    </th>
  );
}

/** Sorting where no headings are: the order of every column that can be sorted, in both directions. */
function SortSelect<Row>({ columns, sort, onSort }: { columns: readonly Column<Row>[]; sort: Sort | undefined; onSort: (sort: Sort) => void }): ReactElement {
  const sortable = columns.filter((column) => column.sortable !== false);
  const ids = sortable.map((column) => column.id);
  return (
    <label className="mb-2 flex items-center gap-2 text-sm">
      <span className="text-muted">Sort by</span>
      <select
        className="field min-w-0 flex-1"
        value={writeSort(sort) ?? ""}
        onChange={(event) => {
          const chosen = readSort(event.target.value, ids);
          if (chosen) onSort(chosen);
        }}
      >
        {!sort && <option value="">As listed</option>}
        {sortable.flatMap(({ id, header, descFirst = false }) =>
          [descFirst, !descFirst].map((desc) => (
            <option key={`${id}${String(desc)}`} value={writeSort({ id, desc })}>
              {header} {desc ? "↓" : "↑"}
            </option>
          )),
        )}
      </select>
    </label>
  );
}

function CardList<Row>({ label, rows, rowId, card, cardHeight = 116 }: Props<Row> & { rows: Row[]; card: (row: Row) => ReactNode }): ReactElement {
  const list = useRef<HTMLUListElement>(null);
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => setOffset(list.current?.offsetTop ?? 0), []);
   
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => cardHeight,
    overscan: 6,
    gap: 8,
    scrollMargin: offset,
    initialRect: { width: 360, height: 800 },
  });
  return (
    <ul
      ref={list}
      aria-label={label}
      className="relative"
      style={{ height: virtual.getTotalSize() }}
      onKeyDown={(event) => moveFocus(event, rows.length, (index) => virtual.scrollToIndex(index, { align: "auto" }))}
    >
      {virtual.getVirtualItems().map((item) => {
        const row = rows[item.index]!;
        return (
          <li
            key={rowId(row)}
            ref={virtual.measureElement}
            data-index={item.index}
            aria-setsize={rows.length}
            aria-posinset={item.index + 1}
            className="card absolute inset-x-0 top-0 p-3"
            style={{ transform: `translateY(${item.start - offset}px)` }}
          >
            {card(row)}
          </li>
        );
      })}
    </ul>
  );
}

/** Columns that fit beside each other at 360 pixels. */
const FIT = 3;

/** A small table of known length: no virtual rows. Where its columns do not fit, each row is a card of labels and values. */
export function PlainTable<Row>({ label, rows, columns, rowId }: { label: string; rows: readonly Row[]; columns: readonly Column<Row>[]; rowId: (row: Row, index: number) => string }): ReactElement {
  const width = useWindowWidth();
  const content = (column: Column<Row>, row: Row): ReactNode => (column.cell ? column.cell(row) : (column.value(row) ?? "–"));
  if (width < NARROW && columns.length > FIT) {
    const [first, ...others] = columns as [Column<Row>, ...Column<Row>[]];
    return (
      <ul aria-label={label} className="flex flex-col gap-2">
        {rows.map((row, position) => (
          <li key={rowId(row, position)} className="rounded-md border border-line p-2.5">
            <div className="mb-1 font-medium">{content(first, row)}</div>
            <dl className="flex flex-col gap-0.5 text-sm">
              {others.map((column) => (
                <div key={column.id} className="flex justify-between gap-3">
                  <dt className="shrink-0 text-muted">{column.header}</dt>
                  <dd className="min-w-0 text-right tabular-nums wrap-break-word">{content(column, row)}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label={`${label}, scrolled area`}>
      <table className="w-full" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" title={column.hint} className={`border-b border-line px-2 py-1.5 text-xs font-semibold text-muted first:pl-0 last:pr-0 ${column.align === "right" ? "text-right" : "text-left"}`}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, position) => (
            <tr key={rowId(row, position)} className="hover:bg-hover">
              {columns.map((column, index) => {
                const Cell = index === 0 ? "th" : "td";
                return (
                  <Cell key={column.id} scope={index === 0 ? "row" : undefined} className={`border-b border-line px-2 py-1.5 align-top font-normal first:pl-0 last:pr-0 ${column.align === "right" ? "num" : "text-left"}`}>
                    {content(column, row)}
                  </Cell>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
