/**
 * What is left of an object of a built-in kind once it went through its Go type: unknown fields, nulls and zero values
 * go, and structs that are always there come.
 */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { isObject } from './atom.ts';
import { resolve } from './schema.ts';

/** Decodes an object by the schema of its kind. The value must fit the schema: `goTypeError` tells whether it does. */
export function decodeTyped(schema: SchemaNode, object: JsonObject): JsonObject {
  return decodeObject(resolve(schema), object);
}

/** A custom resource has one Go type in it: its metadata. */
export function decodeMetadata(object: JsonObject): JsonObject {
  const { metadata } = object;
  return isObject(metadata) ? { ...object, metadata: decodeTyped(objectMeta, metadata) } : object;
}

export const objectMeta: SchemaNode = { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' };

/** The zero value of a kind's Go type with what Go writes for it: nulls stand for required pointers, lists and maps. */
export function zeroObject(schema: SchemaNode, object: JsonObject): JsonObject {
  return withNulls(schema, decodeTyped(schema, object));
}

function decodeObject(node: SchemaNode, object: JsonObject): JsonObject {
  const decoded: JsonObject = {};
  const fields = node.fields ?? {};
  for (const name of new Set([...Object.keys(object), ...Object.keys(fields)])) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field) continue;
    const value = decodeField(field, object[name] ?? null, node.required?.includes(name) ?? false);
    if (value !== undefined) decoded[name] = value;
  }
  return decoded;
}

function decodeField(field: SchemaNode, value: Json, required: boolean): Json | undefined {
  const node = resolve(field);
  if (node.type === 'object') {
    const always = isObject(field.default);
    return isObject(value) ? decodeObject(node, value) : always ? decodeObject(node, {}) : undefined;
  }
  if (value === null) return emptyValue(node);
  if (Array.isArray(value)) {
    if (node.type === 'any') return value;
    const kept = value.length > 0 || required || node.default === null;
    return kept ? value.map(item => decodeItem(node, item)) : emptyValue(node);
  }
  if (node.type === 'map' && isObject(value)) {
    const entries = Object.entries(value).map(([name, item]) => [name, decodeItem(node, item)] as const);
    return entries.length > 0 || required ? Object.fromEntries(entries) : undefined;
  }
  const scalar = decodeScalar(node, value);
  const kept = required || node.pointer || node.default !== undefined || !omitted.has(node.type) || !isZero(scalar);
  return kept ? scalar : undefined;
}

/** What stands for a field without a value: zero where Go always writes it, null for what it writes as such, else nothing. */
function emptyValue(node: SchemaNode): Json | undefined {
  return node.default === null || (node.default !== undefined && !node.pointer && isZero(node.default))
    ? node.default
    : undefined;
}

function decodeItem(list: SchemaNode, item: Json): Json {
  const node = resolve(list.items ?? { type: 'any' });
  switch (node.type) {
    case 'object':
      return decodeObject(node, isObject(item) ? item : {});
    case 'list':
      return Array.isArray(item) ? item.map(child => decodeItem(node, child)) : item;
    case 'string':
      return item ?? '';
    case 'quantity':
      return item === null ? '0' : decodeScalar(node, item);
    default:
      return item;
  }
}

function decodeScalar(node: SchemaNode, value: Json): Json {
  return node.type === 'quantity' && typeof value === 'number' ? String(value) : value;
}

/** Types whose zero value Go omits; an int-or-string is a struct, which is never empty. */
const omitted = new Set<SchemaNode['type']>(['string', 'integer', 'number', 'boolean']);

function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false;
}

/** Only the struct of a kind and what it holds by value are looked at: there is nothing else in a zero value. */
function withNulls(field: SchemaNode, object: JsonObject): JsonObject {
  const { fields = {}, required = [] } = resolve(field);
  const filled = { ...object };
  for (const [name, child] of Object.entries(fields)) {
    const value = filled[name];
    if (isObject(value) && isObject(child.default)) filled[name] = withNulls(child, value);
    else if (value === undefined && required.includes(name)) filled[name] = null;
  }
  return filled;
}
