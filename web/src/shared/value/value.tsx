import type { ReactElement } from "react";
import { day, exactTime, money, percent, probability, relativeTime, shortAge } from "@/shared/format/format";
import { useNow } from "./use-now";

type Amount = string | number | null | undefined;

const NONE_TITLE = "Not enough data";

/** A missing value: a dash for the eye, words for a screen reader. */
export function NoValue({ reason = NONE_TITLE }: { reason?: string }): ReactElement {
  return (
    <span className="text-muted" title={reason}>
      <span aria-hidden="true">–</span>
      <span className="sr-only">{reason}</span>
    </span>
  );
}

function toneOf(value: string | number): string {
  const amount = Number(value);
  return amount > 0 ? "text-gain" : amount < 0 ? "text-loss" : "";
}

type MoneyProps = { value: Amount; currency?: string | null; signed?: boolean; missing?: string };

/** An amount; `signed` ones carry plus or minus beside their colour. */
export function Money({ value, currency, signed = false, missing }: MoneyProps): ReactElement {
  if (value === null || value === undefined) return <NoValue reason={missing} />;
  return <span className={`tabular-nums whitespace-nowrap ${signed ? toneOf(value) : ""}`}>{money(value, currency ?? "USD", { signed })}</span>;
}

/** A margin or another percentage that counts in per cent. */
export function Percent({ value, signed = false, digits = 2 }: { value: Amount; signed?: boolean; digits?: number }): ReactElement {
  if (value === null || value === undefined) return <NoValue />;
  return <span className={`tabular-nums whitespace-nowrap ${signed ? toneOf(value) : ""}`}>{percent(value, { signed, digits })}</span>;
}

export function Probability({ value }: { value: number | null | undefined }): ReactElement {
  if (value === null || value === undefined) return <NoValue />;
  return <span className="tabular-nums whitespace-nowrap">{probability(value)}</span>;
}

/** A relative time with the exact one on hover and for screen readers. */
export function Ago({ at }: { at: string | null | undefined }): ReactElement {
  const now = useNow();
  if (!at) return <NoValue reason="Never" />;
  return (
    <time dateTime={at} title={exactTime(at)} className="whitespace-nowrap">
      {relativeTime(at, now)}
    </time>
  );
}

export function Day({ value }: { value: string | null | undefined }): ReactElement {
  if (!value) return <NoValue />;
  return (
    <time dateTime={value} className="whitespace-nowrap">
      {day(value)}
    </time>
  );
}

/** Prices of a day are complete at 20:00 UTC; ages count from then. */
export const PRICES_COMPLETE = "T20:00:00Z";

type PriceAgeProps = { asOf: string | null | undefined; staleHours?: number; isShort?: boolean };

/** The age of a day's prices, marked where they are older than `staleHours`. */
export function PriceAge({ asOf, staleHours = 48, isShort = false }: PriceAgeProps): ReactElement {
  const now = useNow();
  if (!asOf) return <NoValue />;
  const at = `${asOf.slice(0, 10)}${PRICES_COMPLETE}`;
  const hours = (now.getTime() - new Date(at).getTime()) / 3_600_000;
  const isStale = hours > staleHours;
  return (
    <time dateTime={asOf} title={`Prices of ${day(asOf)}`} className={isStale ? "text-warn" : ""}>
      {isStale && <span aria-hidden="true">⚠ </span>}
      {isStale && <span className="sr-only">Stale: </span>}
      {hours < 0 ? "today" : isShort ? shortAge(hours * 3600) : relativeTime(at, now)}
      {isShort && hours >= 0 && <span className="sr-only"> old</span>}
    </time>
  );
}
