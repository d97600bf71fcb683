import { expect, test } from "vitest";
import { readValue, shownValue } from "./value";

test("a value keeps the kind of the present one", () => {
  expect(readValue("1500", 1000)).toBe(1500);
  expect(readValue("much", 1000)).toBeUndefined();
  expect(readValue('"1500"', 1000)).toBeUndefined();
  expect(readValue("false", true)).toBe(false);
  expect(readValue("1", true)).toBeUndefined();
  expect(readValue('["tcgplayer"]', ["a"])).toEqual(["tcgplayer"]);
  expect(readValue("tcgplayer", ["a"])).toBeUndefined();
  expect(readValue("default", "x")).toBe("default");
  expect(readValue("  ", "x")).toBeUndefined();
});

test("what is written reads back", () => {
  for (const value of [1000, 0.25, true, ["a", "b"], { a: 1 }]) expect(readValue(shownValue(value), value)).toEqual(value);
});
