import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { invalid, notSupported, required } from '../field-errors.ts';
import { nonNegative } from '../numbers.ts';
import { type JobSpec, validateJobTemplate } from './job.ts';

interface CronJobSpec {
  schedule?: string;
  timeZone?: string;
  startingDeadlineSeconds?: number;
  concurrencyPolicy?: string;
  jobTemplate?: { spec?: JobSpec };
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
}

const POLICIES = ['Allow', 'Forbid', 'Replace'];
const DESCRIPTORS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const BOUNDS: readonly (readonly [low: number, high: number, names: readonly string[]])[] = [
  [0, 59, []],
  [0, 23, []],
  [1, 31, []],
  [1, 12, ['', ...MONTHS]],
  [0, 6, DAYS],
];
/** The name of a Job is its CronJob's with 11 characters more. */
const LONGEST_NAME = 52;

export function validateCronJob(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as CronJobSpec;
  const { schedule = '', timeZone, concurrencyPolicy = '' } = spec;
  const errors: FieldError[] = [];
  if (schedule === '') errors.push(required('spec.schedule'));
  else {
    const problem = scheduleProblem(schedule);
    if (problem) errors.push(invalid('spec.schedule', schedule, problem));
    if (schedule.includes('TZ')) {
      errors.push(
        invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
      );
    }
  }
  errors.push(
    ...nonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...validateTimeZone(timeZone),
  );
  if (concurrencyPolicy === '') errors.push(required('spec.concurrencyPolicy'));
  else if (!POLICIES.includes(concurrencyPolicy))
    errors.push(notSupported('spec.concurrencyPolicy', concurrencyPolicy, POLICIES));
  return [
    ...errors,
    ...validateJobTemplate(spec.jobTemplate?.spec ?? {}, 'spec.jobTemplate.spec'),
    ...nonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...nonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

export function validateCronJobName({ metadata: { name } }: KubeObject): FieldError[] {
  return name.length > LONGEST_NAME
    ? [invalid('metadata.name', name, `must be no more than ${LONGEST_NAME} characters`)]
    : [];
}

function validateTimeZone(zone: string | undefined): FieldError[] {
  if (zone === undefined) return [];
  if (zone === '') return [invalid('spec.timeZone', zone, 'timeZone must be nil or non-empty string')];
  if (!isTimeZone(zone)) return [invalid('spec.timeZone', zone, `unknown time zone ${zone}`)];
  if (zone.toLowerCase() !== 'local') return [];
  const text = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  return [invalid('spec.timeZone', zone, text)];
}

/** Whether the name is in the time zone database, in its own letters: there they are names of files. */
function isTimeZone(name: string): boolean {
  if (name === 'Local') return true;
  if (!name.split('/').every(part => /^[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}$/.test(part) && !/^\.\.?$/.test(part))) {
    return false;
  }
  try {
    const found = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    return found === name || found.toLowerCase() !== name.toLowerCase();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return false;
  }
}

/** What the scheduler's parser says of a line that is no schedule. */
function scheduleProblem(schedule: string): string | undefined {
  const line = schedule.replace(/^(CRON_)?TZ=\S+\s+/, '');
  if (line.startsWith('@')) {
    if (DESCRIPTORS.includes(line) || /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(line)) return undefined;
    return line.startsWith('@every ')
      ? `failed to parse duration ${line}: time: invalid duration ${JSON.stringify(line.slice(7))}`
      : `unrecognized descriptor: ${line}`;
  }
  const fields = line.trim().split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [index, field] of fields.entries()) {
    for (const part of field.split(',')) {
      const problem = rangeProblem(part, BOUNDS[index] ?? [0, 0, []]);
      if (problem) return problem;
    }
  }
  return undefined;
}

function rangeProblem(text: string, [low, high, names]: (typeof BOUNDS)[number]): string | undefined {
  const [range = '', step, more] = text.split('/');
  const ends = range.split('-');
  if (more !== undefined) return `too many slashes: ${text}`;
  if (ends.length > 2) return `too many hyphens: ${text}`;
  const number = (part: string): number | string => {
    const named = names.indexOf(part.toLowerCase());
    if (named >= 0 && part !== '') return named;
    return /^\d+$/.test(part)
      ? Number(part)
      : `failed to parse int from ${part}: strconv.Atoi: parsing ${JSON.stringify(part)}: invalid syntax`;
  };
  const any = range === '*' || range === '?';
  const start = any ? low : number(ends[0] ?? '');
  if (typeof start === 'string') return start;
  const end = any ? high : ends[1] === undefined ? (step === undefined ? start : high) : number(ends[1]);
  if (typeof end === 'string') return end;
  const every = step === undefined ? 1 : number(step);
  if (typeof every === 'string') return every;
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${text}`;
  if (end > high) return `end of range (${end}) above maximum (${high}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return every === 0 ? `step of range should be a positive number: ${text}` : undefined;
}
