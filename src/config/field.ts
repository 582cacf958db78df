import type { Json, JsonObject } from '../kube.ts';
import { didYouMean } from './did-you-mean.ts';
import type { Place } from './place.ts';
import { type Bounds, type Parsed, parseDuration, parseInteger } from './values.ts';

/** A kind of value in a config: how it is read, and what editors are told of it. */
export interface Field<T> {
  /** JSON Schema that accepts what `read` accepts, as far as a schema can say it. */
  readonly schema: JsonObject;
  /** Undefined where the value is wrong, which then has been told. */
  read(value: Json, at: Place): T | undefined;
}

const LONGEST_SHOWN = 60;
/** The language of `parseDuration`, without its bounds; a test holds the two together. */
const DURATION = '^(?=\\d)(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$';

/** Read as milliseconds, which the bounds are, too. */
export function durationField(bounds: Bounds = {}): Field<number> {
  return {
    schema: { type: 'string', pattern: DURATION },
    read(value, at) {
      const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
      // What is allowed may repeat what was given.
      return settled(parseDuration(text.length > LONGEST_SHOWN ? '' : text, bounds), value, at);
    },
  };
}

export function integerField(bounds: Bounds = {}): Field<number> {
  const { min, max } = bounds;
  return {
    schema: {
      type: 'integer',
      ...(min === undefined ? {} : { minimum: min }),
      ...(max === undefined ? {} : { maximum: max }),
    },
    read(value, at) {
      const parsed = parseInteger(typeof value === 'number' ? String(value) : '', bounds);
      if ('allowed' in parsed && typeof value === 'string' && 'value' in parseInteger(value, bounds))
        return refuse(value, at, `${parsed.allowed} and without quotes`);
      return settled(parsed, value, at);
    },
  };
}

export const booleanField: Field<boolean> = {
  schema: { type: 'boolean' },
  read: (value, at) => (typeof value === 'boolean' ? value : refuse(value, at, 'true or false')),
};

export function choiceField<T extends string>(choices: readonly T[]): Field<T> {
  const allowed = choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`;
  return {
    schema: { enum: [...choices] },
    read(value, at) {
      const found = choices.find(choice => choice === value);
      if (found !== undefined) return found;
      if (typeof value !== 'string') return refuse(value, at, allowed);
      return refuse(value, at, `${allowed}${didYouMean(value, choices)}`);
    },
  };
}

/** `allowed` says in words what the pattern says. */
export function textField(pattern: RegExp, longest: number, allowed: string): Field<string> {
  return {
    schema: { type: 'string', pattern: pattern.source, maxLength: longest },
    read: (value, at) =>
      typeof value === 'string' && value.length <= longest && pattern.test(value) ? value : refuse(value, at, allowed),
  };
}

const LONGEST_NAME = 253;
const MOST_NAMES = 16;
const nameField = textField(/^(\*|[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/, LONGEST_NAME, 'a name, or *');

/** One name, or a list of them. */
export const namesField: Field<readonly string[]> = {
  schema: { anyOf: [nameField.schema, { type: 'array', items: nameField.schema, minItems: 1, maxItems: MOST_NAMES }] },
  read(value, at) {
    if (Array.isArray(value)) return listField(nameField, { min: 1, max: MOST_NAMES, what: 'names' }).read(value, at);
    const one = nameField.read(value, at);
    return one === undefined ? undefined : [one];
  },
};

export function listField<T>(item: Field<T>, { min = 0, max, what }: ListBounds): Field<T[]> {
  return {
    schema: { type: 'array', items: item.schema, ...(min > 0 ? { minItems: min } : {}), maxItems: max },
    read(value, at) {
      if (!Array.isArray(value)) return refuse(value, at, `a list of ${what}`);
      // Before the items are read: aliases can make a long list of a short text.
      if (value.length < min || value.length > max)
        return at.problem(`there are ${value.length} ${what}; give ${min > 0 ? `${min} to ${max}` : `at most ${max}`}`);
      const items = value.map((one, index) => item.read(one, at.within(index)));
      const sound = items.filter(one => one !== undefined);
      return sound.length === items.length ? sound : undefined;
    },
  };
}

interface ListBounds {
  min?: number;
  max: number;
  /** The items, in the plural. */
  what: string;
}

/** Says what was given and what is allowed. */
export function refuse(value: Json, at: Place, allowed: string): undefined {
  return at.problem(
    value === null ? `nothing is given; give ${allowed}` : `${shown(value)} is not allowed; give ${allowed}`,
  );
}

/** A value as JSON, cut where it is long. */
export function shown(value: Json): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'a mapping';
  const line = JSON.stringify(value);
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line;
}

function settled<T>(parsed: Parsed<T>, value: Json, at: Place): T | undefined {
  return 'value' in parsed ? parsed.value : refuse(value, at, parsed.allowed);
}
