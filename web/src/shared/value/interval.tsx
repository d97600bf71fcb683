import type { ReactElement } from "react";
import { money, percent } from "@/shared/format/format";

type Props = {
  cost: string | number | null;
  p5: string | number | null;
  p50: string | number | null;
  p95: string | number | null;
  currency?: string | null;
};

/** Ends of the drawing, as return on the cost: the same for each row, so that rows compare. */
const FROM = -0.5;
const TO = 1.0;

const WIDTH = 96;
const HEIGHT = 16;

/** Position of a return on the drawing, cut at both ends. */
export function position(value: number): number {
  return ((Math.min(TO, Math.max(FROM, value)) - FROM) / (TO - FROM)) * WIDTH;
}

/** The band p5 to p95 of the return, its median, and break-even, on one scale for all rows. */
export function Interval({ cost, p5, p50, p95, currency }: Props): ReactElement | null {
  const paid = Number(cost);
  if (cost === null || p5 === null || p50 === null || p95 === null || !(paid > 0)) return null;
  const [low, middle, high] = [p5, p50, p95].map((value) => Number(value) / paid - 1) as [number, number, number];
  const even = position(0);
  const [left, right] = [position(low), position(high)];
  const label =
    `90% band: ${money(p5, currency ?? "USD")} to ${money(p95, currency ?? "USD")}, ` +
    `median ${money(p50, currency ?? "USD")} (${percent(middle * 100, { signed: true, digits: 0 })} on the cost)`;
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label} className="inline-block align-middle">
      <title>{label}</title>
      <line x1={0} x2={WIDTH} y1={8} y2={8} stroke="var(--line)" />
      {left < even && <rect x={left} width={Math.max(1, Math.min(right, even) - left)} y={5.5} height={5} rx={1} fill="var(--loss-fill)" />}
      {right > even && <rect x={Math.max(left, even)} width={Math.max(1, right - Math.max(left, even))} y={5.5} height={5} rx={1} fill="var(--gain-fill)" />}
      {low < FROM && <path d="M4 4 0 8l4 4" fill="none" stroke="var(--loss-fill)" strokeWidth={1.5} />}
      {high > TO && <path d={`M${WIDTH - 4} 4 ${WIDTH} 8l-4 4`} fill="none" stroke="var(--gain-fill)" strokeWidth={1.5} />}
      <line x1={even} x2={even} y1={1} y2={15} stroke="var(--text)" strokeDasharray="2 1.5" />
      <circle cx={position(middle)} cy={8} r={3} fill="var(--surface)" stroke="var(--text)" strokeWidth={1.5} />
    </svg>
  );
}
