import type { Json, JsonObject } from '../../kube.ts';
import type { FieldError } from '../types.ts';
import { sameValue } from '../validation/equality.ts';
import { duplicate, forbidden, invalidRule, required } from '../validation/field-errors.ts';
import { type Expression, parseExpression } from './cel-environment.ts';
import { celValue } from './cel-values.ts';
import type { JsonSchema, ValidationRule } from './crd-view.ts';
import { correlate } from './list-types.ts';

/** Runs the rules of a schema over a value, from the outside in. `old` is the value before the update, where it has a past. */
export function validateRules(value: Json, schema: JsonSchema, path: string, old?: Json): FieldError[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const errors = value === null ? [] : rules.flatMap(rule => checkRule(rule, value, schema, path, old));
  if (Array.isArray(value)) {
    const { items } = schema;
    const before = Array.isArray(old) ? correlate(value, old, schema) : [];
    return items
      ? [...errors, ...value.flatMap((item, index) => validateRules(item, items, `${path}[${index}]`, before[index]))]
      : errors;
  }
  if (!isObject(value)) return errors;
  const { properties = {}, additionalProperties } = schema;
  const past = isObject(old) ? old : undefined;
  for (const [key, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
    const inner = property ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
    if (!inner) continue;
    const here = property ? (path === '' ? key : `${path}.${key}`) : `${path}[${key}]`;
    errors.push(...validateRules(item, inner, here, past?.[key]));
  }
  return errors;
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function checkRule(
  rule: ValidationRule,
  value: Json,
  schema: JsonSchema,
  path: string,
  old: Json | undefined,
): FieldError[] {
  const transition = /\boldSelf\b/.test(rule.rule);
  if (transition && old === undefined && !rule.optionalOldSelf) return [];
  if (!transition && old !== undefined && sameValue(value, old)) return [];
  const self = celValue(value, schema);
  const before = old === undefined ? undefined : celValue(old, schema);
  const run = (text: string): unknown => evaluate(parseExpression(text), self, before, rule.optionalOldSelf === true);
  const field = rule.fieldPath ? `${path}${rule.fieldPath}`.replace(/^\./, '') : path;
  try {
    if (run(rule.rule) === true) return [];
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const reason = (error.message.split('\n')[0] ?? '').trim().replace(/^No such key/, 'no such key');
    return [invalidRule(path, `${reason} evaluating rule: ${rule.message || rule.rule}`)];
  }
  return [failure(rule, messageOf(rule, run), field, value)];
}

function evaluate(expression: Expression, self: unknown, before: unknown, optional: boolean): unknown {
  return expression({
    self,
    ...(optional ? { oldSelf: optionalOf(before) } : before === undefined ? {} : { oldSelf: before }),
  });
}

/** An optional value can only be made inside the language. */
const optionalOf = (value: unknown): unknown =>
  value === undefined ? parseExpression('optional.none()')({}) : parseExpression('optional.of(self)')({ self: value });

function messageOf(rule: ValidationRule, run: (text: string) => unknown): string {
  const fallback = rule.message || `failed rule: ${rule.rule.trim()}`;
  if (!rule.messageExpression) return fallback;
  try {
    const text = run(rule.messageExpression);
    return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text : fallback;
  } catch (error) {
    // The server falls back too when the expression cannot be evaluated.
    if (!(error instanceof Error)) throw error;
    return fallback;
  }
}

function failure({ reason }: ValidationRule, message: string, field: string, value: Json): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(field, message);
    case 'FieldValueRequired':
      return required(field, message);
    case 'FieldValueDuplicate':
      return duplicate(field, value);
    default:
      return invalidRule(field, message);
  }
}
