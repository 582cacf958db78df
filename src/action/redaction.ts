import type { KubeObject } from '../kube.ts';

/** Shorter values are words like `true` or `dev`: hiding them would hide the report and no secret. */
const SHORTEST = 4;
const MASK = '***';

type Secret = KubeObject & { data?: unknown; stringData?: unknown };

/** Values of the Secrets among these objects, decoded and as they stand in base64, and their lines. */
export function secretValues(objects: readonly KubeObject[]): string[] {
  const values = new Set<string>();
  for (const secret of objects as readonly Secret[]) {
    if (secret.kind !== 'Secret' || secret.apiVersion !== 'v1') continue;
    for (const encoded of stringsOf(secret.data)) {
      values.add(encoded);
      values.add(Buffer.from(encoded, 'base64').toString('utf8'));
    }
    for (const plain of stringsOf(secret.stringData)) {
      values.add(plain);
      values.add(Buffer.from(plain, 'utf8').toString('base64'));
    }
  }
  for (const value of [...values]) for (const line of value.split(/\r?\n/)) values.add(line.trim());
  return [...values].filter(value => value.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function stringsOf(map: unknown): string[] {
  return map !== null && typeof map === 'object' ? Object.values(map).filter(value => typeof value === 'string') : [];
}

/** Replaces each of the values wherever it stands, the longest first. */
export function redactor(values: readonly string[]): (text: string) => string {
  return text => values.reduce((clean, value) => clean.replaceAll(value, MASK), text);
}

/** The same, in every string of a structure. */
export function redactDeep<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map(item => redactDeep(item, redact)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)])) as T;
}
