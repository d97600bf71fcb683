import { expect, test } from "vitest";
import { labelled } from "./distribution-chart";
import { lineStyle } from "./frame";
import { lineStyles } from "./price-chart";

test("36 lines in a row differ by colour or dash", () => {
  const seen = new Set(Array.from({ length: 36 }, (_, place) => JSON.stringify(lineStyle(place))));
  expect(seen.size).toBe(36);
  expect(lineStyle(6).colour).toBe(lineStyle(0).colour);
  expect(lineStyle(6).dash).not.toBe(lineStyle(0).dash);
});

test("a series keeps its line whatever the order of the series is", () => {
  const names = ["tcgplayer market", "cardkingdom buylist", "tcgplayer low"];
  const style = lineStyles(names).get("tcgplayer low");
  expect(style).toEqual(lineStyle(1));
  expect(lineStyles([...names].reverse()).get("tcgplayer low")).toEqual(style);
});

/** Ranges of the labels by row: a character is at most 6.6 pixels wide. */
function ranges(labels: ReturnType<typeof labelled>): { row: number; from: number; to: number }[] {
  return labels.map(({ row, left, label, anchor }) => {
    const length = label.length * 6.6;
    return anchor === "end" ? { row, from: left - length, to: left } : { row, from: left, to: left + length };
  });
}

test.each([
  ["all at one place", [100, 100, 100, 100]],
  ["close", [70, 80, 85, 90]],
  ["at the right end", [180, 190, 195, 199]],
  ["apart", [5, 70, 130, 199]],
])("no two labels overlap: %s", (_, values) => {
  for (const width of [300, 620]) {
    const marks = values.map((value, index) => ({ name: ["cost", "patient", "quick", "resale"][index]!, value }));
    const placed = ranges(labelled(marks, (value) => (value * width) / 200, width, "USD"));
    for (const [index, one] of placed.entries()) {
      expect(one.to).toBeLessThanOrEqual(width);
      for (const two of placed.slice(index + 1)) expect(one.row !== two.row || one.to < two.from || two.to < one.from).toBe(true);
    }
  }
});

test("labels far apart share the first row", () => {
  const labels = labelled([{ name: "cost", value: 10 }, { name: "quick", value: 400 }], (value) => value, 620, "USD");
  expect(labels.map(({ row }) => row)).toEqual([0, 0]);
});
