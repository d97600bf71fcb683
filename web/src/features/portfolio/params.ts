import { defineParams, oneOf, text } from "@/shared/url/params";

export const portfolioParams = defineParams({ show: oneOf("open", "closed"), sort: text() });
