import { defineParams, oneOf } from "@/shared/url/params";

export const trustParams = defineParams({ of: oneOf("purchases"), game: oneOf("mtg", "pokemon", "yugioh") });
