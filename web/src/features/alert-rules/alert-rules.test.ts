import { expect, test } from "vitest";
import { conditions } from "./alert-rules-page";
import { EMPTY_RULE, toForm, toRule } from "./rule-form";

test("a rule survives the way into the form and back, with what the form does not show", () => {
  const rule = { targets: ["phone"], category: ["mtg"], sets: ["mh3", "blb"], min_margin: 25, on: ["new"], change_percent: 15, digest: "daily at 08:00" };
  expect(toRule(toForm(rule), rule)).toEqual(rule);
});

test("an emptied field is removed, so that its default holds", () => {
  const rule = { targets: ["phone"], min_margin: 25, quiet_hours: "22:00-07:00" };
  expect(toRule({ ...toForm(rule), min_margin: "", quiet_hours: " " }, rule)).toEqual({ targets: ["phone"] });
});

test("set codes are separated by commas or blanks", () => {
  expect(toRule({ ...EMPTY_RULE, targets: ["a"], sets: "MH3, blb  fdn" }).sets).toEqual(["mh3", "blb", "fdn"]);
});

test("conditions read as words", () => {
  expect(conditions({ targets: ["a"], min_margin: 25, risk: ["low", "medium"] })).toBe("min margin 25, risk low or medium");
  expect(conditions({ targets: ["a"] })).toBe("every opportunity");
});
