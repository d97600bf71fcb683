import { expect, test } from "vitest";
import { changesOf } from "./edit-dialog";
import type { Purchase } from "./portfolio-page";

const PURCHASE = { quantity: 2, price: "80.00", purchased_at: "2026-11-28T21:04:00Z", notes: null } as Purchase;
const AS_IT_IS = { quantity: "2", price: "80.00", boughtOn: "2026-11-28", notes: "" };

test("only what differs is sent", () => {
  expect(changesOf(PURCHASE, AS_IT_IS)).toEqual({});
  expect(changesOf(PURCHASE, { ...AS_IT_IS, price: "$80" })).toEqual({});
  expect(changesOf(PURCHASE, { quantity: " 3 ", price: "79.5", boughtOn: "2026-11-27", notes: "fair" })).toEqual({
    quantity: 3,
    price: "79.5",
    purchased_on: "2026-11-27",
    notes: "fair",
  });
});

test("a note that is emptied is removed", () => {
  expect(changesOf({ ...PURCHASE, notes: "old" }, AS_IT_IS)).toEqual({ notes: null });
});

test("what is no number, amount or day is not sent", () => {
  for (const wrong of [{ quantity: "0" }, { quantity: "1.5" }, { price: "80,5" }, { boughtOn: "" }]) {
    expect(changesOf(PURCHASE, { ...AS_IT_IS, ...wrong })).toBeNull();
  }
});
