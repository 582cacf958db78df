/** A cron schedule in UTC: for each field the values at which it fires. */
export interface CronSchedule {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  weekdays: ReadonlySet<number>;
  /** Where both days and weekdays are restricted, either may match (the rule of cron). */
  eitherDay: boolean;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE = 60_000;
/** A schedule that does not fire within so many years (30 February) never does. */
const YEARS = 5;

/** Reads the five fields of a schedule or a macro such as `@daily`; undefined where the text is neither. */
export function parseCron(text: string): CronSchedule | undefined {
  const fields = (MACROS[text.trim()] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = values(minute, 0, 59);
  const hours = values(hour, 0, 23);
  const days = values(day, 1, 31);
  const months = values(month, 1, 12, MONTHS, 1);
  const weekdays = values(weekday, 0, 7, WEEKDAYS);
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  const free = (field: string): boolean => field.startsWith('*') || field.startsWith('?');
  return { minutes, hours, days, months, weekdays, eitherDay: !free(day) && !free(weekday) };
}

function values(field: string, low: number, high: number, names: string[] = [], offset = 0): Set<number> | undefined {
  const found = new Set<number>();
  const number = (text: string): number => {
    const named = names.indexOf(text.toLowerCase());
    return named >= 0 ? named + offset : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  for (const part of field.split(',')) {
    const [range = '', stepText] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    const [from = '', to] = range === '*' || range === '?' ? [String(low), String(high)] : range.split('-');
    const first = number(from);
    const last = to !== undefined ? number(to) : stepText === undefined ? first : high;
    if (!(Number.isInteger(step) && step > 0 && first >= low && last <= high && first <= last)) return undefined;
    for (let value = first; value <= last; value += step) found.add(value);
  }
  return found;
}

/** The first time after `after` at which the schedule fires, both in milliseconds; undefined where there is none. */
export function nextFiring(schedule: CronSchedule, after: number): number | undefined {
  let time = Math.floor(after / MINUTE) * MINUTE + MINUTE;
  const end = after + YEARS * 366 * 24 * 60 * MINUTE;
  while (time <= end) {
    const date = new Date(time);
    if (!schedule.months.has(date.getUTCMonth() + 1)) time = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    else if (!dayMatches(schedule, date))
      time = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
    else if (!schedule.hours.has(date.getUTCHours())) time = Math.floor(time / (60 * MINUTE) + 1) * 60 * MINUTE;
    else if (!schedule.minutes.has(date.getUTCMinutes())) time += MINUTE;
    else return time;
  }
  return undefined;
}

function dayMatches({ days, weekdays, eitherDay }: CronSchedule, date: Date): boolean {
  const day = days.has(date.getUTCDate());
  const weekday = weekdays.has(date.getUTCDay());
  return eitherDay ? day || weekday : day && weekday;
}
