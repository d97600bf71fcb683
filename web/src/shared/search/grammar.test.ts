import { expect, test } from "vitest";
import { type Keys, matcher, parseQuery, searchText } from "./grammar";

type Row = { name: string; set: string; game: string; margin: number | null };
const KEYS: Keys<Row> = {
  game: { kind: "text", label: "Game", read: (row) => [row.game] },
  set: { kind: "text", label: "Set", read: (row) => [row.set] },
  margin: { kind: "number", label: "Margin", read: (row) => row.margin },
};
const ROWS: Row[] = [
  { name: "Bloomburrow Play Booster Box", set: "BLB", game: "mtg", margin: 12.5 },
  { name: "Bloomburrow Collector Booster Box", set: "BLB", game: "mtg", margin: -20 },
  { name: "151 Elite Trainer Box", set: "MEW", game: "pokemon", margin: 30 },
  { name: "Tin of Mystery", set: "TIN", game: "yugioh", margin: null },
];

function find(input: string): string[] {
  const query = parseQuery(input, KEYS);
  const test = matcher(query, KEYS, (row: Row) => searchText(row.name, row.set));
  return ROWS.filter(test).map((row) => row.name);
}

test("words match the beginnings of words in any order, and the set's code", () => {
  expect(find("blb play box")).toEqual(["Bloomburrow Play Booster Box"]);
  expect(find("ox")).toEqual([]);
});

test("a phrase matches as a whole", () => {
  expect(find('"booster box"')).toHaveLength(2);
  expect(find('"box booster"')).toEqual([]);
});

test("keys compare numbers, at least and at most included", () => {
  expect(find("margin>=30")).toEqual(["151 Elite Trainer Box"]);
  expect(find("margin>30")).toEqual([]);
  expect(find("margin<0")).toEqual(["Bloomburrow Collector Booster Box"]);
  expect(find("margin>$12")).toHaveLength(2);
});

test("a comma means or, a minus negates", () => {
  expect(find("game:pokemon,yugioh")).toEqual(["151 Elite Trainer Box", "Tin of Mystery"]);
  expect(find("-game:mtg")).toEqual(["151 Elite Trainer Box", "Tin of Mystery"]);
  expect(find("bloomburrow -collector")).toEqual(["Bloomburrow Play Booster Box"]);
});

test("a row without the number satisfies no comparison", () => {
  expect(find("margin>-1000")).not.toContain("Tin of Mystery");
  expect(find("-margin>0")).toContain("Tin of Mystery");
});

test("what is not understood is named and filters nothing", () => {
  expect(parseQuery("colour:red", KEYS).problems).toEqual(['Unknown key "colour". Keys: game, set, margin.']);
  expect(parseQuery("margin>much", KEYS).problems).toEqual(['"margin" needs a number, as in margin>=20; "much" is none.']);
  expect(parseQuery("game>mtg", KEYS).problems).toEqual(['"game" is text: write game:VALUE.']);
  expect(find("colour:red")).toHaveLength(4);
});

test("an unfinished quote and a lone operator do no harm", () => {
  expect(find('"play boos')).toEqual(["Bloomburrow Play Booster Box"]);
  expect(find("margin>")).toEqual([]);
  expect(find("-")).toHaveLength(4);
});
