/** JSON values as Go's fmt package prints them, which is how they come into messages of the API server. */
import type { Json } from '../../kube.ts';
import { isObject } from './atom.ts';
import { compareText } from './path-element.ts';

/** `%v`: `map[a:1 b:[x y]]`. */
export function goText(value: Json): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => compareText(a, b));
    return `map[${entries.map(([name, child]) => `${name}:${goText(child)}`).join(' ')}]`;
  }
  return String(value);
}

/** `%#v`: `map[string]interface {}{"a":1}`. */
export function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isObject(value)) {
    const entries = Object.entries(value).sort(([a], [b]) => compareText(a, b));
    return `map[string]interface {}{${entries.map(([name, child]) => `${JSON.stringify(name)}:${goSyntax(child)}`).join(', ')}}`;
  }
  return JSON.stringify(value);
}

/** `%T` of the value as it was decoded from JSON. */
export function goType(value: Json): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  switch (typeof value) {
    case 'object':
      return 'map[string]interface {}';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'string';
  }
}

/** The name of a value's JSON type in errors of encoding/json. */
export function jsonType(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** The value with the keys of its objects in alphabetical order, as Go writes maps. */
export function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sortedKeys(child)]));
}
