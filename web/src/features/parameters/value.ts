/** A parameter's value as text. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** The value that was typed, of the same kind as the present one; undefined where it is not of that kind. */
export function readValue(text: string, present: unknown): unknown {
  const plain = text.trim();
  if (plain === "") return undefined;
  if (typeof present === "string") return plain;
  try {
    const parsed: unknown = JSON.parse(plain);
    if (typeof present === "number") return typeof parsed === "number" && Number.isFinite(parsed) ? parsed : undefined;
    if (typeof present === "boolean") return typeof parsed === "boolean" ? parsed : undefined;
    if (Array.isArray(present)) return Array.isArray(parsed) ? parsed : undefined;
    return parsed;
  } catch {
    return undefined;
  }
}

/** What is allowed, for a value that was not. */
export function kindOf(present: unknown): string {
  if (typeof present === "number") return "A number, as in 1000 or 0.25.";
  if (typeof present === "boolean") return "true or false.";
  if (Array.isArray(present)) return 'A list, as in ["tcgplayer", "cardkingdom"].';
  return "A value.";
}
