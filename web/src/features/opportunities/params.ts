import { defineParams, flag, list, number, oneOf, type ParamsOf, text } from "@/shared/url/params";

const shape = {
  /** The day's valuations that were not published, with the reason of each; or those worth more unopened. */
  show: oneOf("near-misses", "closed"),
  q: text(),
  game: list(["mtg", "pokemon", "yugioh"]),
  risk: list(["low", "medium", "high"]),
  kind: list(),
  source: list(),
  min_margin: number({ min: -100 }),
  min_profit: number(),
  min_p: number({ min: 0, max: 100 }),
  max_price: number({ min: 0 }),
  clean: flag(),
  sort: text(),
  columns: list(),
};

export const opportunityParams = defineParams(shape);
export type OpportunitySearch = ParamsOf<typeof shape>;
