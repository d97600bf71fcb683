import { defineParams, flag, text } from "@/shared/url/params";

export const signInParams = defineParams({ next: text(), ended: flag(), token: text() });
