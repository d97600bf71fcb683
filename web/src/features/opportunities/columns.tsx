import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import { gameName, money, percent, words } from "@/shared/format/format";
import type { Column } from "@/shared/table/columns";
import { Badge, Risk } from "@/shared/ui/badge";
import { Picture } from "@/shared/ui/picture";
import { Interval } from "@/shared/value/interval";
import { Day, Money, Percent, PriceAge, Probability } from "@/shared/value/value";
import type { Row } from "./rows";

function numberOf(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

const EXITS: Record<string, string> = { open: "Opened", resale: "Closed" };

function Product({ row }: { row: Row }): ReactElement {
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <Picture src={row.image_url} />
      <span className="min-w-0">
        <Link to="/products/$productId" params={{ productId: row.productId }} className="line-clamp-2 leading-tight font-medium whitespace-normal hover:underline" title={row.name}>
          {row.name}
        </Link>
        <span className="block truncate text-xs text-muted">
          {gameName(row.category)}
          {row.set_code && ` · ${row.set_code.toUpperCase()}`}
          {row.kind && ` · ${words(row.kind)}`}
        </span>
      </span>
    </span>
  );
}

/** The landed cost, as a link to the offer where its source has a page for it. */
function BuyAt({ row, hasAge = true }: { row: Row; hasAge?: boolean }): ReactElement {
  const price = <Money value={row.sealed_price} currency={row.currency} missing="No offer that can be trusted" />;
  if (row.sealed_price === null) return price;
  return (
    <span className="block leading-tight">
      {row.source_url ? (
        <a href={row.source_url} target="_blank" rel="noopener noreferrer" className="text-accent hover:underline" title={`Open the offer at ${row.sealed_source ?? "its source"}`}>
          {price}
          <span aria-hidden="true"> ↗</span>
          <span className="sr-only"> (opens the offer in a new tab)</span>
        </a>
      ) : (
        price
      )}
      <span className={`flex gap-1 text-xs text-muted ${hasAge ? "justify-end" : ""}`}>
        <span className="truncate">{row.sealed_source}</span>
        {hasAge && (
          <>
            <span aria-hidden="true">·</span>
            <PriceAge asOf={row.as_of} isShort />
          </>
        )}
      </span>
    </span>
  );
}

function Chance({ row }: { row: Row }): ReactElement {
  return (
    <span className="inline-flex items-center gap-2">
      <Interval cost={row.sealed_price} p5={row.p5} p50={row.p50} p95={row.p95} currency={row.currency} />
      <span className="w-9 text-right">
        <Probability value={row.p_profit} />
      </span>
    </span>
  );
}

export function Flags({ flags }: { flags: readonly string[] }): ReactElement | null {
  if (flags.length === 0) return null;
  return (
    <span className="inline-flex flex-wrap gap-1">
      {flags.map((flag) => (
        <Badge key={flag} tone="warn">
          {words(flag)}
        </Badge>
      ))}
    </span>
  );
}

export const COLUMNS: Column<Row>[] = [
  { id: "name", header: "Product", value: (row) => row.name, cell: (row) => <Product row={row} />, sortable: true },
  {
    id: "sealed_price",
    header: "Buy at",
    hint: "Cheapest landed cost: price + shipping + tax. Opens the offer.",
    value: (row) => numberOf(row.sealed_price),
    cell: (row) => <BuyAt row={row} />,
    align: "right",
    width: 8.75,
  },
  {
    id: "singles_value",
    header: "Nets, patient",
    hint: "What the cards net, sold at market price within the horizon",
    value: (row) => numberOf(row.singles_value),
    cell: (row) => <Money value={row.singles_value} currency={row.currency} />,
    align: "right",
    width: 6.5,
    descFirst: true,
  },
  {
    id: "quick_sale_value",
    header: "Nets, quick",
    hint: "What the cards net, each sold just under the lowest ask",
    value: (row) => numberOf(row.quick_sale_value),
    cell: (row) => <Money value={row.quick_sale_value} currency={row.currency} />,
    align: "right",
    width: 6.5,
    descFirst: true,
    from: 1120,
  },
  {
    id: "p_profit",
    header: "P(profit)",
    hint: "Chance that one opened product nets more than it costs; drawn: the 90% band of the return, its median, and break-even (dashed)",
    value: (row) => row.p_profit,
    cell: (row) => <Chance row={row} />,
    align: "right",
    width: 11.5,
    descFirst: true,
    from: 960,
  },
  {
    id: "profit",
    header: "Profit",
    hint: "Patient exit minus landed cost, per product",
    value: (row) => numberOf(row.profit),
    cell: (row) => <Money value={row.profit} currency={row.currency} signed />,
    align: "right",
    width: 6.75,
    descFirst: true,
  },
  {
    id: "margin_percentage",
    header: "Margin",
    hint: "Profit in per cent of the landed cost",
    value: (row) => numberOf(row.margin_percentage),
    cell: (row) => <Percent value={row.margin_percentage} signed />,
    align: "right",
    width: 6.5,
    descFirst: true,
  },
  { id: "risk_level", header: "Risk", hint: "The worse of two: confidence in the figures, and margin. Low and medium need enough of both; the limits are the parameters risk low and risk medium.", value: (row) => ({ low: 1, medium: 2, high: 3 })[row.risk_level ?? "high"], cell: (row) => <Risk level={row.risk_level} />, width: 6.5, from: 860 },
  {
    id: "as_of",
    header: "Prices",
    hint: "Age of the prices behind the row",
    value: (row) => row.as_of,
    cell: (row) => <PriceAge asOf={row.as_of} />,
    width: 8.5,
    from: false,
    descFirst: true,
  },
  { id: "rank_score", header: "Rank score", value: (row) => row.rank_score, cell: (row) => (row.rank_score === null ? "–" : row.rank_score.toFixed(3)), align: "right", width: 6.5, from: false, descFirst: true },
  { id: "confidence_score", header: "Confidence", hint: "How far the four factors support the figures; not a probability", value: (row) => numberOf(row.confidence_score), cell: (row) => (row.confidence_score === null ? "–" : Number(row.confidence_score).toFixed(2)), align: "right", width: 7, from: false, descFirst: true },
  { id: "cash_value", header: "Cash today", hint: "What the best buylists pay, within their quantities", value: (row) => numberOf(row.cash_value), cell: (row) => <Money value={row.cash_value} currency={row.currency} />, align: "right", width: 6.5, from: false, descFirst: true },
  { id: "resale_value", header: "Resale", hint: "What the sealed product itself nets when sold on", value: (row) => numberOf(row.resale_value), cell: (row) => <Money value={row.resale_value} currency={row.currency} />, align: "right", width: 6.5, from: false, descFirst: true },
  { id: "exit", header: "Sell", hint: "The sale that the purchase rests on: opened card by card, or resold unopened", value: (row) => row.exit ?? "", cell: (row) => EXITS[row.exit ?? ""] ?? "–", width: 7, from: 1360 },
  { id: "gross_singles_value", header: "Gross", hint: "Expected copies × reference price, before fees and postage", value: (row) => numberOf(row.gross_singles_value), cell: (row) => <Money value={row.gross_singles_value} currency={row.currency} />, align: "right", width: 6.5, from: false, descFirst: true },
  { id: "seller_count", header: "Sellers", value: (row) => row.seller_count, align: "right", width: 5.5, from: false, descFirst: true },
  { id: "priced_share", header: "Priced share", hint: "Share of the expected cards that have a price", value: (row) => numberOf(row.priced_share), cell: (row) => (row.priced_share === null ? "–" : percent(Number(row.priced_share) * 100, { digits: 1 })), align: "right", width: 7, from: false, descFirst: true },
  { id: "flags", header: "Warnings", value: (row) => row.flags.join(" "), cell: (row) => <Flags flags={row.flags} />, width: 12, from: 1560 },
  { id: "day", header: "Day", value: (row) => row.as_of, cell: (row) => <Day value={row.as_of} />, width: 7.5, from: false },
  { id: "why", header: "Why", value: (row) => row.why, cell: (row) => <span title={row.why ?? ""}>{row.why}</span>, width: 22, from: false },
];

const REASON: Column<Row> = {
  id: "reason",
  header: "What keeps it out",
  value: (row) => row.why,
  cell: (row) => (
    <span title={row.why ?? ""} className="line-clamp-2 text-xs leading-snug whitespace-normal text-muted">
      {row.why}
    </span>
  ),
  width: 16,
  from: 1200,
};

/** What to resell unopened: that exit with its band and its return, in place of those of the cards. */
export const CLOSED_COLUMNS: Column<Row>[] = [
  ...COLUMNS.filter((column) => ["name", "sealed_price", "singles_value", "exit", "resale_value", "flags", "why"].includes(column.id)).map((column) =>
    column.id === "resale_value" ? { ...column, from: undefined } : column.id === "singles_value" ? { ...column, header: "Opened" } : column,
  ),
  {
    id: "resale_band",
    header: "At the sale",
    hint: "90% band of what it nets unopened at the sale",
    value: (row) => numberOf(row.resale_p5),
    cell: (row) => (
      <span className="whitespace-nowrap">
        <Money value={row.resale_p5} currency={row.currency} /> to <Money value={row.resale_p95} currency={row.currency} />
      </span>
    ),
    align: "right",
    width: 10,
    descFirst: true,
  },
  {
    id: "resale_profit",
    header: "Profit closed",
    hint: "Resale minus landed cost, per product",
    value: resaleProfit,
    cell: (row) => <Money value={resaleProfit(row)?.toFixed(2) ?? null} currency={row.currency} signed />,
    align: "right",
    width: 7,
    descFirst: true,
  },
];

function resaleProfit(row: Row): number | null {
  const [nets, costs] = [numberOf(row.resale_value), numberOf(row.sealed_price)];
  return nets === null || costs === null ? null : nets - costs;
}

/** Near misses: the reason takes the place of risk and age. */
export const NEAR_MISS_COLUMNS: Column<Row>[] = [
  ...COLUMNS.filter((column) => column.id !== "why").map((column) =>
    ["risk_level", "as_of", "flags"].includes(column.id) ? { ...column, from: false as const } : column.id === "quick_sale_value" ? { ...column, from: 1500 } : column,
  ),
];
NEAR_MISS_COLUMNS.splice(7, 0, REASON);

/** A row on a narrow screen: what to pay, what it brings, how likely. */
export function RowCard({ row }: { row: Row }): ReactElement {
  return (
    <div className="flex flex-col gap-2">
      <div className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <Product row={row} />
        </div>
        <Risk level={row.risk_level} />
      </div>
      <dl className="grid grid-cols-3 gap-x-2 text-sm">
        <div>
          <dt className="text-xs text-muted">Buy at</dt>
          <dd>
            <BuyAt row={row} hasAge={false} />
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">Nets</dt>
          <dd>
            <Money value={row.singles_value} currency={row.currency} />
            {row.quick_sale_value && <span className="block text-xs text-muted">quick {money(row.quick_sale_value, row.currency)}</span>}
          </dd>
        </div>
        <div className="text-right">
          <dt className="text-xs text-muted">Profit</dt>
          <dd>
            <Money value={row.profit} currency={row.currency} signed />
            <span className="block text-xs">
              <Percent value={row.margin_percentage} signed />
            </span>
          </dd>
        </div>
      </dl>
      <div className="flex items-center justify-between text-sm">
        <Chance row={row} />
        <span className="text-xs text-muted">
          Prices <PriceAge asOf={row.as_of} />
        </span>
      </div>
      {row.opportunity === null && row.why && <p className="text-xs text-muted">{row.why}</p>}
    </div>
  );
}
