/** Linear scales with round ticks. */

type Scale = { (value: number): number; invert: (pixel: number) => number; ticks: number[] };

const NICE = [1, 2, 2.5, 5, 10];

/** The smallest round step that divides a span into at most `most` parts. */
export function niceStep(span: number, most: number): number {
  const raw = span / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * (NICE.find((factor) => factor * power >= raw * 0.999999) ?? 10);
}

/** Round ticks inside [low, high]; of counts none between whole numbers. */
export function ticks(low: number, high: number, most: number, isWhole = false): number[] {
  if (!(high > low)) return [low];
  const nice = niceStep(high - low, most);
  const step = isWhole ? Math.ceil(nice) : nice;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

export function linear([low, high]: readonly [number, number], [from, to]: readonly [number, number], most = 5, isWhole = false): Scale {
  const span = high - low || 1;
  const scale = ((value: number) => from + ((value - low) / span) * (to - from)) as Scale;
  scale.invert = (pixel) => low + ((pixel - from) / (to - from || 1)) * span;
  scale.ticks = ticks(low, high, most, isWhole);
  return scale;
}

/** Smallest and largest of the values with room around them; [0, 1] without any. */
export function extent(values: readonly number[], room = 0.05): [number, number] {
  if (values.length === 0) return [0, 1];
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const pad = (high - low || Math.abs(high) || 1) * room;
  return [low - pad, high + pad];
}

const TO_SIGMA = 0.6745;
export type OutlierRule = { z: number; minDays: number; minSpread: number };
const OUTLIER_RULE: OutlierRule = { z: 3.5, minDays: 7, minSpread: 0.05 };

function median(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/**
 * Which prices of one series lie beyond the reach of its history: more than `z` modified z-scores (median and
 * median absolute deviation of the log price) from the median. The rule of the pipeline's outlier guard.
 */
export function outliers(prices: readonly number[], rule: OutlierRule = OUTLIER_RULE): boolean[] {
  const logs = prices.map((price) => (price > 0 ? Math.log(price) : Number.NaN));
  const known = logs.filter((log) => !Number.isNaN(log)).sort((a, b) => a - b);
  if (known.length <= rule.minDays) return prices.map(() => false);
  const middle = median(known);
  const spread = median(known.map((log) => Math.abs(log - middle)).sort((a, b) => a - b));
  const reach = (Math.max(spread, rule.minSpread) * rule.z) / TO_SIGMA;
  return logs.map((log) => Math.abs(log - middle) > reach);
}
