import type { Json } from '../../kube.ts';
import { parseExpression } from './cel-environment.ts';
import type { JsonSchema } from './crd-view.ts';

const RESERVED = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
]); // prettier-ignore

/** A value as CEL sees it: integers as such, formats as their types, names of properties escaped. */
export function celValue(value: Json, schema: JsonSchema | undefined): unknown {
  if (typeof value === 'number') return celNumber(value, schema);
  if (typeof value === 'string') return celString(value, schema?.format);
  // CEL tells a list by its constructor, which a list of another realm has not.
  if (Array.isArray(value)) return Array.from(value, item => celValue(item, schema?.items));
  if (value === null || typeof value !== 'object') return value;
  const { properties = {}, additionalProperties } = schema ?? {};
  const items = typeof additionalProperties === 'object' ? additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
      return [property ? escaped(key) : key, celValue(item, property ?? items)];
    }),
  );
}

function celNumber(value: number, schema: JsonSchema | undefined): unknown {
  return schema?.type === 'number' || !Number.isInteger(value) ? value : BigInt(value);
}

function celString(value: string, format: string | undefined): unknown {
  switch (format) {
    case 'date':
    case 'date-time':
      return new Date(value);
    case 'duration':
      // Days and weeks are allowed by the format, though not in the language.
      return /[dw]/.test(value) ? value : parseExpression('duration(self)')({ self: value });
    case 'byte':
      return Uint8Array.from(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}

/** How Kubernetes writes a property's name in CEL where it is no identifier. */
export function escaped(name: string): string {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
