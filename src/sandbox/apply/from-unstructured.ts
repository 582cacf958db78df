/** The errors of the converter that turns the result of a strategic merge patch or an apply into a Go object. */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { isObject } from './atom.ts';
import { jsonType } from './go-text.ts';
import { formatError, quantityError } from './go-type-error.ts';
import { resolve } from './schema.ts';

/** The first value that does not fit; undefined where all do. */
export function fromUnstructuredError(schema: SchemaNode, value: Json): string | undefined {
  if (value === null) return undefined;
  const node = resolve(schema);
  switch (node.type) {
    case 'object':
      return isObject(value) ? fieldsError(node, value) : `cannot restore struct from: ${goKind(value)}`;
    case 'map':
      return isObject(value) ? itemsError(node, Object.values(value)) : `cannot restore map from ${goKind(value)}`;
    case 'list':
      return Array.isArray(value) ? itemsError(node, value) : `cannot restore slice from ${goKind(value)}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'unrecognized type: bool';
    case 'string':
      return textError(node, value);
    case 'quantity':
      return quantityError(value);
    case 'int-or-string':
      return typeof value === 'string' || typeof value === 'number' ? undefined : unmarshalError(value, 'int32');
    case 'integer': {
      if (typeof value !== 'number') return `unrecognized type: ${node.format ?? 'int64'}`;
      return Number.isInteger(value) ? undefined : `cannot convert float64 to ${node.format ?? 'int64'}`;
    }
    default:
      return undefined;
  }
}

function textError(node: SchemaNode, value: Json): string | undefined {
  if (typeof value === 'string') {
    const error = formatError(node, value);
    return error && node.format === 'byte' ? `error decoding from json: ${error}` : error;
  }
  if (node.format === 'byte') return `cannot restore slice from ${goKind(value)}`;
  if (node.format !== undefined) return unmarshalError(value, 'string');
  return typeof value === 'number' ? `cannot convert ${goKind(value)} to string` : 'unrecognized type: string';
}

/** Of a type that decodes itself. */
function unmarshalError(value: Json, type: string): string {
  return `json: cannot unmarshal ${jsonType(value)} into Go value of type ${type}`;
}

function fieldsError(node: SchemaNode, object: JsonObject): string | undefined {
  for (const [name, field] of Object.entries(node.fields ?? {})) {
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    const error = value === undefined ? undefined : fromUnstructuredError(field, value);
    if (error) return error;
  }
  return undefined;
}

function itemsError(node: SchemaNode, items: Json[]): string | undefined {
  for (const item of items) {
    const error = fromUnstructuredError(node.items ?? { type: 'any' }, item);
    if (error) return error;
  }
  return undefined;
}

/** The kind of a value as reflect names it. */
function goKind(value: Json): string {
  if (Array.isArray(value)) return 'slice';
  switch (typeof value) {
    case 'object':
      return 'map';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(value) ? 'int64' : 'float64';
    default:
      return 'string';
  }
}
