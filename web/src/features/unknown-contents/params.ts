import { defineParams, list, text } from "@/shared/url/params";

export const unknownContentsParams = defineParams({ q: text(), game: list(["mtg", "pokemon", "yugioh"]), sort: text() });
