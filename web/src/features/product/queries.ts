import { queryOptions } from "@tanstack/react-query";
import { api, type Schemas, unwrap, withEtag } from "@/api/client";
import { riskRule } from "./risk-rule";

export type ValuationDetail = Schemas["ValuationDetail"];
export type Opportunity = Schemas["Opportunity"];

type Day = string | undefined;

export function productQuery(productId: string) {
  return queryOptions({
    queryKey: ["products", productId],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products/{product_id}", { params: { path: { product_id: productId } }, signal })),
  });
}

export function valuationQuery(productId: string, asOf: Day) {
  return queryOptions({
    queryKey: ["products", productId, "valuation", asOf],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/products/{product_id}/valuation", { params: { path: { product_id: productId }, query: { as_of: asOf } }, signal })),
  });
}

export function contentsQuery(productId: string, asOf: Day) {
  return queryOptions({
    queryKey: ["products", productId, "contents", asOf],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products/{product_id}/contents", { params: { path: { product_id: productId }, query: { as_of: asOf } }, signal })),
  });
}

export function outcomeQuery(productId: string, asOf: Day) {
  return queryOptions({
    queryKey: ["products", productId, "outcome", asOf],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products/{product_id}/outcome", { params: { path: { product_id: productId }, query: { as_of: asOf } }, signal })),
  });
}

export function offersQuery(productId: string, asOf: Day) {
  return queryOptions({
    queryKey: ["products", productId, "offers", asOf],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/products/{product_id}/offers", { params: { path: { product_id: productId }, query: { as_of: asOf } }, signal })),
  });
}

/** The rule behind the risk with the limits of a day; in the cache it is the parameters. */
export function riskRuleQuery(asOf: string) {
  return queryOptions({
    queryKey: ["parameters", asOf],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/parameters", { params: { query: { as_of: asOf } }, signal })),
    select: ({ items }) => riskRule(items) ?? null,
  });
}

/** The highest prices at which P(profit) still reaches 50% and 80%. `price`: of the day; no answer depends on it. */
export function payAtMostQuery(productId: string, price: string, asOf: Day) {
  return queryOptions({
    queryKey: ["what-if", "pay-at-most", productId, price, asOf],
    queryFn: async ({ signal }) => {
      const { one } = await unwrap(api.POST("/api/v1/what-if", { body: { product_id: productId, price, quantity: 1, chance: 0.8, as_of: asOf ?? null }, signal }));
      const at = (chance: number): string | null => one?.break_even.find((point) => point.chance === chance)?.per_piece ?? null;
      return { likely: at(0.5), safe: at(0.8) };
    },
  });
}

const PRICE_PAGES = 10;

/** Prices of the last `days` days, newest first; cut after ten pages. */
export function pricesQuery(productId: string, days: number) {
  return queryOptions({
    queryKey: ["products", productId, "prices", days],
    queryFn: async ({ signal }) => {
      // Whole hours, so that a reload asks the same question.
      const until = new Date();
      until.setUTCMinutes(0, 0, 0);
      const since = new Date(until.getTime() - days * 86_400_000).toISOString();
      const prices: Schemas["Price"][] = [];
      let cursor: string | undefined;
      for (let page = 0; page < PRICE_PAGES; page++) {
        const answer = await unwrap(
          api.GET("/api/v1/products/{product_id}/price-history", { params: { path: { product_id: productId }, query: { since, limit: 200, cursor } }, signal }),
        );
        prices.push(...answer.items);
        if (!answer.next_cursor) break;
        cursor = answer.next_cursor;
      }
      return prices;
    },
  });
}

/** The active or newest opportunity of a product, with the ETag that a write names. */
export function opportunityOfQuery(productId: string) {
  return queryOptions({
    queryKey: ["opportunities", "of", productId],
    queryFn: async ({ signal }) => {
      const list = await unwrap(
        api.GET("/api/v1/opportunities", { params: { query: { product_id: productId, status: "all", sort: "-updated_at", limit: 20 } }, signal }),
      );
      const newest = list.items.find((item) => item.status === "active") ?? list.items[0];
      if (!newest) return null;
      const { data, etag } = await withEtag(api.GET("/api/v1/opportunities/{opportunity_id}", { params: { path: { opportunity_id: newest.id } }, signal }));
      return { opportunity: data, etag };
    },
  });
}

export function eventsQuery(opportunityId: string) {
  return queryOptions({
    queryKey: ["opportunities", opportunityId, "events"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/opportunities/{opportunity_id}/events", { params: { path: { opportunity_id: opportunityId }, query: { limit: 100 } }, signal })),
  });
}
