import { expect, test } from "vitest";
import { type Column, readSort, shownColumns, toCsv, writeSort } from "./columns";

type Row = { name: string; profit: number | null };
const COLUMNS: Column<Row>[] = [
  { id: "name", header: "Name", value: (row) => row.name },
  { id: "profit", header: "Profit", value: (row) => row.profit, from: 600 },
  { id: "id", header: "Id", value: () => "x", from: false },
];
const ids = (columns: Column<Row>[]): string[] => columns.map((column) => column.id);

test("a sort is read only for columns that exist", () => {
  expect(readSort("-profit", ["profit"])).toEqual({ id: "profit", desc: true });
  expect(readSort("-colour", ["profit"])).toBeUndefined();
  expect(writeSort({ id: "profit", desc: false })).toBe("profit");
});

test("columns that do not fit are left out, unless they are chosen", () => {
  expect(ids(shownColumns(COLUMNS, undefined, 500))).toEqual(["name"]);
  expect(ids(shownColumns(COLUMNS, undefined, 600))).toEqual(["name", "profit"]);
  expect(ids(shownColumns(COLUMNS, ["id"], 500))).toEqual(["name", "id"]);
  expect(ids(shownColumns(COLUMNS, ["gone"], 600))).toEqual(["name", "profit"]);
});

test("CSV quotes what needs it, leaves a missing number empty, and defuses formulas", () => {
  const rows = [
    { name: 'A "big", box', profit: -1.5 },
    { name: "=HYPERLINK(1)", profit: null },
  ];
  expect(toCsv(rows, COLUMNS.slice(0, 2))).toBe('name,profit\r\n"A ""big"", box",-1.5\r\n\'=HYPERLINK(1),\r\n');
});
