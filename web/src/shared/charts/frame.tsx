import { type ReactElement, type ReactNode, useLayoutEffect, useRef, useState } from "react";

const SERIES = ["var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)", "var(--series-5)", "var(--series-6)"];
const DASHES = ["", "6 3", "2 3", "8 3 2 3", "1 3", "10 4"];

export type LineStyle = { colour: string; dash: string };

/** Colour and dash of the line at a place in the order: 36 differ, as each round of the colours shifts the dashes by one. */
export function lineStyle(place: number): LineStyle {
  const round = Math.floor(place / SERIES.length);
  return { colour: SERIES[place % SERIES.length]!, dash: DASHES[(place + round) % DASHES.length]! };
}

type Props = {
  /** What the drawing shows, in a sentence with its figures. */
  summary: string;
  height: number;
  legend?: ReactNode;
  /** The same figures as a table. */
  table: ReactNode;
  children: (width: number) => ReactNode;
};

/** A drawing as wide as its place, its summary for screen readers, and the table behind it. */
export function ChartFrame({ summary, height, legend, table, children }: Props): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  const [isTable, setTable] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || isTable) return;
    const measure = (): void => setWidth(Math.max(240, Math.round(element.clientWidth) || 640));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [isTable]);
  return (
    <figure className="m-0 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        {!isTable && legend}
        <button type="button" className="ml-auto min-h-6 rounded px-1 text-accent hover:underline" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {isTable ? "Show the drawing" : "Show as table"}
        </button>
      </div>
      {isTable ? (
        <div className="overflow-y-auto" style={{ maxHeight: Math.max(height, 260) }}>
          {table}
        </div>
      ) : (
        <div ref={box} style={{ minHeight: height }}>
          <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={summary} className="block max-w-full">
            {children(width)}
          </svg>
        </div>
      )}
      <figcaption className="text-sm text-muted">{summary}</figcaption>
    </figure>
  );
}

export function LegendItem({ colour, dash, marker, children }: { colour: string; dash?: string; marker?: "dot" | "cross" | "area"; children: ReactNode }): ReactElement {
  return (
    <span className="inline-flex items-center gap-1.5">
      <svg aria-hidden="true" width="18" height="10">
        {marker === "area" ? (
          <rect width="18" height="10" fill={colour} />
        ) : marker === "cross" ? (
          <path d="M5 1l8 8M13 1l-8 8" stroke={colour} strokeWidth="2" />
        ) : marker === "dot" ? (
          <circle cx="9" cy="5" r="4" fill={colour} />
        ) : (
          <line x1="0" x2="18" y1="5" y2="5" stroke={colour} strokeWidth="2" strokeDasharray={dash} />
        )}
      </svg>
      {children}
    </span>
  );
}

type AxisProps = { ticks: readonly number[]; at: (value: number) => number; label: (value: number) => string; from: number; to: number };

export function AxisLeft({ ticks, at, label, from, to }: AxisProps): ReactElement {
  return (
    <g fontSize={11} fill="var(--muted)" textAnchor="end">
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={from} x2={to} y1={at(tick)} y2={at(tick)} stroke="var(--line)" />
          <text x={from - 6} y={at(tick) + 4}>
            {label(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

export function AxisBottom({ ticks, at, label, from }: Omit<AxisProps, "to">): ReactElement {
  return (
    <g fontSize={11} fill="var(--muted)" textAnchor="middle">
      {ticks.map((tick) => (
        <text key={tick} x={at(tick)} y={from + 15}>
          {label(tick)}
        </text>
      ))}
    </g>
  );
}
