import type { Json, JsonObject } from '../../kube.ts';
import type { JsonSchema } from './crd-view.ts';

const RESOURCE_FIELDS = new Set(['apiVersion', 'kind', 'metadata']);

/** The value without the fields that its schema does not know, and the paths of those that went, sorted. */
export function prune(value: Json, schema: JsonSchema, isRoot = true): { value: Json; unknown: string[] } {
  const unknown: string[] = [];
  const pruned = pruneValue(value, schema, '', isRoot, unknown);
  return { value: pruned, unknown: unknown.sort() };
}

function pruneValue(value: Json, schema: JsonSchema, path: string, isResource: boolean, unknown: string[]): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items
      ? value.map((item, index) => pruneValue(item, items, `${path}[${index}]`, embeds(items), unknown))
      : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties } = schema;
  const out: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const here = path === '' ? key : `${path}.${key}`;
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (isResource && RESOURCE_FIELDS.has(key)) out[key] = item;
    else if (property) out[key] = pruneValue(item, property, here, embeds(property), unknown);
    else if (typeof additionalProperties === 'object') {
      out[key] = pruneValue(item, additionalProperties, here, embeds(additionalProperties), unknown);
    } else if (additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields']) out[key] = item;
    else unknown.push(here);
  }
  return out;
}

const embeds = (schema: JsonSchema): boolean => schema['x-kubernetes-embedded-resource'] === true;
