import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { riskRule } from "./risk-rule";

function parameter(key: string, value: unknown): Schemas["ParameterValue"] {
  return { group: "risk", key, value, unit: "confidence, margin bps", source: "", origin: "shipped", checked_on: null, valid_from: null, shipped_value: value, database_value: null };
}

test("the risk's rule states both limits of both levels; without them there is none", () => {
  const low = parameter("low", { confidence: 0.8, margin: 5000 });
  expect(riskRule([low, parameter("medium", { confidence: 0.6, margin: 3000 })])).toBe("low from confidence 0.80 and margin 50%, medium from confidence 0.60 and margin 30%, else high");
  expect(riskRule([low])).toBeUndefined();
  expect(riskRule([low, parameter("medium", "0.6")])).toBeUndefined();
});
