/**
 * One step of a field path, in the form in which FieldsV1 writes it: `f:NAME` a field, `k:{"name":"app"}` an element of a
 * keyed list, `v:"x"` an element of a set, `i:0` an element by position.
 */
import type { Json, JsonObject } from '../../kube.ts';

export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function valueElement(value: Json): PathElement {
  return `v:${JSON.stringify(value)}`;
}

/** The keys are written in the order of their names, so that equal keys are equal texts. */
export function keyElement(keys: JsonObject): PathElement {
  return `k:${JSON.stringify(Object.fromEntries(Object.entries(keys).sort(([a], [b]) => compareText(a, b))))}`;
}

export function fieldName(element: PathElement): string | undefined {
  return element.startsWith('f:') ? element.slice(2) : undefined;
}

export function isKeyed(element: PathElement): boolean {
  return element.startsWith('k:');
}

/** As conflict messages print a path: `.spec.ports[port=80,protocol="TCP"].targetPort`. */
export function pathText(path: readonly PathElement[]): string {
  return path.map(elementText).join('');
}

export function elementText(element: PathElement): string {
  const text = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'f:':
      return `.${text}`;
    case 'k:': {
      const keys = Object.entries(JSON.parse(text) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v:':
      return `[=${text}]`;
    default:
      return `[${text}]`;
  }
}

const kinds = ['f:', 'k:', 'v:', 'i:'];

/** The order of structured-merge-diff: fields, keys, values, indices, each by their value. */
export function compareElements(a: PathElement, b: PathElement): number {
  const kind = kinds.indexOf(a.slice(0, 2)) - kinds.indexOf(b.slice(0, 2));
  if (kind !== 0 || a === b) return kind;
  if (a.startsWith('f:')) return compareText(a, b);
  return compareValues(JSON.parse(a.slice(2)), JSON.parse(b.slice(2)));
}

/** By bytes, as Go compares strings. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ranks = ['number', 'string', 'boolean', 'object'];

function compareValues(a: Json, b: Json): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  if (typeof a !== typeof b) return ranks.indexOf(typeof a) - ranks.indexOf(typeof b);
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return Number(a) - Number(b);
  const left = Object.entries(a) as [string, Json][];
  const right = Object.entries(b) as [string, Json][];
  for (const [index, [name, value]] of left.entries()) {
    const other = right[index];
    if (!other) return 1;
    const difference = compareText(name, other[0]) || compareValues(value, other[1]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
