import { numberField } from '../asking-keys.ts';
import type { MinEffect } from '../check-config.ts';
import { booleanField, choiceField, type Field, integerField, refuse } from '../field.ts';
import { templateField, variablesIn } from '../variables.ts';
import type { CheckKeys } from './kind.ts';
import { LONGEST_QUERY, MIN_REQUESTS_KEY, PLACE_KEYS, placeFaults, WINDOW_KEY } from './prometheus.ts';

const EFFECT = /^(\d{1,3}(?:\.\d+)?)\s*(x|×|points?)$/;

/** `1.2x`, `0.5 points`, or both with `and`: then a difference matters that is beyond both. */
const minEffectField: Field<MinEffect> = {
  schema: { type: 'string', pattern: '^\\d{1,3}(\\.\\d+)? ?(x|×|points?)( and \\d{1,3}(\\.\\d+)? ?(x|×|points?))?$' },
  read(value, at) {
    const parts =
      typeof value === 'string'
        ? value
            .trim()
            .split(/\s+and\s+/)
            .map(part => EFFECT.exec(part))
        : [];
    const effects = parts.map(part => (part ? effectOf(Number(part[1]), part[2] ?? '') : undefined));
    const [one, two] = effects;
    if (one && effects.length === 1) return { ratio: 1, points: 0, ...one };
    if (one && two && effects.length === 2 && Object.keys(one).join() !== Object.keys(two).join())
      return { ratio: 1, points: 0, ...one, ...two };
    return refuse(
      value,
      at,
      'an effect such as 1.2x (times as many, at least 1) or 0.5 points (percent of the requests), or both with and',
    );
  },
};

function effectOf(number: number, unit: string): Partial<MinEffect> | undefined {
  if (unit.startsWith('point')) return number > 0 && number <= 100 ? { points: number / 100 } : undefined;
  return number >= 1 ? { ratio: number } : undefined;
}

const alphaField: Field<number> = {
  schema: { type: 'number', exclusiveMinimum: 0, maximum: 0.2 },
  read(value, at) {
    const alpha = numberField.read(value, at);
    if (alpha === undefined || (alpha >= 1e-9 && alpha <= 0.2)) return alpha;
    return refuse(value, at, 'a chance of a false alarm, above 0 and at most 0.2, as in 0.01');
  },
};

export const compareKeys: CheckKeys<'compare'> = {
  description:
    'Compares the new version with stable: share of errors, or of slow requests, by a sequential test that may be looked at all the time.',
  keys: {
    of: { key: 'of', field: choiceField(['errors', 'latency']), description: 'What is compared.', standard: 'errors' },
    alpha: {
      key: 'alpha',
      field: alphaField,
      description: 'Chance of a false alarm in one run, however often it is looked at.',
      standard: 0.01,
    },
    minEffect: {
      key: 'min-effect',
      field: minEffectField,
      description:
        'A difference below this does not matter: `1.2x` as many, or `0.5 points` (percent of the requests).',
      standard: '1.2x',
    },
    minRequests: {
      ...MIN_REQUESTS_KEY,
      description: 'With fewer requests on either side in a hold the check cannot pass: they are no data at its end.',
    },
    undecided: {
      key: 'undecided',
      field: choiceField(['pass', 'inconclusive', 'fail']),
      description: 'What the check is at the end of the hold when neither harm nor its absence was shown.',
      standard: 'pass',
    },
    earlyPass: {
      key: 'early-pass',
      field: booleanField,
      description: 'Whether the hold may end as soon as harm is excluded, when the other checks pass.',
      standard: true,
    },
    baseline: {
      key: 'baseline',
      field: booleanField,
      description: 'Whether to compare with fresh pods of the old version, as many and as old as the new version’s.',
      standard: false,
    },
    ...PLACE_KEYS,
  },
  faults: placeFaults,
};

/** Variables that mean one of the two versions, by those of the other. */
export const SIDES = { canary: 'stable', 'canary-pods': 'stable-pods', 'canary-service': 'stable-service' } as const;

export const mannWhitneyKeys: CheckKeys<'mann-whitney'> = {
  description:
    'Compares samples of a query for both versions by the Mann-Whitney test. It is for one look, at the end of the hold.',
  keys: {
    query: {
      key: 'query',
      field: templateField('a query in PromQL', LONGEST_QUERY),
      description:
        'A query for the new version, by {{canary}}, {{canary-pods}} or {{canary-service}}; the same is asked of stable.',
      required: true,
    },
    windowMs: WINDOW_KEY,
    alpha: { key: 'alpha', field: alphaField, description: 'Chance of a false alarm, at one look.', standard: 0.01 },
    worse: {
      key: 'worse',
      field: choiceField(['higher', 'lower']),
      description: 'Whether higher values are the worse ones, as of errors and times, or lower ones.',
      standard: 'higher',
    },
    minSamples: {
      key: 'min-samples',
      field: integerField({ min: 3, max: 10_000 }),
      description: 'Samples of each version without which there is no data.',
      standard: 10,
    },
    ...PLACE_KEYS,
  },
  faults: check => [
    ...placeFaults(check),
    ...(variablesIn(check.query).some(name => name in SIDES)
      ? []
      : ['the query names neither {{canary}}, {{canary-pods}} nor {{canary-service}}: there is nothing to compare']),
  ],
};
