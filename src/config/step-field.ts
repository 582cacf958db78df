import type { Json, JsonObject } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import { didYouMean } from './did-you-mean.ts';
import { durationField, type Field, integerField, listField, refuse } from './field.ts';
import type { Place } from './place.ts';
import type { ConfigStep } from './release-config.ts';
import { readTable, type Table, tableSchema } from './table.ts';
import { parseDuration, parseInteger } from './values.ts';

interface StepKeys {
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
const ITEM = 'a weight from 1 to 100, approve, or a mapping with weight, replicas or hold';
const SHORT_FORM = 'weights such as 10, 25, 50, or a list of steps';
const MATCH =
  'sending users by header or cookie needs a router that can do it; match comes with the routers gateway-api, istio and nginx, and is reserved until then';

const weightField: Field<number> = {
  schema: {
    anyOf: [
      { type: 'integer', minimum: 1, maximum: 100 },
      { type: 'string', pattern: `^${PERCENT_PATTERN}$` },
    ],
  },
  read: (value, at) => percentOf(value) ?? refuse(value, at, 'a whole percentage from 1 to 100, such as 10 or 10%'),
};

const KEYS: Table<StepKeys> = {
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

/** What one item of the list stands for: two steps where a weight has a hold beside it. */
const itemField: Field<ConfigStep[]> = {
  schema: {
    anyOf: [
      ...(weightField.schema['anyOf'] as JsonObject[]),
      { const: 'approve' },
      { ...tableSchema(KEYS), minProperties: 1, not: { required: ['weight', 'replicas'] } },
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
  if (given.includes('match')) return at.within('match').problem(MATCH);
  if (given.includes('approve')) return at.within('approve').problem('an approval has no value; write "- approve"');
  if (given.length === 0) return at.problem(`an empty mapping is no step; give ${ITEM}`);
  const said = readTable(KEYS, value, at);
  if (!said) return undefined;
  const { weight, replicas, holdMs } = said;
  if (weight !== undefined && replicas !== undefined)
    return at.problem('weight and replicas are two steps; give each an item of its own');
  return [
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
