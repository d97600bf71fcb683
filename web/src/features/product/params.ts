import { defineParams, oneOf, text } from "@/shared/url/params";

export const productParams = defineParams({ as_of: text(), days: oneOf("30", "90", "365") });
