import type { ReactElement } from "react";
import { count, probability, share } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { NoValue } from "@/shared/value/value";
import { AxisBottom, AxisLeft, ChartFrame, LegendItem } from "./frame";
import { linear } from "./scale";

type Bin = {
  low: number;
  high: number;
  forecasts: number;
  mean_p_profit: number | null;
  realised_share: number | null;
  realised_low: number | null;
  realised_high: number | null;
};

const HEIGHT = 320;
const MARGIN = { top: 10, right: 14, bottom: 40, left: 48 };

/** Bins whose 95 % interval contains the mean forecast, of those that have forecasts. */
function agreeing(bins: readonly Bin[]): { agree: number; used: number } {
  const used = bins.filter((bin) => bin.forecasts > 0 && bin.mean_p_profit !== null && bin.realised_low !== null && bin.realised_high !== null);
  return { used: used.length, agree: used.filter((bin) => bin.mean_p_profit! >= bin.realised_low! && bin.mean_p_profit! <= bin.realised_high!).length };
}

/** Forecast P(profit) against the share that made a profit: on the diagonal, forecasts are right. */
export function ReliabilityChart({ bins }: { bins: readonly Bin[] }): ReactElement {
  const used = bins.filter((bin) => bin.forecasts > 0 && bin.mean_p_profit !== null && bin.realised_share !== null);
  const most = Math.max(1, ...used.map((bin) => bin.forecasts));
  const { agree, used: counted } = agreeing(bins);
  return (
    <ChartFrame
      summary={counted === 0 ? "No bin has forecasts yet." : `In ${agree} of ${counted} bins the interval of the realised share contains the mean forecast.`}
      height={HEIGHT}
      legend={
        <>
          <LegendItem colour="var(--series-1)" marker="dot">
            realised share (size: forecasts; bar: 95% interval)
          </LegendItem>
          <LegendItem colour="var(--line-strong)" dash="4 3">
            forecasts are right
          </LegendItem>
        </>
      }
      table={
        <PlainTable
          label="Reliability by bin"
          rows={bins}
          rowId={(bin) => String(bin.low)}
          columns={[
            { id: "bin", header: "P(profit)", value: (bin) => `${share(bin.low)} – ${share(bin.high)}` },
            { id: "forecasts", header: "Forecasts", value: (bin) => bin.forecasts, cell: (bin) => count(bin.forecasts), align: "right" },
            { id: "mean", header: "Mean forecast", value: (bin) => bin.mean_p_profit, cell: (bin) => (bin.mean_p_profit === null ? <NoValue /> : probability(bin.mean_p_profit)), align: "right" },
            { id: "share", header: "Made a profit", value: (bin) => bin.realised_share, cell: (bin) => (bin.realised_share === null ? <NoValue /> : share(bin.realised_share)), align: "right" },
            {
              id: "interval",
              header: "95% interval",
              value: (bin) => bin.realised_low,
              cell: (bin) => (bin.realised_low === null || bin.realised_high === null ? <NoValue /> : `${share(bin.realised_low)} – ${share(bin.realised_high)}`),
              align: "right",
            },
          ]}
        />
      }
    >
      {(full) => {
        const width = Math.min(full, 560);
        const x = linear([0, 1], [MARGIN.left, width - MARGIN.right], 5);
        const y = linear([0, 1], [HEIGHT - MARGIN.bottom, MARGIN.top], 5);
        return (
          <>
            <AxisLeft ticks={y.ticks} at={y} label={(value) => share(value)} from={MARGIN.left} to={width - MARGIN.right} />
            <AxisBottom ticks={x.ticks} at={x} label={(value) => share(value)} from={HEIGHT - MARGIN.bottom} />
            <text x={(MARGIN.left + width - MARGIN.right) / 2} y={HEIGHT - 6} fontSize={11} fill="var(--muted)" textAnchor="middle">
              forecast P(profit)
            </text>
            <line x1={x(0)} y1={y(0)} x2={x(1)} y2={y(1)} stroke="var(--line-strong)" strokeDasharray="4 3" />
            {used.map((bin) => (
              <g key={bin.low}>
                {bin.realised_low !== null && bin.realised_high !== null && (
                  <line x1={x(bin.mean_p_profit!)} x2={x(bin.mean_p_profit!)} y1={y(bin.realised_low)} y2={y(bin.realised_high)} stroke="var(--series-1)" strokeWidth={2} />
                )}
                <circle cx={x(bin.mean_p_profit!)} cy={y(bin.realised_share!)} r={3 + 7 * Math.sqrt(bin.forecasts / most)} fill="var(--series-1)" fillOpacity={0.85}>
                  <title>{`${count(bin.forecasts)} forecasts of ${probability(bin.mean_p_profit!)}: ${share(bin.realised_share!)} made a profit`}</title>
                </circle>
              </g>
            ))}
          </>
        );
      }}
    </ChartFrame>
  );
}
