/**
 * The search language of lists: words, "phrases", and key-operator-value terms.
 *
 * `play box game:mtg margin>=20 -risk:high set:blb,mh3`. A minus negates, a comma means "or"; `:` and `=` are
 * the same, and `< <= > >=` compare numbers. Words match the beginning of any word of the row's text.
 */

type Operator = ":" | "<" | "<=" | ">" | ">=";
type Term = { key: string; operator: Operator; values: string[]; negated: boolean };
type Query = {
  terms: Term[];
  words: { text: string; negated: boolean }[];
  /** What could not be understood, for the person who typed it. */
  problems: string[];
};

/** How a key reads a row. Numeric keys compare, text keys match by equality or beginning. */
export type Key<Row> =
  | { kind: "number"; label: string; read: (row: Row) => number | null; unit?: string }
  | { kind: "text"; label: string; read: (row: Row) => readonly string[] };
export type Keys<Row> = Record<string, Key<Row>>;

const TOKEN = /(-?)(?:([a-z_]+)(<=|>=|[:=<>]))?("[^"]*"?|[^\s"]+)/giu;

function unquoted(value: string): string {
  return value.replaceAll('"', "");
}

export function parseQuery<Row>(input: string, keys: Keys<Row>): Query {
  const query: Query = { terms: [], words: [], problems: [] };
  for (const match of input.matchAll(TOKEN)) {
    const [whole, minus = "", rawKey, rawOperator, rawValue = ""] = match;
    if (!rawKey || !rawOperator) {
      const word = unquoted(rawKey ? whole : rawValue).toLowerCase();
      if (word) query.words.push({ text: word, negated: minus === "-" });
      continue;
    }
    const key = rawKey.toLowerCase();
    const operator = (rawOperator === "=" ? ":" : rawOperator) as Operator;
    const known = keys[key];
    const values = rawValue.startsWith('"')
      ? [unquoted(rawValue).toLowerCase()]
      : rawValue.split(",").map((value) => value.toLowerCase()).filter(Boolean);
    if (!known) {
      query.problems.push(`Unknown key "${key}". Keys: ${Object.keys(keys).join(", ")}.`);
    } else if (known.kind === "text" && operator !== ":") {
      query.problems.push(`"${key}" is text: write ${key}:VALUE.`);
    } else if (known.kind === "number" && values.some((value) => Number.isNaN(amount(value)))) {
      query.problems.push(`"${key}" needs a number, as in ${key}>=20; "${values.join(",")}" is none.`);
    } else if (values.length > 0) {
      query.terms.push({ key, operator, values, negated: minus === "-" });
    }
  }
  return query;
}

function amount(value: string): number {
  const plain = value.replace(/^\$/, "").replace(/%$/, "");
  return plain === "" ? Number.NaN : Number(plain);
}

const COMPARE: Record<Operator, (left: number, right: number) => boolean> = {
  ":": (left, right) => left === right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
};

function holds<Row>(term: Term, key: Key<Row>, row: Row): boolean {
  if (key.kind === "number") {
    const value = key.read(row);
    // A missing number satisfies no comparison, and so passes a negated one.
    return value !== null && term.values.some((limit) => COMPARE[term.operator](value, amount(limit)));
  }
  const texts = key.read(row).map((item) => item.toLowerCase());
  return term.values.some((value) => texts.some((item) => item === value || item.startsWith(value)));
}

/** Lower-case words of a row, for matching by beginning. */
export function searchText(...parts: (string | null | undefined)[]): string {
  return ` ${parts
    .filter(Boolean)
    .join(" ")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")} `;
}

/** A predicate over rows; `textOf` gives the row's searchText. */
export function matcher<Row>(query: Query, keys: Keys<Row>, textOf: (row: Row) => string): (row: Row) => boolean {
  const words = query.words.map(({ text, negated }) => ({
    needle: ` ${text.replace(/[^\p{L}\p{N}]+/gu, " ").trim()}`,
    negated,
  }));
  const terms = query.terms.map((term) => ({ term, key: keys[term.key]! }));
  return (row) => {
    const haystack = words.length > 0 ? textOf(row) : "";
    return (
      words.every(({ needle, negated }) => haystack.includes(needle) !== negated) &&
      terms.every(({ term, key }) => holds(term, key, row) !== term.negated)
    );
  };
}
