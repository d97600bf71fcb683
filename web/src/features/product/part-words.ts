import { words } from "@/shared/format/format";

/** A part of the contents in plain words, and what is to be said of it in small. */
type PartWords = { text: string; note: string };

const EVIDENCE: Record<string, string> = { "by its name": "read from the product's name" };

/** Code of a set in lower case -> its name. */
export type SetNames = Readonly<Record<string, string>>;

/** "Booster pack (Surging Sparks)", "Draft pack (FDN)". A set's code that is a number means nothing to a reader: its name stands for it. */
function packWords(set: string, name: string, names: SetNames): string {
  const plain = words(name.replaceAll("-", " "));
  const pack = ["", "default"].includes(name) ? "Booster pack" : plain.endsWith("pack") ? plain : `${plain} pack`;
  return pack + (isNumber(set) && names[set] ? ` (${names[set]})` : setWords(set));
}

function isNumber(set: string): boolean {
  return /^\d+$/u.test(set);
}

function setWords(set: string, number = ""): string {
  const stated = [isNumber(set) ? "" : set.toUpperCase(), number].filter(Boolean).join(" ");
  return stated && ` (${stated})`;
}

/** Words for a line of the contents tree: its label is written for the terminal. */
export function partWords({ kind, label }: { kind: string; label: string }, names: SetNames = {}): PartWords {
  const noted = (text: string, evidence: string | undefined, of: string): PartWords => ({ text, note: [of, evidence && (EVIDENCE[evidence] ?? evidence)].filter(Boolean).join(", ") });
  const pack = kind === "pack" && /^pack ([^/]*)\/([^,]*)(?:, (.*))?$/u.exec(label);
  if (pack) return noted(packWords(pack[1]!, pack[2]!, names), pack[3], "");
  const other = kind === "other" && /^(.*) \(worth 0 here\)(?:, (.*))?$/u.exec(label);
  if (other) return noted(other[1]!, other[2], "counted as worth nothing");
  const listed = (kind === "card" || kind === "sealed") && /^(.*) \((\S+)(?: (#\S+))?\)(?:, (.*))?$/u.exec(label);
  if (listed) return noted(listed[1]! + setWords(listed[2]!, listed[3]), listed[4], kind === "card" ? "card" : "sealed product");
  if (kind === "deck") {
    const name = label.replace(/^deck /u, "");
    return { text: name, note: /\bdeck\b/iu.test(name) ? "" : "deck" };
  }
  return { text: label, note: kind === "copy" ? "" : kind };
}

/** Words for a row of the values by part: "36 x pack 70016-booster" becomes "36 × Booster pack". */
export function valuedPartWords(part: string, names: SetNames = {}): string {
  const pack = /^(\S+) x pack ([^-]*)-?(.*)$/u.exec(part);
  return pack ? `${pack[1]} × ${packWords(pack[2]!, pack[3]!, names)}` : words(part);
}
