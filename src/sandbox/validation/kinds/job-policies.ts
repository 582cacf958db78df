import type { FieldError } from '../../types.ts';
import { at, duplicate, invalid, invalidRule, notSupported, required, tooLong, tooMany } from '../field-errors.ts';
import { qualifiedName } from '../names.ts';
import { nonNegative } from '../numbers.ts';
import type { JobSpec } from './job.ts';

/** What a Job says about the failures and the success of its pods. */

interface FailureRule {
  action?: string;
  onExitCodes?: { containerName?: string; operator?: string; values?: number[] };
  onPodConditions?: { type?: string; status?: string }[];
}

interface SuccessRule {
  succeededIndexes?: string;
  succeededCount?: number;
}

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const OPERATORS = ['In', 'NotIn'];
const STATUSES = ['False', 'True', 'Unknown'];
const MOST_RULES = 20;
const MOST_EXIT_CODES = 255;
const LONGEST_INDEXES = 64 * 1024;

/** A list as Go's `%q` prints it. */
const listed = (values: readonly string[]): string => `[${values.map(value => JSON.stringify(value)).join(' ')}]`;

function validateChoice(value: string | undefined, allowed: readonly string[], path: string): FieldError[] {
  if (!value) return [required(path, `valid values: ${listed(allowed)}`)];
  return allowed.includes(value) ? [] : [notSupported(path, value, allowed)];
}

export function validateFailurePolicy(spec: JobSpec, path: string): FieldError[] {
  const { rules = [] } = (spec.podFailurePolicy ?? {}) as { rules?: FailureRule[] };
  const { containers = [], initContainers = [] } = spec.template?.spec ?? {};
  const names = new Set([...containers, ...initContainers].map(({ name }) => name));
  const list = `${path}.rules`;
  return [
    ...(rules.length > MOST_RULES ? [tooMany(list, rules.length, MOST_RULES)] : []),
    ...rules.flatMap((rule, index) => validateFailureRule(spec, rule, at(list, index), names)),
  ];
}

function validateFailureRule(
  spec: JobSpec,
  { action, onExitCodes, onPodConditions = [] }: FailureRule,
  path: string,
  containers: ReadonlySet<string | undefined>,
): FieldError[] {
  const errors: FieldError[] = [];
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(`${path}.action`, action, 'requires the backoffLimitPerIndex to be set'));
  } else errors.push(...validateChoice(action, ACTIONS, `${path}.action`));
  if (onExitCodes) errors.push(...validateExitCodes(onExitCodes, `${path}.onExitCodes`, containers));
  if (onPodConditions.length > MOST_RULES) {
    errors.push(tooMany(`${path}.onPodConditions`, onPodConditions.length, MOST_RULES));
  }
  onPodConditions.forEach(({ type = '', status }, index) => {
    const here = at(`${path}.onPodConditions`, index);
    errors.push(...qualifiedName(type).map(text => invalid(`${here}.type`, type, text)));
    errors.push(...validateChoice(status, STATUSES, `${here}.status`));
  });
  const both = 'OnExitCodes and OnPodConditions is';
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(invalidRule(path, `specifying both ${both} not supported`));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(invalidRule(path, `specifying one of ${both} required`));
  }
  return errors;
}

function validateExitCodes(
  { containerName, operator, values }: NonNullable<FailureRule['onExitCodes']>,
  path: string,
  containers: ReadonlySet<string | undefined>,
): FieldError[] {
  const errors = validateChoice(operator, OPERATORS, `${path}.operator`);
  const list = `${path}.values`;
  if (containerName !== undefined && !containers.has(containerName)) {
    const text = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, containerName, text));
  }
  if (!values?.length) return [...errors, invalid(list, values, 'at least one value is required')];
  if (values.length > MOST_EXIT_CODES) errors.push(tooMany(list, values.length, MOST_EXIT_CODES));
  values.forEach((code, index) => {
    if (operator === 'In' && code === 0) {
      errors.push(invalid(at(list, index), code, 'must not be 0 for the In operator'));
    }
    if (values.indexOf(code) < index) errors.push(duplicate(at(list, index), code));
  });
  const ordered = values.every((code, index) => index === 0 || (values[index - 1] ?? code) <= code);
  return ordered ? errors : [...errors, invalid(list, values, 'must be ordered')];
}

export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  const { rules = [] } = (spec.successPolicy ?? {}) as { rules?: SuccessRule[] };
  const list = `${path}.rules`;
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    errors.push(required(list, 'at least one rules must be specified when the successPolicy is specified'));
  }
  if (rules.length > MOST_RULES) errors.push(tooMany(list, rules.length, MOST_RULES));
  return [
    ...errors,
    ...rules.flatMap((rule, index) => validateSuccessRule(rule, spec.completions ?? 0, at(list, index))),
  ];
}

function validateSuccessRule(
  { succeededIndexes, succeededCount }: SuccessRule,
  completions: number,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (succeededIndexes === undefined && succeededCount === undefined) {
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  const counted = succeededIndexes === undefined ? undefined : countIndexes(succeededIndexes, completions);
  if (succeededIndexes !== undefined) {
    const here = `${path}.succeededIndexes`;
    if (succeededIndexes.length > LONGEST_INDEXES) errors.push(tooLong(here, LONGEST_INDEXES));
    if (typeof counted === 'string') {
      errors.push(invalid(here, succeededIndexes, `error parsing succeededIndexes: ${counted}`));
    }
  }
  if (succeededCount === undefined) return errors;
  const here = `${path}.succeededCount`;
  const most = (limit: number, what: string): string =>
    `must be less than or equal to ${limit} (the number of ${what})`;
  errors.push(...nonNegative(succeededCount, here));
  if (succeededCount > completions) {
    errors.push(invalid(here, succeededCount, most(completions, 'specified completions')));
  }
  const total = typeof counted === 'number' ? counted : 0;
  if (succeededIndexes !== undefined && succeededCount > total) {
    errors.push(invalid(here, succeededCount, most(total, 'indexes in the specified succeededIndexes field')));
  }
  return errors;
}

/** How many indexes a text like `1,3-5` names, or what is wrong with it. */
function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let [total, last] = [0, -1];
  for (const interval of text.split(',')) {
    const ends = interval.split('-');
    if (ends.length > 2)
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    for (const end of ends) {
      if (!/^\d+$/.test(end)) return `cannot convert string to integer for index: ${JSON.stringify(end)}`;
      if (Number(end) >= completions) return `too large index: ${JSON.stringify(end)}`;
    }
    const [low = 0, high = low] = ends.map(Number);
    if (ends.length === 2 && low >= high) {
      return `non-increasing order, previous: ${low}, current: ${high}`;
    }
    if (low <= last) return `non-increasing order, previous: ${last}, current: ${low}`;
    total += high - low + 1;
    last = high;
  }
  return total;
}
