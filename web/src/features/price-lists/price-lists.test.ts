import { expect, test } from "vitest";
import { fileProblem } from "./price-lists-page";

test("a file that the API would refuse is refused before it is sent, with what to do", () => {
  expect(fileProblem({ name: "list.CSV", size: 10 })).toBeNull();
  expect(fileProblem({ name: "list.pdf", size: 10 })).toBe("list.pdf is not a price list. Send CSV, TSV or XLSX.");
  expect(fileProblem({ name: "list.xlsx", size: 30 * 1024 * 1024 })).toBe("list.xlsx has 30 MB; at most 20 MB are accepted. Split it.");
  expect(fileProblem({ name: "list.tsv", size: 0 })).toBe("list.tsv is empty.");
});
