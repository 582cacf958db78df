import type { Json, JsonObject, KubeObject } from '../../kube.ts';
import { deepCopy } from '../deep-copy.ts';
import type { Resource } from '../types.ts';
import type { JsonSchema } from './crd-view.ts';

/** The custom resource with the defaults of its schema; nulls that a schema does not allow give way to them, or go. */
export function applySchemaDefaults(resource: Resource, object: KubeObject): KubeObject {
  const schema = resource.schema.source as JsonSchema | undefined;
  const copy = deepCopy(object);
  if (!schema) return copy;
  // A null in metadata is the typed decoder's business.
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...properties } = schema.properties ?? {};
  applyDefaultsTo(copy as unknown as Json, { ...schema, properties });
  return copy;
}

/** Fills the defaults into the value, in place. */
export function applyDefaultsTo(value: Json, schema: JsonSchema): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applyDefaultsTo(item, schema.items);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) fillProperty(value, key, property);
  const { additionalProperties } = schema;
  if (typeof additionalProperties !== 'object') return;
  for (const [key, item] of Object.entries(value)) {
    if (schema.properties && Object.hasOwn(schema.properties, key)) continue;
    if (item === null && additionalProperties.default !== undefined) fillProperty(value, key, additionalProperties);
    else applyDefaultsTo(item, additionalProperties);
  }
}

function fillProperty(value: JsonObject, key: string, schema: JsonSchema): void {
  const present = Object.hasOwn(value, key);
  if (present && value[key] === null && !schema.nullable) delete value[key];
  if (!Object.hasOwn(value, key)) {
    if (schema.default === undefined) return;
    value[key] = deepCopy(schema.default);
  }
  applyDefaultsTo(value[key] as Json, schema);
}
