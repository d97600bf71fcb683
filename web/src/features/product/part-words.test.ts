import { expect, test } from "vitest";
import { partWords, valuedPartWords } from "./part-words";

test.each([
  ["pack", "pack 70016/booster, by its name", "Booster pack", "read from the product's name"],
  ["pack", "pack fdn/collector-sample", "Collector sample pack (FDN)", ""],
  ["pack", "pack fem/default", "Booster pack (FEM)", ""],
  ["pack", "pack tor/fat-pack", "Fat pack (TOR)", ""],
  ["pack", "pack deso/1st_edition", "1st edition pack (DESO)", ""],
  ["deck", "deck Weir Wardens deck", "Weir Wardens deck", ""],
  ["deck", "deck Eric Tam, Quarterfinalist", "Eric Tam, Quarterfinalist", "deck"],
  ["other", "1 Coin (worth 0 here)", "1 Coin", "counted as worth nothing"],
  ["card", "Mimikyu (22872 #075), parameter file", "Mimikyu (#075)", "card, parameter file"],
  ["card", "Kasmina, Enigmatic Mentor foil (sld #507)", "Kasmina, Enigmatic Mentor foil (SLD #507)", "card"],
  ["sealed", "Modern Horizons 2 Collector Booster Box (mh2)", "Modern Horizons 2 Collector Booster Box (MH2)", "sealed product"],
  ["copy", "the same as Bloomburrow Tin Otter", "the same as Bloomburrow Tin Otter", ""],
  ["card", "Plains", "Plains", "card"],
])("a %s's label %s reads %s", (kind, label, text, note) => {
  expect(partWords({ kind, label })).toEqual({ text, note });
});

test("a valued part names its pack, not the pack's key", () => {
  expect(valuedPartWords("36 x pack 70016-booster")).toBe("36 × Booster pack");
  expect(valuedPartWords("24 x pack gtc-prerelease-dimir")).toBe("24 × Prerelease dimir pack (GTC)");
  expect(valuedPartWords("15 x pack drk")).toBe("15 × Booster pack (DRK)");
  expect(valuedPartWords("36 x pack 70016-booster", { 70016: "Surging Sparks" })).toBe("36 × Booster pack (Surging Sparks)");
  expect(valuedPartWords("guaranteed cards")).toBe("Guaranteed cards");
});

test("a pack whose set has a number for a code is named by the set", () => {
  const part = { kind: "pack", label: "pack 70016/booster, by its name" };
  expect(partWords(part, { 70016: "Surging Sparks" }).text).toBe("Booster pack (Surging Sparks)");
  expect(partWords({ kind: "pack", label: "pack fdn/draft" }, { fdn: "Foundations" }).text).toBe("Draft pack (FDN)");
});
