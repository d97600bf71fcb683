import { beforeEach, expect, test } from "vitest";
import { day, duration, money, percent, probability, relativeTime, share, shortAge } from "./format";

beforeEach(() => localStorage.setItem("arb.locale", "en-US"));

test("an amount keeps both its cents and more digits than a float holds", () => {
  expect(money("127.72")).toBe("$127.72");
  expect(money("90071992547409.93")).toBe("$90,071,992,547,409.93");
});

test("a signed amount shows plus, a minus sign, and neither for zero", () => {
  expect(money("5.00", "USD", { signed: true })).toBe("+$5.00");
  expect(money("-5.00", "USD", { signed: true })).toBe("\u2212$5.00");
  expect(money("0.00", "USD", { signed: true })).toBe("$0.00");
});

test("the chosen locale decides separators", () => {
  localStorage.setItem("arb.locale", "de-DE");
  expect(money("1234.50", "EUR").replace(/\s/g, " ")).toBe("1.234,50 €");
});

test("a margin has the two digits that arb explain prints", () => {
  expect(percent(70.39)).toBe("70.39%");
  expect(percent(-3.5, { signed: true })).toBe("\u22123.50%");
});

test("no probability is printed as certain", () => {
  expect(probability(1)).toBe(">99%");
  expect(probability(0.995)).toBe(">99%");
  expect(probability(0.99)).toBe("99%");
  expect(probability(0.5)).toBe("50%");
  expect(probability(0.004)).toBe("<1%");
  expect(probability(0)).toBe("<1%");
});

test("a share short of the whole is not rounded up to the whole", () => {
  expect(share(1)).toBe("100%");
  expect(share(0.9996)).toBe("99%");
  expect(share(0.42)).toBe("42%");
});

test("relative times count whole units", () => {
  const now = new Date("2026-02-01T12:00:00Z");
  expect(relativeTime("2026-02-01T09:00:00Z", now)).toBe("3 hours ago");
  expect(relativeTime("2026-02-03T12:00:00Z", now)).toBe("in 2 days");
  expect(relativeTime("2026-02-01T11:59:30Z", now)).toBe("now");
});

test("a calendar day is not moved by the time zone", () => {
  expect(day("2026-01-31")).toBe("Jan 31, 2026");
});

test("durations are short", () => {
  expect([duration(45), duration(180), duration(7500), duration(7200)]).toEqual(["45 s", "3 min", "2 h 5 min", "2 h"]);
});

test("an age is in hours up to two days, then in days", () => {
  expect([1800, 3600, 47 * 3600 + 3599, 48 * 3600, 71 * 3600].map(shortAge)).toEqual(["under 1 h", "1 h", "47 h", "2 d", "2 d"]);
});
