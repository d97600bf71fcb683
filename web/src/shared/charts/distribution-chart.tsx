import type { ReactElement } from "react";
import { money, share } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { AxisBottom, ChartFrame, LegendItem } from "./frame";
import { linear } from "./scale";

type Bar = { low: number; high: number; chance: number };
export type Mark = { name: string; value: number };

const HEIGHT = 240;
/** Beside the bars is room for half of a tick's label. */
const MARGIN = { top: 44, right: 28, bottom: 24, left: 28 };
const ROW = 14;

type Props = { bars: readonly Bar[]; cost: number | null; marks: readonly Mark[]; currency: string; pProfit: string | null };

/** Net value of one opened product, with what it costs and what each exit brings drawn in. */
export function DistributionChart({ bars, cost, marks, currency, pProfit }: Props): ReactElement {
  const drawn = [...(cost === null ? [] : [{ name: "cost", value: cost }]), ...marks];
  const ends = [...bars.flatMap((bar) => [bar.low, bar.high]), ...drawn.map((mark) => mark.value)];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const room = (high - low || 1) * 0.04;
  const first = bars[0];
  const last = bars.at(-1);
  const summary =
    first && last
      ? `One opened product nets ${money(first.low, currency)} to ${money(last.high, currency)}` +
        (cost === null ? "." : `; it costs ${money(cost, currency)}${pProfit ? `, and nets more with a chance of ${pProfit}` : ""}.`)
      : "No distribution: the product has no value.";
  // Density, so that bars of different width compare by their area.
  const peak = Math.max(...bars.map(density), 1e-12);
  return (
    <ChartFrame
      summary={summary}
      height={HEIGHT}
      legend={
        <>
          <LegendItem colour="var(--gain-fill)" marker="area">
            above the cost
          </LegendItem>
          <LegendItem colour="var(--loss-fill)" marker="area">
            below it
          </LegendItem>
        </>
      }
      table={
        <PlainTable
          label="Outcome distribution"
          rows={bars}
          rowId={(bar) => String(bar.low)}
          columns={[
            { id: "low", header: "From", value: (bar) => bar.low, cell: (bar) => money(bar.low, currency), align: "right" },
            { id: "high", header: "To", value: (bar) => bar.high, cell: (bar) => money(bar.high, currency), align: "right" },
            { id: "chance", header: "Probability", value: (bar) => bar.chance, cell: (bar) => share(bar.chance, 1), align: "right" },
          ]}
        />
      }
    >
      {(width) => {
        const x = linear([low - room, high + room], [MARGIN.left, width - MARGIN.right], Math.max(2, Math.floor(width / 90)));
        const labels = labelled(drawn, x, width, currency);
        const rows = Math.max(0, ...labels.map(({ row }) => row + 1));
        const y = linear([0, peak], [HEIGHT - MARGIN.bottom, Math.max(MARGIN.top, rows * ROW + 4)], 3);
        const floor = HEIGHT - MARGIN.bottom;
        return (
          <>
            {bars.map((bar) => {
              const split = cost === null ? bar.low : Math.min(bar.high, Math.max(bar.low, cost));
              const top = y(density(bar));
              const minimum = bar.high > bar.low ? 0 : 3;
              return (
                <g key={`${bar.low}-${bar.high}`}>
                  {split > bar.low && <rect x={x(bar.low)} width={Math.max(minimum, x(split) - x(bar.low) - 0.5)} y={top} height={floor - top} fill="var(--loss-fill)" />}
                  {(split < bar.high || (minimum > 0 && split <= bar.low)) && (
                    <rect x={x(split)} width={Math.max(minimum, x(bar.high) - x(split) - 0.5)} y={top} height={floor - top} fill="var(--gain-fill)" />
                  )}
                  <title>{`${money(bar.low, currency)} to ${money(bar.high, currency)}: ${share(bar.chance, 1)}`}</title>
                </g>
              );
            })}
            <line x1={MARGIN.left} x2={width - MARGIN.right} y1={floor} y2={floor} stroke="var(--line-strong)" />
            <AxisBottom ticks={x.ticks} at={x} label={(value) => money(value, currency, { digits: 0 })} from={floor} />
            {labels.map(({ mark, row }) => (
              <line key={mark.name} x1={x(mark.value)} x2={x(mark.value)} y1={row * ROW + 4} y2={floor} stroke="var(--text)" strokeWidth={mark.name === "cost" ? 1.75 : 1} strokeDasharray={mark.name === "cost" ? undefined : "4 3"} />
            ))}
            {/* After all lines, on a ground of their own: a line of a higher row passes behind. */}
            {labels.map(({ mark, label, left, row, anchor }) => (
              <text key={mark.name} x={left} y={row * ROW + 12} fontSize={11} fill="var(--text)" stroke="var(--surface)" strokeWidth={4} paintOrder="stroke" textAnchor={anchor} fontWeight={mark.name === "cost" ? 600 : 400}>
                {label}
              </text>
            ))}
          </>
        );
      }}
    </ChartFrame>
  );
}

function density({ low, high, chance }: Bar): number {
  return high > low ? chance / (high - low) : chance;
}

type Label = { mark: Mark; label: string; left: number; row: number; anchor: "start" | "end" };

/** Places the labels of the marks in as many rows as it takes that no two overlap: each in the first that is free. */
export function labelled(marks: readonly Mark[], x: (value: number) => number, width: number, currency: string): Label[] {
  const ends: number[] = [];
  return [...marks]
    .sort((a, b) => a.value - b.value)
    .map((mark) => {
      const label = `${mark.name} ${money(mark.value, currency)}`;
      const length = label.length * 6.6;
      const at = x(mark.value);
      const anchor = at + length + 8 > width ? ("end" as const) : ("start" as const);
      const [from, to] = anchor === "end" ? [at - 4 - length, at - 4] : [at + 4, at + 4 + length];
      let row = ends.findIndex((end) => end < from);
      if (row === -1) row = ends.length;
      ends[row] = to + 8;
      return { mark, label, left: anchor === "end" ? at - 4 : at + 4, row, anchor };
    });
}
