import { api, type Schemas, unwrap } from "@/api/client";
import { useWholeList, type WholeList } from "@/api/pages";

export type Opportunity = Schemas["Opportunity"];
export type Valuation = Schemas["Valuation"];

/** What opportunities and valuations share, and what the table shows of either. */
export type Row = {
  id: string;
  productId: string;
  opportunity: Opportunity | null;
} & { [Field in SharedField]: Opportunity[Field] | Valuation[Field] } & Exits;

type SharedField =
  | "name"
  | "set_name"
  | "set_code"
  | "category"
  | "kind"
  | "tcg_product_id"
  | "image_url"
  | "source_url"
  | "currency"
  | "sealed_price"
  | "sealed_source"
  | "gross_singles_value"
  | "singles_value"
  | "profit"
  | "margin_percentage"
  | "confidence_score"
  | "risk_level"
  | "seller_count"
  | "competition_level"
  | "rank_score"
  | "p5"
  | "p50"
  | "p95"
  | "p_profit"
  | "priced_share"
  | "flags"
  | "why"
  | "as_of";

/** The other exits, where the analysis has them. */
type Exits = {
  quick_sale_value?: string | null;
  quick_sale_margin_percentage?: number | null;
  cash_value?: string | null;
  resale_value?: string | null;
  resale_p5?: string | null;
  resale_p95?: string | null;
  exit?: string | null;
};

function ofOpportunity(opportunity: Opportunity): Row {
  return { ...opportunity, productId: opportunity.sealed_product_id, opportunity };
}

function ofValuation(valuation: Valuation): Row {
  return { ...valuation, id: valuation.product_id, productId: valuation.product_id, opportunity: null };
}

const LIMIT = 200;

export function useOpportunities(enabled: boolean): WholeList<Row> {
  return useWholeList(
    ["opportunities", "active"],
    async (cursor, signal) => {
      const page = await unwrap(api.GET("/api/v1/opportunities", { params: { query: { limit: LIMIT, cursor } }, signal }));
      return { items: page.items.map(ofOpportunity), next_cursor: page.next_cursor };
    },
    enabled,
  );
}

/** The newest day's products that are worth buying to resell unopened. */
export function useToResell(enabled: boolean): WholeList<Row> {
  return useWholeList(
    ["valuations", "to-resell"],
    async (cursor, signal) => {
      const page = await unwrap(api.GET("/api/v1/valuations", { params: { query: { limit: LIMIT, cursor, flag: "worth_closed" } }, signal }));
      return { items: page.items.map(ofValuation), next_cursor: page.next_cursor };
    },
    enabled,
  );
}

/** The newest day's valuations that were not published, best margin first. */
export function useNearMisses(enabled: boolean): WholeList<Row> {
  return useWholeList(
    ["valuations", "near-misses"],
    async (cursor, signal) => {
      const page = await unwrap(
        api.GET("/api/v1/valuations", { params: { query: { limit: LIMIT, cursor, published: false, sort: "-margin" } }, signal }),
      );
      return { items: page.items.map(ofValuation), next_cursor: page.next_cursor };
    },
    enabled,
  );
}
