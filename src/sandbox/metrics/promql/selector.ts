import { NAME } from '../labels.ts';
import type { Cursor } from './cursor.ts';
import type { Token } from './lexer.ts';
import { wholePattern } from './pattern.ts';
import type { Matcher, Selector } from './syntax.ts';

const UNITS: readonly (readonly [string, number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Milliseconds of `1m30s`; undefined where units are in disorder. */
export function durationOf(text: string): number | undefined {
  let [sum, place] = [0, 0];
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+)(ms|[a-z])/g)) {
    const found = UNITS.findIndex(([name], index) => index >= place && name === unit);
    if (found < 0) return undefined;
    sum += Number(number) * (UNITS[found]?.[1] ?? 0);
    place = found + 1;
  }
  return sum;
}

/** `name{label="value"}[range] offset 5m`, of which the name or the braces may be missing. */
export function parseSelector(cursor: Cursor): Selector {
  const start = cursor.token;
  const named: Matcher[] = start.kind === 'name' ? [nameMatcher(cursor.take().text)] : [];
  const matchers = [...named, ...(cursor.takeIf('{') ? matchersIn(cursor, named.length > 0) : [])];
  if (!matchers.some(({ fits }) => !fits('')))
    throw cursor.fault('vector selector must contain at least one non-empty matcher', start);
  const range = cursor.takeIf('[') ? rangeIn(cursor) : undefined;
  const offset = cursor.takeIf('offset') ? offsetIn(cursor) : 0;
  if (cursor.is('@')) throw cursor.unsupported('the modifier @');
  return { type: 'selector', matchers, offset, ...(range === undefined ? {} : { range }) };
}

function nameMatcher(name: string): Matcher {
  return { label: NAME, operator: '=', value: name, fits: value => value === name };
}

function matchersIn(cursor: Cursor, isNamed: boolean): Matcher[] {
  const matchers: Matcher[] = [];
  while (!cursor.takeIf('}')) {
    const label = cursor.take();
    if (label.kind !== 'name' || label.text.includes(':'))
      throw cursor.unexpected('label matching, expected identifier or "}"', label);
    if (label.text === NAME && isNamed) throw cursor.fault('metric name must not be set twice', label);
    const operator = cursor.take();
    if (!['=', '!=', '=~', '!~'].includes(operator.text))
      throw cursor.unexpected('label matching, expected a label matching operator', operator);
    const value = cursor.take();
    if (value.kind !== 'string') throw cursor.unexpected('label matching, expected string', value);
    matchers.push(matcherOf(cursor, label.text, operator.text as Matcher['operator'], value));
    if (!cursor.is('}')) cursor.expect(',', 'label matching');
  }
  return matchers;
}

function matcherOf(cursor: Cursor, label: string, operator: Matcher['operator'], { text, ...rest }: Token): Matcher {
  const isNegative = operator.startsWith('!');
  if (operator === '=' || operator === '!=')
    return { label, operator, value: text, fits: value => (value === text) !== isNegative };
  const pattern = wholePattern(text);
  if (typeof pattern === 'string') throw cursor.unsupported(pattern, { text, ...rest });
  return { label, operator, value: text, fits: value => pattern.test(value) !== isNegative };
}

function rangeIn(cursor: Cursor): number {
  const range = duration(cursor, 'range');
  // A colon may also begin the name of a metric, as the lexer takes it.
  if (cursor.token.text.startsWith(':')) throw cursor.unsupported('a subquery');
  cursor.expect(']', 'matrix selector');
  return range;
}

function offsetIn(cursor: Cursor): number {
  const sign = cursor.takeIf('-') ? -1 : 1;
  return sign * duration(cursor, 'offset');
}

function duration(cursor: Cursor, context: string): number {
  const token = cursor.take();
  if (token.kind !== 'duration') throw cursor.unexpected(`${context}, expected duration`, token);
  const milliseconds = durationOf(token.text);
  if (milliseconds === undefined)
    throw cursor.fault(`not a valid duration string: ${JSON.stringify(token.text)}`, token);
  if (milliseconds === 0) throw cursor.fault('duration must be greater than 0', token);
  return milliseconds;
}
