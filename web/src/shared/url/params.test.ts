import { expect, test } from "vitest";
import { defineParams, flag, list, number, oneOf, parseSearch, stringifySearch, text } from "./params";

const params = defineParams({
  q: text(),
  game: list(["mtg", "pokemon"]),
  margin: number({ min: 0 }),
  list: oneOf("near-misses"),
  clean: flag(),
});

test("an address is read into typed values", () => {
  expect(params.parse(parseSearch("?q=blb+box&game=mtg,pokemon&margin=20&list=near-misses&clean=1"))).toEqual({
    q: "blb box",
    game: ["mtg", "pokemon"],
    margin: 20,
    list: "near-misses",
    clean: true,
  });
});

test("what is not allowed is dropped, not passed on", () => {
  expect(params.parse(parseSearch("?game=chess,mtg&margin=-1&list=all&clean=yes&other=1"))).toEqual({ game: ["mtg"] });
  expect(params.parse(parseSearch("?margin=abc&game="))).toEqual({});
});

test("what is written is read back, and defaults leave no trace", () => {
  const written = stringifySearch({ q: "a&b", game: ["mtg", "pokemon"], margin: 2.5, clean: true, list: undefined });
  expect(written).toBe("?q=a%26b&game=mtg,pokemon&margin=2.5&clean=1");
  expect(params.parse(parseSearch(written))).toEqual({ q: "a&b", game: ["mtg", "pokemon"], margin: 2.5, clean: true });
  expect(stringifySearch({ q: "", clean: false })).toBe("");
});

test("typed values of a link pass through unchanged", () => {
  expect(params.parse({ margin: 5, game: ["mtg"], clean: true })).toEqual({ margin: 5, game: ["mtg"], clean: true });
});
