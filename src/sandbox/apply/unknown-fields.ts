/** Fields that the schema does not know: found for strict field validation, dropped from what is stored. */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { customObject, isObject } from './atom.ts';
import { compareText } from './path-element.ts';
import { resolve } from './schema.ts';

export interface UnknownField {
  path: string;
  /** The object that has it, and its key: tells where in a text it stands. */
  object: JsonObject;
  key: string;
}

/** In the order of the document. */
export function unknownFields(schema: SchemaNode, value: Json, path = ''): UnknownField[] {
  const node = resolve(schema);
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => unknownFields(node.items ?? { type: 'any' }, item, `${path}[${index}]`));
  }
  if (!isObject(value) || (node.type !== 'object' && node.type !== 'map')) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const here = path ? `${path}.${key}` : key;
    const field = node.fields && Object.hasOwn(node.fields, key) ? node.fields[key] : node.items;
    if (field) return unknownFields(field, child, here);
    return node.preserveUnknown ? [] : [{ path: here, object: value, key }];
  });
}

/** A custom resource without the fields that its schema does not know, and their paths in alphabetical order. */
export function pruned(schema: SchemaNode, object: JsonObject): { object: JsonObject; unknown: string[] } {
  const root = customObject(schema);
  const unknown = unknownFields(root, object).map(({ path }) => path);
  return {
    object: unknown.length > 0 ? (prune(root, object) as JsonObject) : object,
    unknown: unknown.sort(compareText),
  };
}

function prune(schema: SchemaNode, value: Json): Json {
  const node = resolve(schema);
  if (Array.isArray(value)) return value.map(item => prune(node.items ?? { type: 'any' }, item));
  if (!isObject(value) || (node.type !== 'object' && node.type !== 'map')) return value;
  const kept = Object.entries(value).flatMap(([key, child]) => {
    const field = node.fields && Object.hasOwn(node.fields, key) ? node.fields[key] : node.items;
    if (field) return [[key, prune(field, child)] as const];
    return node.preserveUnknown ? [[key, child] as const] : [];
  });
  return Object.fromEntries(kept);
}
