import type { Json, JsonObject } from '../../kube.ts';
import type { FieldError } from '../types.ts';
import { stableText } from '../validation/equality.ts';
import { duplicate } from '../validation/field-errors.ts';
import type { JsonSchema } from './crd-view.ts';

/** Duplicates in lists that are sets or maps. */
export function validateListTypes(value: Json, schema: JsonSchema, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return [
      ...duplicates(value, schema, path),
      ...(items ? value.flatMap((item, index) => validateListTypes(item, items, `${path}[${index}]`)) : []),
    ];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const rule =
      schema.properties?.[key] ??
      (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
    return rule ? validateListTypes(item, rule, path === '' ? key : `${path}.${key}`) : [];
  });
}

function duplicates(list: Json[], schema: JsonSchema, path: string): FieldError[] {
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'set' && type !== 'map') return [];
  const seen = new Set<string>();
  return list.flatMap((item, index) => {
    const identity = type === 'map' ? keysOf(item, schema) : item;
    const key = stableText(identity);
    if (seen.has(key)) return [duplicate(`${path}[${index}]`, identity)];
    seen.add(key);
    return [];
  });
}

/** The values of an element's keys, as the API server prints them: a map, so by name. */
function keysOf(item: Json, schema: JsonSchema): JsonObject {
  const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort();
  const element = typeof item === 'object' && item !== null && !Array.isArray(item) ? item : {};
  return Object.fromEntries(keys.filter(key => Object.hasOwn(element, key)).map(key => [key, element[key] as Json]));
}

/** For each element its old self: by its keys in a map, the same element in a set; in atomic lists elements have no past. */
export function correlate(list: Json[], old: Json[], schema: JsonSchema): (Json | undefined)[] {
  if (schema['x-kubernetes-list-type'] !== 'map') return [];
  const byKey = new Map(old.map(item => [stableText(keysOf(item, schema)), item]));
  return list.map(item => byKey.get(stableText(keysOf(item, schema))));
}
