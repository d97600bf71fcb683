import { defineParams, text } from "@/shared/url/params";

export const quarantineParams = defineParams({ source: text(), reason: text(), day: text() });
