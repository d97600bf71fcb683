import { defineParams, oneOf, text } from "@/shared/url/params";

export const priceListParams = defineParams({ state: oneOf("valued", "unmatched", "not_valued"), sort: text() });
