import { deepCopy } from '../deep-copy.ts';
import type { FieldError } from '../types.ts';
import { at, forbidden, invalid, notSupported, required } from '../validation/field-errors.ts';
import { parseExpression } from './cel-environment.ts';
import type { JsonSchema } from './crd-view.ts';
import { applyDefaultsTo } from './defaulting.ts';
import { goRegExp } from './go-regexp.ts';
import { prune } from './pruning.ts';
import { validateValue } from './value-validation.ts';

const TYPES = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
/** Inside allOf, anyOf, oneOf and not a schema may only narrow values, not name or fill fields. */
const NOT_IN_JUNCTORS = [
  'type',
  'default',
  'nullable',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
] as const; // prettier-ignore

/** What keeps a schema from being structural, and what of it cannot be read. */
export function validateSchema(schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!schema.type) errors.push(required(`${path}.type`, 'must not be empty at the root'));
  else if (schema.type !== 'object') errors.push(invalid(`${path}.type`, schema.type, 'must be object at the root'));
  errors.push(...validateNode(schema, path, true));
  // Defaults are only tried where the rest of the schema is right.
  return errors.length > 0 ? errors : validateDefaults(schema, path);
}

function validateDefaults(schema: JsonSchema, path: string): FieldError[] {
  const { properties = {}, additionalProperties, items } = schema;
  return [
    ...validateDefault(schema, path),
    ...Object.entries(properties).flatMap(([name, property]) =>
      validateDefaults(property, at(`${path}.properties`, name)),
    ),
    ...(typeof additionalProperties === 'object'
      ? validateDefaults(additionalProperties, `${path}.additionalProperties`)
      : []),
    ...(items ? validateDefaults(items, `${path}.items`) : []),
  ];
}

function validateNode(schema: JsonSchema, path: string, isRoot = false): FieldError[] {
  const errors: FieldError[] = [];
  const free = schema['x-kubernetes-int-or-string'] || schema['x-kubernetes-preserve-unknown-fields'];
  if (!isRoot && !schema.type && !free) {
    errors.push(
      required(
        `${path}.type`,
        `must not be empty for specified ${/\.items$/.test(path) ? 'array items' : 'object fields'}`,
      ),
    );
  }
  if (schema.type && !TYPES.includes(schema.type)) errors.push(notSupported(`${path}.type`, schema.type, TYPES));
  if (schema['x-kubernetes-int-or-string'] && schema.type) {
    errors.push(forbidden(`${path}.type`, 'must be empty if x-kubernetes-int-or-string is true'));
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    errors.push(invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined'));
  }
  if (schema.properties && schema.additionalProperties !== undefined) {
    errors.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  errors.push(
    ...validateListSchema(schema, path),
    ...validatePattern(schema, path),
    ...validateRuleTexts(schema, path),
  );
  errors.push(...validateJunctors(schema, path));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    // The API server knows the root's metadata better than any schema.
    if (isRoot && name === 'metadata') continue;
    errors.push(...validateNode(property, at(`${path}.properties`, name)));
  }
  if (typeof schema.additionalProperties === 'object')
    errors.push(...validateNode(schema.additionalProperties, `${path}.additionalProperties`));
  if (schema.items) errors.push(...validateNode(schema.items, `${path}.items`));
  return errors;
}

function validateListSchema(schema: JsonSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  const errors: FieldError[] = [];
  if (schema.type === 'array' && !schema.items) errors.push(required(`${path}.items`, 'must be specified'));
  if (schema.uniqueItems) {
    errors.push(
      forbidden(
        `${path}.uniqueItems`,
        'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
      ),
    );
  }
  if (listType === undefined) return errors;
  if (schema.type !== 'array')
    errors.push(invalid(`${path}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'));
  if (!['atomic', 'set', 'map'].includes(listType)) {
    errors.push(notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']));
  }
  if (listType !== 'map') {
    if (keys?.length)
      errors.push(
        forbidden(`${path}.x-kubernetes-list-map-keys`, 'must be empty if x-kubernetes-list-type is not map'),
      );
    return errors;
  }
  if (!keys?.length) {
    return [
      ...errors,
      required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'),
    ];
  }
  const { items } = schema;
  keys.forEach((key, index) => {
    const property = items?.properties?.[key];
    const here = at(`${path}.items.properties`, key);
    if (!property) {
      errors.push(
        invalid(at(`${path}.x-kubernetes-list-map-keys`, index), key, 'entries must all be names of item properties'),
      );
    } else if (property.default === undefined && !items?.required?.includes(key)) {
      const text =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(required(`${here}.default`, text));
    } else if (property.nullable) {
      errors.push(
        forbidden(`${here}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable'),
      );
    }
  });
  return errors;
}

function validatePattern({ pattern }: JsonSchema, path: string): FieldError[] {
  if (pattern === undefined) return [];
  try {
    goRegExp(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${error.message}`)];
  }
}

function validateRuleTexts(schema: JsonSchema, path: string): FieldError[] {
  return (schema['x-kubernetes-validations'] ?? []).flatMap((rule, index) => {
    const here = at(`${path}.x-kubernetes-validations`, index);
    if (!rule.rule?.trim()) return [required(`${here}.rule`, 'rule is not specified')];
    return (['rule', 'messageExpression'] as const).flatMap(field => {
      const text = rule[field];
      if (!text) return [];
      try {
        parseExpression(text);
        return [];
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        return [invalid(`${here}.${field}`, rule, `compilation failed: ${error.message.split('\n')[0]}`)];
      }
    });
  });
}

function validateJunctors(schema: JsonSchema, path: string): FieldError[] {
  const nested: [JsonSchema, string][] = [
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap(name =>
      (schema[name] ?? []).map((inner, index): [JsonSchema, string] => [inner, at(`${path}.${name}`, index)]),
    ),
    ...(schema.not ? [[schema.not, `${path}.not`] as [JsonSchema, string]] : []),
  ];
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  return nested.flatMap(([inner, here]) => forbiddenInJunctor(inner, here, intOrString));
}

function forbiddenInJunctor(schema: JsonSchema, path: string, intOrString: boolean): FieldError[] {
  return [
    ...NOT_IN_JUNCTORS.filter(
      field => schema[field] !== undefined && schema[field] !== false && !(intOrString && field === 'type'),
    ).map(field => forbidden(`${path}.${field}`, 'must be empty to be structural')),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      forbiddenInJunctor(inner, at(`${path}.properties`, name), false),
    ),
    ...(schema.items ? forbiddenInJunctor(schema.items, `${path}.items`, false) : []),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap(name =>
      (schema[name] ?? []).flatMap((inner, index) =>
        forbiddenInJunctor(inner, at(`${path}.${name}`, index), intOrString),
      ),
    ),
  ];
}

/** A default must hold what its own schema asks for, and nothing that it does not know. */
function validateDefault(schema: JsonSchema, path: string): FieldError[] {
  if (schema.default === undefined || schema.default === null) return [];
  const here = `${path}.default`;
  if (prune(schema.default, schema, schema['x-kubernetes-embedded-resource'] === true).unknown.length > 0) {
    return [invalid(here, schema.default, 'must not have unknown fields')];
  }
  const value = deepCopy(schema.default);
  applyDefaultsTo(value, schema);
  return validateValue(value, schema, here);
}
