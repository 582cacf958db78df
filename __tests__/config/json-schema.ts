import type { Json, JsonObject } from '../../src/kube.ts';
import { isMapping } from '../../src/manifests/object-fields.ts';

const NOTES = ['$schema', 'title', 'description', 'default'];

/** Whether a value is what a schema wants, as far as the keywords go that ours uses; any other keyword is an error. */
export function accepts(schema: JsonObject, value: Json): boolean {
  return Object.entries(schema).every(
    ([keyword, wanted]) => NOTES.includes(keyword) || holds(keyword, wanted as never, value, schema),
  );
}

function holds(keyword: string, wanted: never, value: Json, schema: JsonObject): boolean {
  const inner = wanted as JsonObject;
  const several = wanted as JsonObject[];
  const number = wanted as number;
  switch (keyword) {
    case 'type':
      return [wanted].flat().some(type => isOf(value, type));
    case 'enum':
      return (wanted as Json[]).includes(value);
    case 'const':
      return value === wanted;
    case 'anyOf':
      return several.some(one => accepts(one, value));
    case 'oneOf':
      return several.filter(one => accepts(one, value)).length === 1;
    case 'not':
      return !accepts(inner, value);
    case 'pattern':
      return typeof value !== 'string' || new RegExp(wanted, 'u').test(value);
    case 'minLength':
      return typeof value !== 'string' || value.length >= number;
    case 'maxLength':
      return typeof value !== 'string' || value.length <= number;
    case 'minimum':
      return typeof value !== 'number' || value >= number;
    case 'exclusiveMinimum':
      return typeof value !== 'number' || value > number;
    case 'maximum':
      return typeof value !== 'number' || value <= number;
    case 'items':
      return !Array.isArray(value) || value.every(item => accepts(inner, item));
    case 'minItems':
      return !Array.isArray(value) || value.length >= number;
    case 'maxItems':
      return !Array.isArray(value) || value.length <= number;
    case 'properties':
      return entries(value).every(([key, one]) => inner[key] === undefined || accepts(inner[key] as JsonObject, one));
    case 'additionalProperties':
      return entries(value).every(
        ([key, one]) =>
          Object.hasOwn((schema['properties'] ?? {}) as JsonObject, key) || (isMapping(wanted) && accepts(inner, one)),
      );
    case 'required':
      return !isMapping(value) || (wanted as string[]).every(key => Object.hasOwn(value, key));
    case 'minProperties':
      return !isMapping(value) || Object.keys(value).length >= number;
    case 'maxProperties':
      return !isMapping(value) || Object.keys(value).length <= number;
    default:
      throw new Error(`the keyword ${keyword} is not known here`);
  }
}

function entries(value: Json): [string, Json][] {
  return isMapping(value) ? Object.entries(value) : [];
}

function isOf(value: Json, type: string): boolean {
  return type === 'number' ? typeof value === 'number' : typeOf(value) === type;
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
