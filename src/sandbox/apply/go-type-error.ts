/** The error that Go's decoder answers where a value does not fit the type of its field. */
import type { Json, JsonObject } from '../../kube.ts';
import type { SchemaNode } from '../types.ts';
import { parseQuantity } from '../validation/quantity.ts';
import { isObject } from './atom.ts';
import { namedTypes } from './go-named-types.ts';
import { jsonType } from './go-text.ts';
import { resolve } from './schema.ts';

/** Where the decoder is: in the struct of this name, at this path of fields from the root. */
interface Place {
  struct: string;
  path: string;
}

/** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`: the first one; undefined where all fits. */
export function goTypeError(schema: SchemaNode, object: JsonObject): string | undefined {
  return structError(schema, object, '');
}

function structError(schema: SchemaNode, object: JsonObject, path: string): string | undefined {
  const { fields = {} } = resolve(schema);
  const struct = structName(schema);
  for (const [name, value] of Object.entries(object)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field || value === null) continue;
    const error = valueError(field, value, { struct, path: path ? `${path}.${name}` : name });
    if (error) return error;
  }
  return undefined;
}

function valueError(schema: SchemaNode, value: Json, place: Place): string | undefined {
  const node = resolve(schema);
  const mismatch = (type = goTypeName(schema)): string =>
    `json: cannot unmarshal ${jsonType(value)} into Go struct field ${place.struct}.${place.path} of type ${type}`;
  switch (node.type) {
    case 'object':
      return isObject(value) ? structError(schema, value, place.path) : mismatch();
    case 'map':
      return isObject(value) ? firstError(node, Object.values(value), place) : mismatch();
    case 'list':
      return Array.isArray(value) ? firstError(node, value, place) : mismatch();
    case 'string':
      return typeof value === 'string'
        ? formatError(node, value)
        : mismatch(timeFormat(node) ? 'string' : namedTypes[fieldKey(place)]);
    case 'boolean':
      return typeof value === 'boolean' ? undefined : mismatch();
    case 'integer':
      return typeof value === 'number' ? numberError(node, value, place) : mismatch();
    case 'number':
      return typeof value === 'number' ? undefined : mismatch();
    case 'int-or-string':
      return typeof value === 'string' || typeof value === 'number' ? undefined : mismatch('int32');
    case 'quantity':
      return quantityError(value);
    default:
      return undefined;
  }
}

function fieldKey({ struct, path }: Place): string {
  return `${struct}.${path.slice(path.lastIndexOf('.') + 1)}`;
}

function firstError(list: SchemaNode, items: Json[], place: Place): string | undefined {
  for (const item of items) {
    const error = item === null ? undefined : valueError(list.items ?? { type: 'any' }, item, place);
    if (error) return error;
  }
  return undefined;
}

function numberError(node: SchemaNode, value: number, { struct, path }: Place): string | undefined {
  const limit = node.format === 'int32' ? 2 ** 31 : 2 ** 63;
  if (Number.isInteger(value) && value >= -limit && value < limit) return undefined;
  return `json: cannot unmarshal number ${value} into Go struct field ${struct}.${path} of type ${node.format ?? 'int64'}`;
}

/** What is wrong with a quantity. */
export function quantityError(value: Json): string | undefined {
  // A quantity that is no text is read as the text of its JSON.
  const parsed = parseQuantity(typeof value === 'string' ? value : JSON.stringify(value));
  return typeof parsed === 'string' ? parsed : undefined;
}

function timeFormat(node: SchemaNode): string | undefined {
  if (node.format === 'date-time') return '2006-01-02T15:04:05Z07:00';
  return node.format === 'micro-time' ? '2006-01-02T15:04:05.000000Z07:00' : undefined;
}

/** What is wrong with a text whose field wants a time or base64. */
export function formatError(node: SchemaNode, value: string): string | undefined {
  const layout = timeFormat(node);
  if (layout) return timeError(layout, value);
  if (node.format !== 'byte' || value === '') return undefined;
  const bad = /[^A-Za-z0-9+/\r\n]/.exec(value.replace(/={0,2}$/, ''));
  if (bad) return `illegal base64 data at input byte ${bad.index}`;
  return value.replace(/[\r\n]/g, '').length % 4 === 0
    ? undefined
    : `illegal base64 data at input byte ${value.length & ~3}`;
}

const TIME_PARTS: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}/, '2006'],
  [/^-/, '-'],
  [/^\d\d/, '01'],
  [/^-/, '-'],
  [/^\d\d/, '02'],
  [/^T/, 'T'],
  [/^\d\d/, '15'],
  [/^:/, ':'],
  [/^\d\d/, '04'],
  [/^:/, ':'],
];

const SECONDS = [[/^\d\d(\.\d+)?/, '05']] as const;
const MICROSECONDS = [
  [/^\d\d/, '05'],
  [/^\.\d{6}/, '.000000'],
] as const;

/** Go's time.Parse tells which part of the layout the rest of the text does not fit. */
function timeError(layout: string, value: string): string | undefined {
  let rest = value;
  const seconds = layout.includes('.') ? MICROSECONDS : SECONDS;
  for (const [pattern, part] of [...TIME_PARTS, ...seconds, [/^(Z|[-+]\d\d:\d\d)/, 'Z07:00'] as const]) {
    const [found] = pattern.exec(rest) ?? [];
    if (found === undefined) {
      return `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part}"`;
    }
    rest = rest.slice(found.length);
  }
  return rest === '' ? undefined : `parsing time ${JSON.stringify(value)}: extra text: ${JSON.stringify(rest)}`;
}

/** `DeploymentSpec` of `io.k8s.api.apps.v1.DeploymentSpec`. */
function structName({ ref = '' }: SchemaNode): string {
  return ref.slice(ref.lastIndexOf('.') + 1);
}

function goTypeName(schema: SchemaNode): string {
  const node = resolve(schema);
  if (node.type === 'object' && schema.ref) return schema.ref.split('.').slice(-2).join('.');
  switch (node.type) {
    case 'list':
      return `[]${goTypeName(node.items ?? { type: 'any' })}`;
    case 'map': {
      const item = resolve(node.items ?? { type: 'any' });
      return item.type === 'quantity' ? 'v1.ResourceList' : `map[string]${goTypeName(node.items ?? { type: 'any' })}`;
    }
    case 'integer':
      return node.format ?? 'int64';
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return node.format === 'byte' ? '[]uint8' : 'string';
    default:
      return 'string';
  }
}
