import { expect, test } from "vitest";
import { differences } from "./audit-page";

test("only what differs is shown, absent values as a dash", () => {
  expect(differences({ role: "viewer", name: "eva" }, { role: "buyer", name: "eva", is_active: true })).toEqual([
    { name: "role", before: "viewer", after: "buyer" },
    { name: "is_active", before: "–", after: "true" },
  ]);
  expect(differences(null, null)).toEqual([]);
});
