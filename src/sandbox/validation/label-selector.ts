import type { FieldError } from '../types.ts';
import { at, child, forbidden, invalid, required, sortedMap } from './field-errors.ts';
import { labelValue, qualifiedName } from './names.ts';
import { validateLabels } from './object-meta.ts';

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export function validateLabelSelector(selector: LabelSelector | undefined, path: string): FieldError[] {
  if (!selector) return [];
  return [
    ...validateLabels(selector.matchLabels, child(path, 'matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((expression, index) =>
      validateRequirement(expression, at(child(path, 'matchExpressions'), index)),
    ),
  ];
}

function validateRequirement(
  { key, operator, values = [] }: NonNullable<LabelSelector['matchExpressions']>[number],
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
    }
  } else errors.push(invalid(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  errors.push(...qualifiedName(key ?? '').map(text => invalid(`${path}.key`, key ?? '', text)));
  values.forEach((value, index) => {
    errors.push(...labelValue(value).map(text => invalid(at(`${path}.values`, index), value, text)));
  });
  return errors;
}

/** Whether the selector selects these labels; a missing selector selects nothing, an empty one everything. */
export function selects(selector: LabelSelector | undefined, labels: Record<string, string> = {}): boolean {
  if (!selector) return false;
  const labelsMatch = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    labelsMatch &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && !!values?.includes(value);
        case 'NotIn':
          return value === undefined || !values?.includes(value);
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0;

/** The selector as Go marshals it in an error. */
export function shownSelector(selector: LabelSelector | undefined): unknown {
  if (!selector) return null;
  return {
    ...(Object.keys(selector.matchLabels ?? {}).length > 0 && { matchLabels: sortedMap(selector.matchLabels) }),
    ...(selector.matchExpressions?.length && {
      matchExpressions: selector.matchExpressions.map(({ key, operator, values }) => ({
        key,
        operator,
        ...(values?.length && { values }),
      })),
    }),
  };
}

/**
 * The selector of a workload and the labels of its pods: required, well-formed, not empty, matching. `template` adds the
 * template's own errors, which are only told where the selector can be read.
 */
export function validateWorkloadSelector(
  selector: LabelSelector | undefined,
  labels: Record<string, string> | undefined,
  texts: { empty: string; unreadable: string },
  template: () => FieldError[],
): FieldError[] {
  const path = 'spec.selector';
  const errors = selector ? validateLabelSelector(selector, path) : [required(path)];
  const unreadable = selector !== undefined && errors.length > 0;
  if (selector && isEmptySelector(selector)) errors.push(invalid(path, shownSelector(selector), texts.empty));
  if (unreadable) return [...errors, invalid(path, shownSelector(selector), texts.unreadable)];
  if (!selects(selector, labels)) errors.push(labelMismatch(labels));
  return [...errors, ...template()];
}

export const labelMismatch = (labels: Record<string, string> | undefined): FieldError =>
  invalid('spec.template.metadata.labels', sortedMap(labels), '`selector` does not match template `labels`');
