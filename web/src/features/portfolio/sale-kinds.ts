import type { Schemas } from "@/api/client";

/** What a sale was of, in plain words. */
export const KIND_WORDS: Record<Schemas["Sale"]["kind"], string> = {
  singles: "Cards of opened pieces",
  sealed: "Pieces resold unopened",
  whole: "Whole contents of opened pieces, at once",
  correction: "Correction of the sum",
};
