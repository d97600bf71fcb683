/** Numbers, money, probabilities and times as text. Amounts arrive as decimal strings and stay exact. */

const MINUS = "\u2212";

/** Locale of numbers and dates: the stored choice, else the browser's. */
function currentLocale(): string {
  try {
    const stored = localStorage.getItem("arb.locale");
    if (stored) return Intl.getCanonicalLocales(stored)[0] ?? navigator.language;
  } catch {
    // Storage is switched off or holds no valid tag: the browser's locale it is.
  }
  return navigator.language || "en-US";
}

const cache = new Map<string, Intl.NumberFormat>();

function formatter(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = currentLocale() + JSON.stringify(options);
  let format = cache.get(key);
  if (!format) {
    format = new Intl.NumberFormat(currentLocale(), options);
    cache.set(key, format);
  }
  return format;
}

/** Replaces the hyphen that Intl writes in most locales by a minus sign of the digits' width. */
function withMinus(text: string): string {
  return text.replace("-", MINUS);
}

type Amount = string | number;

function formatted(format: Intl.NumberFormat, value: Amount): string {
  // Engines accept a decimal string and format it without a detour over binary floating point.
  return withMinus(format.format(value as number));
}

export function money(value: Amount, currency = "USD", { signed = false, digits = 2 } = {}): string {
  const format = formatter({
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? "exceptZero" : "auto",
  });
  return formatted(format, value);
}

/** `value` counts in per cent: 70.39 becomes "70.39%". */
export function percent(value: Amount, { signed = false, digits = 2 } = {}): string {
  const format = formatter({
    style: "unit",
    unit: "percent",
    unitDisplay: "short",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay: signed ? "exceptZero" : "auto",
  });
  return formatted(format, value);
}

/** A chance from 0 to 1 as whole per cent. Never 0 % or 100 %: no forecast is certain. */
export function probability(value: number): string {
  if (value > 0.99) return `>${percent(99, { digits: 0 })}`;
  if (value < 0.01) return `<${percent(1, { digits: 0 })}`;
  return percent(Math.round(value * 100), { digits: 0 });
}

/** A share from 0 to 1 as per cent: the whole may be 100 %, but 99.96 % is not rounded up to it. */
export function share(value: number, digits = 0): string {
  const factor = 10 ** digits;
  const rounded = Math.round(value * 100 * factor) / factor;
  const shown = rounded >= 100 && value < 1 ? 100 - 1 / factor : rounded;
  return percent(shown, { digits });
}

export function decimal(value: Amount, digits = 2): string {
  return formatted(formatter({ minimumFractionDigits: digits, maximumFractionDigits: digits }), value);
}

export function count(value: number): string {
  return formatted(formatter({ maximumFractionDigits: 0 }), value);
}

/** Expected copies: whole numbers plain, others with up to three significant digits. */
export function copies(value: number): string {
  return formatted(formatter({ maximumSignificantDigits: 3 }), value);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 hours ago", "in 2 days"; under a minute "now". */
export function relativeTime(instant: string | Date, now: Date): string {
  const seconds = (new Date(instant).getTime() - now.getTime()) / 1000;
  const format = new Intl.RelativeTimeFormat(currentLocale(), { numeric: "auto" });
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, "second");
}

/** An age in seconds, as short as a column needs it: "under 1 h", "20 h", from two days on "3 d". */
export function shortAge(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  if (hours < 1) return "under 1 h";
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

export function exactTime(instant: string | Date): string {
  return new Intl.DateTimeFormat(currentLocale(), {
    dateStyle: "medium",
    timeStyle: "long",
    timeZone: "UTC",
  }).format(new Date(instant));
}

/** A calendar day ("2026-01-31"), read as such and not as midnight somewhere. */
export function day(value: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: "medium", timeZone: "UTC" }).format(
    new Date(`${value.slice(0, 10)}T00:00:00Z`),
  );
}

export function shortDay(value: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { month: "short", day: "numeric", timeZone: "UTC" }).format(
    new Date(`${value.slice(0, 10)}T00:00:00Z`),
  );
}

/** A duration in seconds: "45 s", "3 min", "2 h 5 min". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${Math.floor(minutes / 60)} h`;
}

const GAMES: Record<string, string> = { mtg: "Magic", pokemon: "Pokémon", yugioh: "Yu-Gi-Oh!" };

export function gameName(category: string): string {
  return GAMES[category] ?? category;
}

const NAMES: Record<string, string> = { Tcgplayer: "TCGplayer", Ebay: "eBay", "P profit": "P(profit)" };

/** A stored name ("booster_box") as words: "Booster box". */
export function words(name: string): string {
  const text = name.replaceAll("_", " ");
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(/^(?:Tcgplayer|Ebay|P profit)\b/u, (name) => NAMES[name] ?? name);
}
