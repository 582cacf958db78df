import type { Json, JsonObject } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import { didYouMean } from './did-you-mean.ts';
import { durationField, type Field, integerField, listField, refuse, textField } from './field.ts';
import type { Place } from './place.ts';
import type { ConfigStep } from './release-config.ts';
import { readTable, type Table, tableSchema } from './table.ts';
import { parseDuration, parseInteger } from './values.ts';

interface StepKeys {
  match: MatchStep;
  weight: number;
  replicas: number;
  holdMs: number;
}

/** The longest that a release may last between two of its steps: 30 days. */
export const LONGEST_HOLD_MS = 30 * 24 * 3_600_000;
/** A hundred weights, and a hold or approval after each. */
const MOST_STEPS = 200;
const PERCENT = { min: 1, max: 100 };
const PERCENT_PATTERN = '0*([1-9][0-9]?|100)%?';
const ITEM = 'a weight from 1 to 100, approve, or a mapping with match, weight, replicas or hold';
const SHORT_FORM = 'weights such as 10, 25, 50, or a list of steps';

const weightField: Field<number> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 100 },
      { type: 'string', pattern: `^${PERCENT_PATTERN}$` },
    ],
  },
  read: (value, at) => percentOf(value) ?? refuse(value, at, 'a whole percentage from 1 to 100, such as 10 or 10%'),
};

type MatchStep = (ConfigStep & { kind: 'match' })['match'];

interface MatchKeys {
  header: string;
  cookie: string;
  value: string;
}

/** Token characters of HTTP, and what may stand in a header or cookie without quotes. */
const NAME = textField(/^[A-Za-z0-9!#$%&'*+.^_|~-]+$/, 256, 'the name of a header or cookie');
const MATCH_KEYS: Table<MatchKeys> = {
  header: { key: 'header', field: NAME, description: 'Name of a header.' },
  cookie: { key: 'cookie', field: NAME, description: 'Name of a cookie.' },
  value: {
    key: 'value',
    field: textField(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 4096, 'the value that the header or cookie must have'),
    description: 'The very value that it must have.',
    standard: 'always',
  },
};

const matchField: Field<MatchStep> = {
  schema: { ...tableSchema(MATCH_KEYS), oneOf: [{ required: ['header'] }, { required: ['cookie'] }] },
  read(value, at) {
    const said = readTable(MATCH_KEYS, value, at);
    if (!said) return undefined;
    const { header, cookie, value: wanted = 'always' } = said;
    const name = header ?? cookie;
    if (name === undefined || (header !== undefined && cookie !== undefined))
      return at.problem('match needs either a header or a cookie; write for example match: { header: x-canary }');
    return { by: header === undefined ? 'cookie' : 'header', name, value: wanted };
  },
};

const KEYS: Table<StepKeys> = {
  match: {
    key: 'match',
    field: matchField,
    description: 'Requests with this header or cookie go to the new version from here on, whatever its weight.',
  },
  weight: {
    key: 'weight',
    field: weightField,
    description: 'Share of the requests, in whole percent, that the new version gets. Rises from step to step.',
  },
  replicas: {
    key: 'replicas',
    field: integerField({ min: 1 }),
    description: 'Size of the new version in pods, with the traffic as it is.',
  },
  holdMs: {
    key: 'hold',
    field: durationField({ max: LONGEST_HOLD_MS }),
    description: 'How long the checks look before the next step, such as 90s, 5m or 1h30m.',
  },
};

/** Keys of which an item has one at most. */
const ONE_OF: JsonObject[] = [
  ['weight', 'replicas'],
  ['match', 'weight'],
  ['match', 'replicas'],
].map(required => ({ required }));

/** What one item of the list stands for: two steps where a weight has a hold beside it. */
const itemField: Field<ConfigStep[]> = {
  schema: {
    anyOf: [
      ...(weightField.schema['anyOf'] as JsonObject[]),
      { const: 'approve' },
      { ...tableSchema(KEYS), minProperties: 1, not: { anyOf: ONE_OF } },
    ],
  },
  read(value, at) {
    if (value === 'approve') return [{ kind: 'approve' }];
    if (isMapping(value)) return readMapping(value, at);
    const weight = percentOf(value);
    if (weight !== undefined) return [{ kind: 'weight', weight }];
    if (typeof value !== 'string') return refuse(value, at, ITEM);
    if ('value' in parseDuration(value)) return refuse(value, at, `${ITEM} (did you mean "hold: ${value}"?)`);
    return refuse(value, at, `${ITEM}${didYouMean(value, ['approve'])}`);
  },
};

const listOfItems = listField(itemField, { min: 1, max: MOST_STEPS, what: 'steps' });

/** `10, 25, 50`, or a list. */
export const stepsField: Field<readonly ConfigStep[]> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 100 },
      { type: 'string', pattern: `^\\s*(${PERCENT_PATTERN}|approve)([\\s,]+(${PERCENT_PATTERN}|approve))*[\\s,]*$` },
      listOfItems.schema,
    ],
  },
  read(value, at) {
    if (value === null || typeof value === 'boolean' || isMapping(value)) return refuse(value, at, SHORT_FORM);
    return listOfItems.read(itemsOf(value), at)?.flat();
  },
};

/** For each of the steps that were read from a value, the item that it stood in. */
export function itemsOfSteps(value: Json): number[] {
  return itemsOf(value).flatMap((item, index) => (isMapping(item) ? Object.keys(item).map(() => index) : [index]));
}

function itemsOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string' ? value.split(/[\s,]+/).filter(item => item !== '') : [value];
}

function readMapping(value: JsonObject, at: Place): ConfigStep[] | undefined {
  const given = Object.keys(value);
  if (given.includes('approve')) return at.within('approve').problem('an approval has no value; write "- approve"');
  if (given.length === 0) return at.problem(`an empty mapping is no step; give ${ITEM}`);
  const said = readTable(KEYS, value, at);
  if (!said) return undefined;
  const { match, weight, replicas, holdMs } = said;
  if (weight !== undefined && replicas !== undefined)
    return at.problem('weight and replicas are two steps; give each an item of its own');
  if (match !== undefined && (weight !== undefined || replicas !== undefined))
    return at.problem('match is a step of its own, beside hold alone; give weight and replicas an item of their own');
  return [
    ...(match === undefined ? [] : [{ kind: 'match' as const, match }]),
    ...(weight === undefined ? [] : [{ kind: 'weight' as const, weight }]),
    ...(replicas === undefined ? [] : [{ kind: 'replicas' as const, replicas }]),
    ...(holdMs === undefined ? [] : [{ kind: 'hold' as const, ms: holdMs }]),
  ];
}

/** `10`, `10%` and `"10"`. */
function percentOf(value: Json): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = typeof value === 'string' ? value.replace(/%$/, '') : String(value);
  const parsed = parseInteger(text, PERCENT);
  return 'value' in parsed ? parsed.value : undefined;
}
