import type { Schemas } from "@/api/client";
import { decimal, percent } from "@/shared/format/format";

type Limits = { confidence: number; margin: number };

function limitsOf(items: readonly Schemas["ParameterValue"][], key: string): Limits | undefined {
  const value = items.find((item) => item.group === "risk" && item.key === key)?.value as Partial<Limits> | null | undefined;
  return typeof value?.confidence === "number" && typeof value.margin === "number" ? { confidence: value.confidence, margin: value.margin } : undefined;
}

/** The rule behind the risk, with the limits in force; undefined where the parameters do not state them. Margins are basis points. */
export function riskRule(items: readonly Schemas["ParameterValue"][]): string | undefined {
  const [low, medium] = [limitsOf(items, "low"), limitsOf(items, "medium")];
  if (!low || !medium) return undefined;
  const stated = ({ confidence, margin }: Limits): string => `confidence ${decimal(confidence)} and margin ${percent(margin / 100, { digits: 0 })}`;
  return `low from ${stated(low)}, medium from ${stated(medium)}, else high`;
}
