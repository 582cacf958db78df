import type { FieldError } from '../types.ts';
import { at, invalid, required } from '../validation/field-errors.ts';
import type { CrdVersion } from './crd-view.ts';

/** The printer columns and the subresources of a CRD. */

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

export function validateColumns(
  columns: NonNullable<CrdVersion['additionalPrinterColumns']>,
  path: string,
): FieldError[] {
  return columns.flatMap(({ name, type, format, jsonPath }, index) => {
    const here = at(path, index);
    const errors: FieldError[] = [];
    const types = `must be one of ${COLUMN_TYPES.join(',')}`;
    if (!name) errors.push(required(`${here}.name`));
    if (!type) errors.push(required(`${here}.type`, types));
    else if (!COLUMN_TYPES.includes(type)) errors.push(invalid(`${here}.type`, type, types));
    if (format && !COLUMN_FORMATS.includes(format)) {
      errors.push(invalid(`${here}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`));
    }
    if (!jsonPath) errors.push(required(`${here}.JSONPath`));
    else if (!jsonPath.startsWith('.')) {
      errors.push(invalid(`${here}.JSONPath`, jsonPath, 'must be a simple json path starting with .'));
    }
    return errors;
  });
}

export function validateSubresources(subresources: CrdVersion['subresources'], path: string): FieldError[] {
  const scale = subresources?.scale;
  if (!scale) return [];
  const under = (field: 'specReplicasPath' | 'statusReplicasPath', part: string): FieldError[] => {
    const value = scale[field];
    const here = `${path}.scale.${field}`;
    if (!value) return [required(here)];
    if (!value.startsWith('.')) return [invalid(here, value, 'must be a simple json path starting with .')];
    return value.startsWith(`.${part}.`) ? [] : [invalid(here, value, `should be a json path under .${part}`)];
  };
  const selector = scale.labelSelectorPath;
  return [
    ...under('specReplicasPath', 'spec'),
    ...under('statusReplicasPath', 'status'),
    ...(selector && !/^\.(spec|status)\./.test(selector)
      ? [invalid(`${path}.scale.labelSelectorPath`, selector, 'should be a json path under either .spec or .status')]
      : []),
  ];
}
