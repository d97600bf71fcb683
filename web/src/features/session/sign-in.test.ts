import { expect, test } from "vitest";
import { safeNext, tokenOf } from "./sign-in-page";

test("only paths of this site are continued at", () => {
  expect(safeNext("/portfolio?show=open")).toBe("/portfolio?show=open");
  expect(safeNext("https://example.com/")).toBe("/");
  expect(safeNext("//example.com")).toBe("/");
  expect(safeNext("/\\example.com")).toBe("/");
  expect(safeNext(undefined)).toBe("/");
});

test("the one-time token is read from the fragment first", () => {
  expect(tokenOf("#token=abc", "other")).toBe("abc");
  expect(tokenOf("", "other")).toBe("other");
  expect(tokenOf("", undefined)).toBeNull();
});
