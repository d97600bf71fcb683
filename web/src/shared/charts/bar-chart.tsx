import type { ReactElement } from "react";
import { PlainTable } from "@/shared/table/data-table";
import { AxisLeft, ChartFrame } from "./frame";
import { linear } from "./scale";

export type Column = { label: string; value: number; note?: string };

const HEIGHT = 180;
const MARGIN = { top: 10, right: 8, bottom: 24, left: 52 };

type Props = { name: string; summary: string; columns: readonly Column[]; format: (value: number) => string; header: string; tickFormat?: (value: number) => string; /** Counts: no tick between whole numbers. */ isWhole?: boolean };

/** Columns over ordered labels: margins by band, openings per day. Negative ones hang below zero. */
export function BarChart({ name, summary, columns, format, header, tickFormat = format, isWhole = false }: Props): ReactElement {
  const low = Math.min(0, ...columns.map((column) => column.value));
  const high = Math.max(0, ...columns.map((column) => column.value)) || 1;
  return (
    <ChartFrame
      summary={summary}
      height={HEIGHT}
      table={
        <PlainTable
          label={name}
          rows={columns}
          rowId={(column) => column.label}
          columns={[
            { id: "label", header: name, value: (column) => column.label },
            { id: "value", header, value: (column) => column.value, cell: (column) => format(column.value), align: "right" },
          ]}
        />
      }
    >
      {(width) => {
        const y = linear([low, isWhole ? Math.max(high, 4) : high], [HEIGHT - MARGIN.bottom, MARGIN.top], 4, isWhole);
        const step = (width - MARGIN.left - MARGIN.right) / Math.max(1, columns.length);
        const every = Math.max(1, Math.ceil(70 / step));
        return (
          <>
            <AxisLeft ticks={y.ticks} at={y} label={tickFormat} from={MARGIN.left} to={width - MARGIN.right} />
            {columns.map((column, index) => {
              const left = MARGIN.left + index * step;
              return (
                <g key={column.label}>
                  <rect x={left + step * 0.12} width={step * 0.76} y={Math.min(y(0), y(column.value))} height={Math.abs(y(column.value) - y(0))} fill={column.value < 0 ? "var(--loss-fill)" : "var(--series-1)"}>
                    <title>{`${column.label}: ${format(column.value)}`}</title>
                  </rect>
                  {index % every === 0 && (
                    <text x={left + step / 2} y={HEIGHT - 8} fontSize={11} fill="var(--muted)" textAnchor="middle">
                      {column.label}
                    </text>
                  )}
                </g>
              );
            })}
            <line x1={MARGIN.left} x2={width - MARGIN.right} y1={y(0)} y2={y(0)} stroke="var(--line-strong)" />
          </>
        );
      }}
    </ChartFrame>
  );
}
