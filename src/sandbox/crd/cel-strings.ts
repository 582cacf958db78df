import type { Environment } from '@marcbachmann/cel-js';
import { goRegExp } from './go-regexp.ts';

type Receiver = string;

/** The functions on strings that Kubernetes has beside those of the language. */
export function registerStrings(environment: Environment): void {
  environment
    .registerFunction('string.replace(string, string): string', (text: Receiver, from: string, to: string) =>
      text.replaceAll(from, to),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: Receiver, from: string, to: string, times: bigint) => {
        const parts = text.split(from);
        const count = times < 0n ? parts.length - 1 : Math.min(Number(times), parts.length - 1);
        return [parts.slice(0, count + 1).join(to), ...parts.slice(count + 1)].join(from);
      },
    )
    .registerFunction('string.matchesRe2(string): bool', (text: Receiver, pattern: string) =>
      goRegExp(pattern).test(text),
    )
    .registerFunction('string.charAt(int): string', (text: Receiver, index: bigint) => [...text][Number(index)] ?? '')
    .registerFunction('string.reverse(): string', (text: Receiver) => [...text].reverse().join(''))
    .registerFunction(
      'string.find(string): string',
      (text: Receiver, pattern: string) => goRegExp(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction('string.findAll(string): list<string>', (text: Receiver, pattern: string) => all(text, pattern))
    .registerFunction('string.findAll(string, int): list<string>', (text: Receiver, pattern: string, most: bigint) =>
      most < 0n ? all(text, pattern) : all(text, pattern).slice(0, Number(most)),
    )
    .registerFunction('string.format(list): string', (text: Receiver, values: unknown[]) => format(text, values));
}

function all(text: string, pattern: string): string[] {
  const { source, flags } = goRegExp(pattern);
  return [...text.matchAll(new RegExp(source, `g${flags}`))].map(match => match[0]);
}

function format(text: string, values: unknown[]): string {
  let next = 0;
  return text.replace(
    /%(?:(%)|\.?(\d*)([sdfexXbo]))/g,
    (_all, percent: string | undefined, digits: string, verb: string) => {
      if (percent) return '%';
      const value = values[next++];
      if (verb === 'f') return Number(value).toFixed(digits === '' ? 6 : Number(digits));
      if (verb === 'e') return Number(value).toExponential(digits === '' ? 6 : Number(digits));
      if (verb === 'x' || verb === 'X') {
        const hex = BigInt(value as bigint).toString(16);
        return verb === 'X' ? hex.toUpperCase() : hex;
      }
      if (verb === 'b') return typeof value === 'boolean' ? String(Number(value)) : BigInt(value as bigint).toString(2);
      if (verb === 'o') return BigInt(value as bigint).toString(8);
      return shown(value);
    },
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${key}: ${shown(item)}`).join(', ')}}`;
}
