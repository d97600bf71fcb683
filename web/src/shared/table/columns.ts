import type { ReactNode } from "react";

/** One column: how a cell is sorted, written to CSV, and drawn. */
export type Column<Row> = {
  id: string;
  header: string;
  /** Explains the heading, on hover and in the column menu. */
  hint?: string;
  /** Sorting and export value; null sorts last in both directions. */
  value: (row: Row) => string | number | boolean | null | undefined;
  cell?: (row: Row) => ReactNode;
  align?: "left" | "right";
  /** Width in rem; a column without one shares what is left. */
  width?: number;
  /** Viewport width in pixels from which the column is shown by default; false: only when chosen. */
  from?: number | false;
  sortable?: boolean;
  /** First click sorts descending: for figures where more is better. */
  descFirst?: boolean;
};

/** Sort state as in the address: "-profit" is descending. */
export type Sort = { id: string; desc: boolean };

export function readSort(text: string | undefined, ids: readonly string[]): Sort | undefined {
  if (!text) return undefined;
  const desc = text.startsWith("-");
  const id = desc ? text.slice(1) : text;
  return ids.includes(id) ? { id, desc } : undefined;
}

export function writeSort(sort: Sort | undefined): string | undefined {
  return sort && `${sort.desc ? "-" : ""}${sort.id}`;
}

/** Ids of the columns shown: the person's choice, else those that fit the width. */
export function shownColumns<Row>(columns: readonly Column<Row>[], chosen: readonly string[] | undefined, width: number): Column<Row>[] {
  if (chosen && chosen.length > 0) {
    const shown = columns.filter((column, index) => index === 0 || chosen.includes(column.id));
    if (shown.length > 1) return shown;
  }
  return columns.filter(({ from = 0 }) => from !== false && width >= from);
}

function csvCell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return "";
  let text = String(value);
  // A spreadsheet would run a text that starts like a formula.
  if (typeof value === "string" && /^[=+@\t\r]|^-(?![\d.])/u.test(text)) text = `'${text}`;
  return /[",\n\r]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const lines = [columns.map((column) => csvCell(column.id)), ...rows.map((row) => columns.map((column) => csvCell(column.value(row))))];
  return lines.map((cells) => cells.join(",")).join("\r\n") + "\r\n";
}

export function download(name: string, content: BlobPart, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
