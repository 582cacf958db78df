/** What a text stands for, or why it stands for nothing: what is allowed, to follow the name of the input and what was given. */
export type Parsed<T> = { value: T } | { allowed: string };

export interface Bounds {
  min?: number;
  max?: number;
}

const UNITS_MS = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const DURATION = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** `90s`, `5m`, `1h30m`, `500ms`, as milliseconds; the bounds are milliseconds, too. */
export function parseDuration(text: string, { min = 0, max = Number.MAX_SAFE_INTEGER }: Bounds = {}): Parsed<number> {
  const form = 'a duration such as 90s, 5m or 1h30m';
  const [whole, h = '0', m = '0', s = '0', ms = '0'] = DURATION.exec(text) ?? [];
  if (!whole) return { allowed: /^\d+$/.test(text) ? `${form} (with its unit: ${text}s or ${text}m)` : form };
  const value = Number(h) * UNITS_MS.h + Number(m) * UNITS_MS.m + Number(s) * UNITS_MS.s + Number(ms);
  if (value >= min && value <= max) return { value };
  return { allowed: `${form}${boundsText({ min, max }, formatDuration)}` };
}

/** `1h30m`: the form that `parseDuration` reads. */
export function formatDuration(milliseconds: number): string {
  let rest = milliseconds;
  const parts = Object.entries(UNITS_MS).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? `${count}${unit}` : '';
  });
  return parts.join('') || '0s';
}

/** Digits only: no `1e3`, no `0x10`, no `3.0`, no `10 pods`. */
export function parseInteger(text: string, bounds: Bounds = {}): Parsed<number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = bounds;
  const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return { value: value === 0 ? 0 : value };
  return { allowed: `a whole number${boundsText(bounds, String)}` };
}

/** As the toolkit of GitHub's actions reads them: the core schema of YAML 1.2. */
export function parseBoolean(text: string): Parsed<boolean> {
  if (['true', 'True', 'TRUE'].includes(text)) return { value: true };
  if (['false', 'False', 'FALSE'].includes(text)) return { value: false };
  return { allowed: 'true or false' };
}

export function parseOneOf<T extends string>(text: string, choices: readonly T[]): Parsed<T> {
  const value = choices.find(choice => choice === text);
  if (value !== undefined) return { value };
  const close = choices.find(choice => choice.toLowerCase() === text.toLowerCase());
  return { allowed: `one of ${choices.join(', ')}${close ? ` (did you mean ${close}?)` : ''}` };
}

/** One item a line; blank lines and lines that begin with # are left out. */
export function parseLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'));
}

function boundsText({ min, max }: Bounds, show: (value: number) => string): string {
  const least = min !== undefined && Math.abs(min) < Number.MAX_SAFE_INTEGER ? show(min) : undefined;
  const most = max !== undefined && Math.abs(max) < Number.MAX_SAFE_INTEGER ? show(max) : undefined;
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return `, at least ${least}`;
  return most === undefined ? '' : `, at most ${most}`;
}
