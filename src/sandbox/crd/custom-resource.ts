import type { Json, KubeObject } from '../../kube.ts';
import type { FieldError, Resource } from '../types.ts';
import { invalid } from '../validation/field-errors.ts';
import { validateRules } from './cel-rules.ts';
import type { JsonSchema } from './crd-view.ts';
import { validateListTypes } from './list-types.ts';
import { validateValue } from './value-validation.ts';

/** After one of these the rules are not run: they may rely on the schema. */
const BLOCKING = new Set([
  'FieldValueRequired',
  'FieldValueNotSupported',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]); // prettier-ignore
const UNCHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** Problems of a custom resource by the schema of its CRD; those of the metadata are looked for elsewhere. */
export function validateCustomResource(resource: Resource, object: KubeObject, old?: KubeObject): FieldError[] {
  if (object.kind !== resource.kind) return [invalid('kind', object.kind, `must be ${resource.kind}`)];
  const schema = resource.schema.source as JsonSchema | undefined;
  if (!schema) return [];
  const value = object as unknown as Json;
  const before = old as unknown as Json | undefined;
  const errors = [...validateValue(value, schema, '', before), ...validateListTypes(value, schema, '')];
  if (errors.some(({ reason }) => BLOCKING.has(reason))) return [...errors, invalid('<nil>', null, UNCHECKED)];
  return [...errors, ...validateRules(value, schema, '', before)];
}
