import type { Limits, Reduce } from '../config/check-config.ts';

/** What stands where a number should be. */
export type Measured = { value: number } | { noData: string } | { error: string };

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const NOT_A_NUMBER = /^[+-]?nan$/i;
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const LONGEST_SHOWN = 60;

/** A number of JSON, or one in a text as Prometheus and others write it. A division of nothing by nothing is no data. */
export function numberOf(found: unknown): Measured {
  if (found === null || found === undefined) return { noData: 'null' };
  if (typeof found === 'number') return sound(found);
  if (typeof found !== 'string') return { error: `${kindOf(found)} is no number` };
  const text = found.trim();
  if (NOT_A_NUMBER.test(text)) return sound(Number.NaN);
  if (INFINITE.test(text)) return sound(text.startsWith('-') ? -Infinity : Infinity);
  return DECIMAL.test(text) ? sound(Number(text)) : { error: `the text ${shown(found)} is no number` };
}

function sound(value: number): Measured {
  if (Number.isNaN(value)) return { noData: 'NaN, nothing divided by nothing' };
  if (Number.isFinite(value)) return { value };
  return { error: `${value > 0 ? '+Inf' : '-Inf'} is infinite: no measurement` };
}

function kindOf(found: unknown): string {
  if (Array.isArray(found)) return 'a list';
  return typeof found === 'object' ? 'an object' : `the truth value ${String(found)}`;
}

function shown(text: string): string {
  return JSON.stringify(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
}

const REDUCED: Readonly<Record<Reduce, (values: readonly number[]) => number>> = {
  min: values => values.reduce((least, value) => Math.min(least, value)),
  max: values => values.reduce((most, value) => Math.max(most, value)),
  // Each part is divided before it is added, so that the mean of huge numbers is not infinite.
  mean: values => values.reduce((sum, value) => sum + value / values.length, 0),
  sum: values => values.reduce((sum, value) => sum + value, 0),
  last: values => values[values.length - 1] ?? Number.NaN,
};

/** One number of several; of none it cannot be made, which is for the caller to have ruled out. */
export function reduced(values: readonly number[], reduce: Reduce): number {
  return REDUCED[reduce](values);
}

/** A number and its limits, as in `98.2 %, below min 99.5 %`; a number at a limit is within it. */
export function heldAgainst(
  value: number,
  { min, max }: Limits,
  unit = '',
): { outcome: 'pass' | 'fail'; message: string } {
  // As many digits as tell the number from the limit that it missed: `99.5, below min 99.5` would say nothing.
  if (min !== undefined && value < min)
    return { outcome: 'fail', message: `${apart(value, min)}${unit}, below min ${formatNumber(min, 15)}${unit}` };
  if (max !== undefined && value > max)
    return { outcome: 'fail', message: `${apart(value, max)}${unit}, above max ${formatNumber(max, 15)}${unit}` };
  const limits = [
    ...(min === undefined ? [] : [`min ${formatNumber(min, 15)}${unit}`]),
    ...(max === undefined ? [] : [`max ${formatNumber(max, 15)}${unit}`]),
  ];
  return { outcome: 'pass', message: `${formatNumber(value)}${unit}, within ${limits.join(' and ')}` };
}

function apart(value: number, limit: number): string {
  const enough = [4, 6, 9, 12, 15].find(digits => Number(value.toPrecision(digits)) !== limit) ?? 17;
  return formatNumber(value, enough);
}

/** To so many significant digits; whole numbers keep all theirs, and get commas: `14,700`. */
export function formatNumber(value: number, digits = 4): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e15 || size < 1e-6)) return String(Number(value.toPrecision(digits)));
  const rounded = size >= 10 ** digits ? Math.round(value) : Number(value.toPrecision(digits));
  return rounded.toLocaleString('en-GB', { maximumFractionDigits: 20 });
}
