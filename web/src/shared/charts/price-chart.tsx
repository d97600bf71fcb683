import { type ReactElement, useMemo, useState } from "react";
import { exactTime, money, shortDay } from "@/shared/format/format";
import { PlainTable } from "@/shared/table/data-table";
import { NARROW, useWindowWidth } from "@/shared/table/use-width";
import { AxisBottom, AxisLeft, ChartFrame, LegendItem, type LineStyle, lineStyle } from "./frame";
import { extent, linear, outliers, type OutlierRule } from "./scale";

type PricePoint = { at: string; price: number; series: string; quality: string };
type Marked = PricePoint & { time: number; isOutlier: boolean };

const HEIGHT = 260;
const MARGIN = { top: 10, right: 12, bottom: 24, left: 58 };
/** A line is not drawn over a gap of more than this many days: nothing was observed there. */
const GAP_DAYS = 3.5;
const DAY = 86_400_000;

/** Series of points in time order, with the prices that are far from their own series marked. */
function markedSeries(points: readonly PricePoint[], rule?: OutlierRule): [name: string, points: Marked[]][] {
  const bySeries = new Map<string, PricePoint[]>();
  for (const point of points) {
    const list = bySeries.get(point.series);
    if (list) list.push(point);
    else bySeries.set(point.series, [point]);
  }
  return [...bySeries]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, list]) => {
      const sorted = [...list].sort((a, b) => a.at.localeCompare(b.at));
      const far = outliers(sorted.map((point) => point.price), rule);
      return [name, sorted.map((point, index) => ({ ...point, time: Date.parse(point.at), isOutlier: far[index] === true || point.quality === "low" }))];
    });
}

/** The line of each series. By name, so that neither hiding one nor another period gives a source another colour. */
export function lineStyles(names: readonly string[]): Map<string, LineStyle> {
  return new Map([...names].sort().map((name, place) => [name, lineStyle(place)]));
}

function path(points: readonly Marked[], x: (value: number) => number, y: (value: number) => number): string {
  let drawn = "";
  let last: Marked | undefined;
  for (const point of points) {
    if (point.isOutlier) continue;
    const joins = last !== undefined && point.time - last.time <= GAP_DAYS * DAY;
    drawn += `${joins ? "L" : "M"}${x(point.time).toFixed(1)} ${y(point.price).toFixed(1)}`;
    last = point;
  }
  return drawn;
}

type Props = { points: readonly PricePoint[]; currency: string; rule?: OutlierRule; cost?: number | null };

/** Prices over time by source and price type; outliers are crosses and are not joined by the line. */
export function PriceChart({ points, currency, rule, cost }: Props): ReactElement {
  const series = useMemo(() => markedSeries(points, rule), [points, rule]);
  const styles = useMemo(() => lineStyles(series.map(([name]) => name)), [series]);
  const isNarrow = useWindowWidth() < NARROW;
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [pointer, setPointer] = useState<number | null>(null);
  const shown = series.filter(([name]) => !hidden.includes(name));
  const all = shown.flatMap(([, list]) => list);
  const regular = all.filter((point) => !point.isOutlier);
  const outlierCount = all.length - regular.length;
  const [low, high] = extent([...(regular.length > 0 ? regular : all).map((point) => point.price), ...(cost ? [cost] : [])], 0.08);
  const times = all.map((point) => point.time);
  const summary =
    all.length === 0
      ? "No prices to draw."
      : `${all.length} prices in ${shown.length} series, ${money(Math.min(...all.map((point) => point.price)), currency)} to ${money(Math.max(...all.map((point) => point.price)), currency)}` +
        (outlierCount > 0 ? `; ${outlierCount} marked as far from their series.` : "; none far from its series.");
  const choices = series.map(([name]) => (
    <label key={name} className="inline-flex min-h-6 cursor-pointer items-center gap-1.5">
      <input type="checkbox" checked={!hidden.includes(name)} onChange={(event) => setHidden(event.target.checked ? hidden.filter((other) => other !== name) : [...hidden, name])} />
      <LegendItem {...styles.get(name)!}>{name}</LegendItem>
    </label>
  ));
  return (
    <ChartFrame
      summary={summary}
      height={HEIGHT}
      legend={
        <>
          {isNarrow && series.length > 3 ? (
            <details>
              <summary className="min-h-6">
                Lines: {shown.length} of {series.length} shown
              </summary>
              <div className="flex flex-col">{choices}</div>
            </details>
          ) : (
            choices
          )}
          {outlierCount > 0 && (
            <LegendItem colour="var(--loss)" marker="cross">
              outlier
            </LegendItem>
          )}
        </>
      }
      table={
        <PlainTable
          label="Prices"
          rows={[...all].sort((a, b) => b.time - a.time)}
          rowId={(point) => `${point.series}${point.at}`}
          columns={[
            { id: "at", header: "Recorded", value: (point) => point.at, cell: (point) => exactTime(point.at) },
            { id: "series", header: "Source and type", value: (point) => point.series },
            { id: "price", header: "Price", value: (point) => point.price, cell: (point) => money(point.price, currency), align: "right" },
            { id: "mark", header: "Mark", value: (point) => (point.isOutlier ? "outlier" : "") },
          ]}
        />
      }
    >
      {(width) => {
        const x = linear(times.length > 0 ? extent(times, 0.01) : [0, 1], [MARGIN.left, width - MARGIN.right], Math.max(2, Math.floor(width / 110)));
        const y = linear([low, high], [HEIGHT - MARGIN.bottom, MARGIN.top], 5);
        const days = dayTicks(times, Math.max(2, Math.floor(width / 110)));
        const near = pointer === null ? null : nearest(shown, x.invert(pointer));
        return (
          <g
            onPointerMove={(event) => {
              const box = event.currentTarget.ownerSVGElement!.getBoundingClientRect();
              setPointer(event.clientX - box.left);
            }}
            onPointerLeave={() => setPointer(null)}
          >
            <rect x={MARGIN.left} y={0} width={width - MARGIN.left} height={HEIGHT} fill="transparent" />
            <AxisLeft ticks={y.ticks} at={y} label={(value) => money(value, currency, { digits: high - low < 5 ? 2 : 0 })} from={MARGIN.left} to={width - MARGIN.right} />
            <AxisBottom ticks={days} at={x} label={(value) => shortDay(new Date(value).toISOString())} from={HEIGHT - MARGIN.bottom} />
            {cost ? (
              <g>
                <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(cost)} y2={y(cost)} stroke="var(--text)" strokeDasharray="4 3" />
                <text x={width - MARGIN.right} y={y(cost) - 4} textAnchor="end" fontSize={11} fill="var(--text)">
                  buy at {money(cost, currency)}
                </text>
              </g>
            ) : null}
            {shown.map(([name, list]) => {
              const { colour, dash } = styles.get(name)!;
              return (
                <g key={name}>
                  <path d={path(list, x, y)} fill="none" stroke={colour} strokeWidth={1.75} strokeDasharray={dash} strokeLinejoin="round" />
                  {list.length < 40 && list.filter((point) => !point.isOutlier).map((point) => <circle key={point.at} cx={x(point.time)} cy={y(point.price)} r={2} fill={colour} />)}
                  {list
                    .filter((point) => point.isOutlier)
                    .map((point) => {
                      const top = Math.min(HEIGHT - MARGIN.bottom - 4, Math.max(MARGIN.top + 4, y(point.price)));
                      return (
                        <path key={point.at} d={`M${x(point.time) - 4} ${top - 4}l8 8m0-8l-8 8`} stroke="var(--loss)" strokeWidth={1.75}>
                          <title>{`${name}: ${money(point.price, currency)}, far from its series`}</title>
                        </path>
                      );
                    })}
                </g>
              );
            })}
            {near && <Crosshair x={x(near.time)} near={near} currency={currency} width={width} />}
          </g>
        );
      }}
    </ChartFrame>
  );
}

function dayTicks(times: readonly number[], most: number): number[] {
  const days = [...new Set(times.map((time) => Math.floor(time / DAY)))].sort((a, b) => a - b);
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const step = Math.max(1, Math.ceil((last - first) / most));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => (first + index * step) * DAY + DAY / 2);
}

type Near = { time: number; values: [name: string, point: Marked][] };

function nearest(series: readonly [string, Marked[]][], time: number): Near | null {
  let best: number | null = null;
  for (const [, list] of series) {
    for (const point of list) if (best === null || Math.abs(point.time - time) < Math.abs(best - time)) best = point.time;
  }
  if (best === null) return null;
  const day = Math.floor(best / DAY);
  const values = series.flatMap(([name, list]): [string, Marked][] => {
    const point = list.find((candidate) => Math.floor(candidate.time / DAY) === day);
    return point ? [[name, point]] : [];
  });
  return { time: best, values };
}

function Crosshair({ x, near, currency, width }: { x: number; near: Near; currency: string; width: number }): ReactElement {
  const boxWidth = 190;
  const left = x + boxWidth + 10 > width ? x - boxWidth - 8 : x + 8;
  return (
    <g pointerEvents="none" fontSize={11}>
      <line x1={x} x2={x} y1={MARGIN.top} y2={HEIGHT - MARGIN.bottom} stroke="var(--line-strong)" />
      <rect x={left} y={MARGIN.top} width={boxWidth} height={22 + near.values.length * 15} rx={4} fill="var(--surface)" stroke="var(--line-strong)" />
      <text x={left + 8} y={MARGIN.top + 15} fill="var(--muted)">
        {shortDay(new Date(near.time).toISOString())}
      </text>
      {near.values.map(([name, point], index) => (
        <text key={name} x={left + 8} y={MARGIN.top + 30 + index * 15} fill="var(--text)">
          {`${money(point.price, currency)}${point.isOutlier ? " ✕" : ""}  ${name}`}
        </text>
      ))}
    </g>
  );
}
