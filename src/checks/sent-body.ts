import type { Asking } from '../config/check-config.ts';
import { fill, type Variable } from '../config/variables.ts';
import { asIs, type Escape, inJson, inUrl } from './fill-in.ts';

const NUMBERS: ReadonlySet<Variable> = new Set([
  'revision',
  'weight',
  'window-seconds',
  'now',
  'start',
  'now-ms',
  'start-ms',
]);

/** A body with its variables filled in, escaped for what it is: by its `Content-Type`, or as JSON where it is JSON. */
export function sentBody(
  template: string | undefined,
  { headers }: Pick<Asking, 'headers'>,
  filledIn: (template: string, written: Escape) => string,
): { body: string | undefined; headers: Readonly<Record<string, string>> } {
  if (template === undefined) return { body: undefined, headers: {} };
  const said = Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  if (typeof said === 'string') return { body: filledIn(template, escapeFor(said)), headers: {} };
  const type = isJson(template) ? 'application/json' : 'text/plain; charset=utf-8';
  return { body: filledIn(template, escapeFor(type)), headers: { 'content-type': type } };
}

function escapeFor(contentType: string): Escape {
  if (/[/+-]json\b/i.test(contentType)) return inJson;
  return /^application\/x-www-form-urlencoded/i.test(contentType) ? inUrl : asIs;
}

function isJson(template: string): boolean {
  try {
    JSON.parse(fill(template, name => (NUMBERS.has(name) ? '1' : 'x')));
    return true;
  } catch {
    return false;
  }
}
