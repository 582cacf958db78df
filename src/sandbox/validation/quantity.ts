/** Quantities of resources: parsed exactly, compared, and written in the one form that the API server stores. */

export interface Quantity {
  /** Value × 10^9, exact; smaller parts are rounded away from zero, as the server does. */
  nano: bigint;
  format: 'DecimalSI' | 'BinarySI' | 'DecimalExponent';
}

const SUFFIXES: Record<string, readonly [base: 2 | 10, exponent: number]> = {
  n: [10, -9],
  u: [10, -6],
  m: [10, -3],
  '': [10, 0],
  k: [10, 3],
  M: [10, 6],
  G: [10, 9],
  T: [10, 12],
  P: [10, 15],
  E: [10, 18],
  Ki: [2, 10],
  Mi: [2, 20],
  Gi: [2, 30],
  Ti: [2, 40],
  Pi: [2, 50],
  Ei: [2, 60],
}; // prettier-ignore
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const NANO = 10n ** 9n;

export const QUANTITY_FORM =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

interface Parts {
  negative: boolean;
  whole: string;
  fraction: string;
  base: 2 | 10;
  exponent: number;
  format: Quantity['format'];
}

function split(text: string): Parts | string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text);
  if (!match || text === '' || !/\d/.test(text)) return QUANTITY_FORM;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  const known = SUFFIXES[suffix];
  const exponential = /^[eE]([-+]?\d+)$/.exec(suffix);
  if (!known && !exponential) return "unable to parse quantity's suffix";
  const [base, exponent] = known ?? [10, Number(exponential?.[1])];
  const format = base === 2 ? 'BinarySI' : exponential ? 'DecimalExponent' : 'DecimalSI';
  return { negative: sign === '-', whole: whole.replace(/^0+/, ''), fraction, base, exponent, format };
}

/** The quantity, or what is wrong with the text. */
export function parseQuantity(text: string | number): Quantity | string {
  const parts = split(String(text));
  if (typeof parts === 'string') return parts;
  let value = BigInt(parts.whole + parts.fraction || '0');
  let scale = 9 - parts.fraction.length;
  if (parts.base === 2) value <<= BigInt(parts.exponent);
  else scale += parts.exponent;
  const divisor = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  const scaled = scale < 0 ? (value + divisor - 1n) / divisor : value * 10n ** BigInt(scale);
  const format = parts.format === 'BinarySI' && scaled < NANO && scaled > 0n ? 'DecimalSI' : parts.format;
  return { nano: parts.negative ? -scaled : scaled, format };
}

/** The value for comparison, in units of 10^-9; undefined where the text is no quantity. */
export function nanoOf(text: string | number | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const parsed = parseQuantity(text);
  return typeof parsed === 'string' ? undefined : parsed.nano;
}

/** Whether the server keeps the text as it came because its fast reader finds it canonical (`+1` is, `0.5` and `1024Mi` are not). */
function keptAsWritten(parts: Parts): boolean {
  const digits = (parts.whole || '0') + parts.fraction;
  if (parts.base === 2) {
    const precision = 15 - (parts.whole || '0').length - Math.trunc(parts.exponent * 0.3) - 1;
    return precision >= 0 && parts.fraction === '' && (BigInt(digits) & 7n) !== 0n;
  }
  const scale = parts.exponent - parts.fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

/** The form that the server stores. `smallest` is the power of ten to which limits and requests are rounded up (-3). */
export function canonicalQuantity(text: string | number, smallest = -9): string {
  const source = String(text);
  const parts = split(source);
  const parsed = parseQuantity(source);
  if (typeof parts === 'string' || typeof parsed === 'string') return source;
  const unit = 10n ** BigInt(smallest + 9);
  const exact = parsed.nano % unit === 0n;
  if (exact && keptAsWritten(parts)) return source;
  return formatQuantity({ ...parsed, nano: exact ? parsed.nano : roundAway(parsed.nano, unit) });
}

function roundAway(value: bigint, unit: bigint): bigint {
  return value < 0n ? ((value - unit + 1n) / unit) * unit : ((value + unit - 1n) / unit) * unit;
}

export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const sign = nano < 0n ? '-' : '';
  const size = nano < 0n ? -nano : nano;
  if (format === 'BinarySI' && size >= 1024n * NANO && size % NANO === 0n) {
    let value = size / NANO;
    let step = 0;
    while (value % 1024n === 0n && step < BINARY.length - 1) {
      value /= 1024n;
      step += 1;
    }
    return `${sign}${value}${BINARY[step]}`;
  }
  let value = size;
  let step = 0;
  while (value % 1000n === 0n && (format === 'DecimalExponent' || step < DECIMAL.length - 1)) {
    value /= 1000n;
    step += 1;
  }
  const exponent = step * 3 - 9;
  if (format === 'DecimalExponent') return `${sign}${value}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${value}${DECIMAL[step]}`;
}
