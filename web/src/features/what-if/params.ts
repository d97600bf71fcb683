import { defineParams, number, text } from "@/shared/url/params";

export const whatIfParams = defineParams({
  product: text(),
  price: number({ min: 0, max: 1e7 }),
  quantity: number({ min: 1, max: 10_000 }),
  shipping: number({ min: 0, max: 1e6 }),
});
