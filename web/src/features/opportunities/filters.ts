import { type Keys, matcher, parseQuery, searchText } from "@/shared/search/grammar";
import type { OpportunitySearch } from "./params";
import type { Row } from "./rows";

function numberOf(value: string | number | null | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** Keys of the search language on this page. */
export const KEYS: Keys<Row> = {
  game: { kind: "text", label: "mtg, pokemon, yugioh", read: (row) => [row.category] },
  set: { kind: "text", label: "set code or name", read: (row) => [row.set_code ?? "", row.set_name ?? ""] },
  kind: { kind: "text", label: "booster_box, deck, case, …", read: (row) => [row.kind ?? ""] },
  source: { kind: "text", label: "source of the offer", read: (row) => [row.sealed_source ?? ""] },
  risk: { kind: "text", label: "low, medium, high", read: (row) => [row.risk_level ?? ""] },
  flag: { kind: "text", label: "a warning, such as presale", read: (row) => row.flags },
  exit: { kind: "text", label: "open or resale: the sale that pays", read: (row) => [row.exit ?? ""] },
  id: { kind: "text", label: "id at TCGplayer", read: (row) => [row.tcg_product_id ?? ""] },
  price: { kind: "number", label: "landed cost", read: (row) => numberOf(row.sealed_price) },
  nets: { kind: "number", label: "patient exit", read: (row) => numberOf(row.singles_value) },
  quick: { kind: "number", label: "quick exit", read: (row) => numberOf(row.quick_sale_value) },
  profit: { kind: "number", label: "profit", read: (row) => numberOf(row.profit) },
  margin: { kind: "number", label: "margin in per cent", read: (row) => numberOf(row.margin_percentage) },
  p: { kind: "number", label: "P(profit) in per cent", read: (row) => (row.p_profit === null ? null : row.p_profit * 100) },
  confidence: { kind: "number", label: "0 to 1", read: (row) => numberOf(row.confidence_score) },
  sellers: { kind: "number", label: "sellers of the product", read: (row) => numberOf(row.seller_count) },
};

const texts = new WeakMap<Row, string>();

function textOf(row: Row): string {
  let searched = texts.get(row);
  if (searched === undefined) {
    searched = searchText(row.set_code, row.set_name, row.name, row.kind);
    texts.set(row, searched);
  }
  return searched;
}

function atLeast(value: string | number | null, limit: number | undefined): boolean {
  return limit === undefined || (value !== null && Number(value) >= limit);
}

/** Rows that pass every filter of the address, and what of the query could not be understood. */
export function filterRows(rows: readonly Row[], search: OpportunitySearch): { rows: Row[]; problems: string[] } {
  const query = parseQuery(search.q ?? "", KEYS);
  const matches = matcher(query, KEYS, textOf);
  const among = (chosen: readonly string[] | undefined, value: string | null): boolean => chosen === undefined || chosen.includes(value ?? "");
  const kept = rows.filter(
    (row) =>
      among(search.game, row.category) &&
      among(search.risk, row.risk_level) &&
      among(search.kind, row.kind) &&
      among(search.source, row.sealed_source) &&
      atLeast(row.margin_percentage, search.min_margin) &&
      atLeast(row.profit, search.min_profit) &&
      atLeast(row.p_profit === null ? null : row.p_profit * 100, search.min_p) &&
      (search.max_price === undefined || (row.sealed_price !== null && Number(row.sealed_price) <= search.max_price)) &&
      (!search.clean || row.flags.length === 0) &&
      matches(row),
  );
  return { rows: kept, problems: query.problems };
}

const FILTERS = ["q", "game", "risk", "kind", "source", "min_margin", "min_profit", "min_p", "max_price", "clean"] as const;

/** Number of filters in use. */
export function activeFilters(search: OpportunitySearch): number {
  return FILTERS.filter((name) => search[name] !== undefined).length;
}

/** A search without its filters: list, sort and columns stay. */
export function withoutFilters(search: OpportunitySearch): OpportunitySearch {
  return { ...search, ...Object.fromEntries(FILTERS.map((name) => [name, undefined])) };
}
