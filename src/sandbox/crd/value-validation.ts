import type { Json, JsonObject } from '../../kube.ts';
import type { FieldError } from '../types.ts';
import { sameValue } from '../validation/equality.ts';
import { invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '../validation/field-errors.ts';
import type { JsonSchema } from './crd-view.ts';
import { hasFormat, inIntegerFormat } from './formats.ts';
import { goRegExp } from './go-regexp.ts';
import { correlate } from './list-types.ts';

/**
 * Problems of a value by its schema. What an update leaves as it was (`old`) is not looked at again, so that a stricter
 * schema does not stop writes to objects that were valid once.
 */
export function validateValue(value: Json, schema: JsonSchema, path: string, old?: Json): FieldError[] {
  if (old !== undefined && sameValue(value, old)) return [];
  if (value === null) return schema.nullable ? [] : typeError(value, schema, path);
  const errors = [...typeError(value, schema, path), ...combined(value, schema, path)];
  if (typeof value === 'string') errors.push(...stringErrors(value, schema, path));
  if (typeof value === 'number') errors.push(...numberErrors(value, schema, path));
  if (Array.isArray(value)) errors.push(...listErrors(value, schema, path, old));
  if (schema.enum && !schema.enum.some(allowed => sameValue(allowed, value)))
    errors.push(notSupported(path, value, schema.enum));
  if (isObject(value)) errors.push(...objectErrors(value, schema, path, isObject(old) ? old : undefined));
  return errors;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** Formats of numbers as Go knows them; other values have none. */
const FORMAT_OF: Readonly<Record<string, string>> = { integer: 'int64', number: 'float64' };

function typeError(value: Json, schema: JsonSchema, path: string): FieldError[] {
  const found = typeOf(value);
  const wanted = schema['x-kubernetes-int-or-string'] ? 'integer,string' : schema.type;
  if (!wanted || wanted.split(',').includes(found) || (wanted === 'number' && found === 'integer')) return [];
  // A format stands for the type, unless a string or a list was given.
  const named = schema.format !== undefined && found !== 'string' && found !== 'array' && found !== 'null';
  const [type, shown] = named ? [schema.format, FORMAT_OF[found] ?? ''] : [wanted, found];
  const error = typeInvalid(path, shown, `${path} in body must be of type ${type}: ${JSON.stringify(shown)}`);
  if (!named || found !== 'number') return [error];
  const text = `Checked value must be of type ${schema.type} with format ${schema.format} in ${path}`;
  return [error, invalid('<nil>', '', text)];
}

/** These errors have no field: the path is a part of the text. */
const whole = (path: string, text: string): FieldError => invalid('<nil>', '', `${JSON.stringify(path)} ${text}`);

function combined(value: Json, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const results = (schemas: JsonSchema[]): FieldError[][] => schemas.map(option => validateValue(value, option, path));
  if (schema.anyOf) {
    const failures = results(schema.anyOf);
    if (failures.every(failure => failure.length > 0)) {
      errors.push(whole(path, 'must validate at least one schema (anyOf)'), ...(failures[0] ?? []));
    }
  }
  if (schema.oneOf) {
    const failures = results(schema.oneOf);
    const valid = failures.filter(failure => failure.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      errors.push(whole(path, `must validate one and only one schema (oneOf). ${found}`));
      if (valid === 0) errors.push(...(failures[0] ?? []));
    }
  }
  if (schema.allOf) {
    const failures = results(schema.allOf).filter(failure => failure.length > 0);
    errors.push(...failures.flat());
    if (failures.length > 0) {
      errors.push(
        whole(
          path,
          `must validate all the schemas (allOf)${failures.length === schema.allOf.length ? '. None validated' : ''}`,
        ),
      );
    }
  }
  if (schema.not && validateValue(value, schema.not, path).length === 0)
    errors.push(whole(path, 'must not validate the schema (not)'));
  return errors;
}

function stringErrors(value: string, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { minLength, maxLength, pattern, format } = schema;
  const length = [...value].length;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(path, maxLength));
  if (minLength !== undefined && length < minLength) {
    errors.push(invalid(path, value, `${path} in body should be at least ${minLength} chars long`));
  }
  if (pattern !== undefined && !goRegExp(pattern).test(value)) {
    errors.push(invalid(path, value, `${path} in body should match '${pattern}'`));
  }
  if (format !== undefined && !hasFormat(format, value)) {
    errors.push(typeInvalid(path, value, `${path} in body must be of type ${format}: ${JSON.stringify(value)}`));
  }
  return errors;
}

function numberErrors(value: number, schema: JsonSchema, path: string): FieldError[] {
  const { minimum, maximum, multipleOf, format } = schema;
  const errors: FieldError[] = [];
  const wrong = (text: string): number => errors.push(invalid(path, value, `${path} in body should be ${text}`));
  if (format && !inIntegerFormat(format, value)) {
    errors.push(
      typeInvalid(
        path,
        schema.type ?? 'integer',
        `${path} in body must be of type ${format}: ${JSON.stringify(schema.type ?? 'integer')}`,
      ),
    );
  }
  if (multipleOf !== undefined && !Number.isInteger(value / multipleOf)) wrong(`a multiple of ${multipleOf}`);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    wrong(schema.exclusiveMaximum ? `less than ${maximum}` : `less than or equal to ${maximum}`);
  }
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    wrong(schema.exclusiveMinimum ? `greater than ${minimum}` : `greater than or equal to ${minimum}`);
  }
  return errors;
}

function listErrors(value: Json[], schema: JsonSchema, path: string, old: Json | undefined): FieldError[] {
  const { items, minItems, maxItems } = schema;
  const before = Array.isArray(old) ? correlate(value, old, schema) : [];
  const errors = items
    ? value.flatMap((item, index) => validateValue(item, items, `${path}[${index}]`, before[index]))
    : [];
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (schema.uniqueItems && new Set(value.map(item => JSON.stringify(item))).size < value.length) {
    errors.push(invalid(path, value, `${path} in body shouldn't contain duplicates`));
  }
  return errors;
}

function objectErrors(value: JsonObject, schema: JsonSchema, path: string, old: JsonObject | undefined): FieldError[] {
  const { properties = {}, additionalProperties, minProperties, maxProperties } = schema;
  const count = Object.keys(value).length;
  const under = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if (minProperties !== undefined && count < minProperties) {
    return [invalid(path, count, `${path} in body should have at least ${minProperties} properties`)];
  }
  if (maxProperties !== undefined && count > maxProperties) return [tooMany(path, count, maxProperties)];
  const errors: FieldError[] = [];
  for (const [key, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const rule = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (rule) errors.push(...validateValue(item, rule, under(key), old?.[key]));
  }
  for (const key of schema.required ?? []) if (!Object.hasOwn(value, key)) errors.push(required(under(key)));
  return errors;
}
