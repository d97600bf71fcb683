import { defineParams, oneOf, text } from "@/shared/url/params";

export const parameterParams = defineParams({ q: text(), origin: oneOf("shipped", "database", "file") });
