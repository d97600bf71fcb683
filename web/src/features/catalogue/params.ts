import { defineParams, oneOf, text } from "@/shared/url/params";

export const catalogueParams = defineParams({
  q: text(),
  game: oneOf("mtg", "pokemon", "yugioh"),
  type: oneOf("sealed", "single"),
  active: oneOf("false", "all"),
  origin: oneOf("source", "user"),
  edit: text(),
});
