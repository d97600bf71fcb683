import { expect, test } from "vitest";
import { extent, linear, niceStep, outliers, ticks } from "./scale";

test("ticks are round and inside the range", () => {
  expect(ticks(0, 100, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(ticks(-13, 47, 4)).toEqual([0, 20, 40]);
  expect(ticks(0.12, 0.31, 5)).toEqual([0.15, 0.2, 0.25, 0.3]);
  expect(ticks(0, 9, 4)).toEqual([0, 2.5, 5, 7.5]);
  expect(ticks(0, 9, 4, true)).toEqual([0, 3, 6, 9]);
  expect(ticks(5, 5, 4)).toEqual([5]);
  expect(niceStep(7, 5)).toBe(2);
});

test("a scale maps both ends and back", () => {
  const x = linear([0, 200], [40, 440]);
  expect([x(0), x(200), x(50)]).toEqual([40, 440, 140]);
  expect(x.invert(140)).toBe(50);
});

test("an extent has room, and one value or none makes a range", () => {
  expect(extent([10, 20], 0.1)).toEqual([9, 21]);
  expect(extent([5], 0.1)).toEqual([4.5, 5.5]);
  expect(extent([])).toEqual([0, 1]);
});

test("a price ten times its history is an outlier; a drift and a short history are not", () => {
  // Eight quiet days at about 10 and one at 100: median 10, MAD below the least spread of 0.05,
  // so the reach is 0.05 x 3.5 / 0.6745 = 0.26 in logs, and |ln(100 / 10)| = 2.30 is beyond it.
  expect(outliers([10, 10.1, 10, 9.9, 10, 10.2, 10, 9.8, 100])).toEqual([false, false, false, false, false, false, false, false, true]);
  // 12 is |ln 1.2| = 0.18 away: within the reach.
  expect(outliers([10, 10, 10, 10, 10, 10, 10, 10, 12]).some(Boolean)).toBe(false);
  expect(outliers([10, 10, 10, 100]).some(Boolean)).toBe(false);
});
