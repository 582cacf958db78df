import type { Json, JsonObject } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import type { CheckConfig, CheckKind, CheckOf } from './check-config.ts';
import { COMMON_KEYS, type CommonKeys } from './check-keys.ts';
import { compareKeys, mannWhitneyKeys } from './checks/compare.ts';
import { httpKeys } from './checks/http.ts';
import { jobKeys } from './checks/job.ts';
import type { CheckKeys } from './checks/kind.ts';
import { errorCountKeys, latencyKeys, prometheusKeys, successRateKeys } from './checks/prometheus.ts';
import { metricKeys, webhookKeys } from './checks/requests.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Field, listField, refuse, shown } from './field.ts';
import type { Place } from './place.ts';
import { readTable, type Table, tableSchema, withStandards } from './table.ts';

/** Every kind of check there is, in the order in which users are told of them. */
const KINDS: { readonly [K in CheckKind]: CheckKeys<K> } = {
  pods: {
    description:
      'Restarts, crash loops, memory kills and readiness of the new version since the step began. Always on.',
    keys: {},
  },
  http: httpKeys,
  'success-rate': successRateKeys,
  'latency-p99': latencyKeys,
  'error-count': errorCountKeys,
  prometheus: prometheusKeys,
  compare: compareKeys,
  'mann-whitney': mannWhitneyKeys,
  job: jobKeys,
  webhook: webhookKeys,
  metric: metricKeys,
};
const MOST_CHECKS = 50;

const KIND_NAMES = Object.keys(KINDS) as CheckKind[];

const checkField: Field<CheckConfig> = {
  schema: {
    anyOf: [
      { enum: [...KIND_NAMES] },
      {
        type: 'object',
        properties: Object.fromEntries(KIND_NAMES.map(kind => [kind, kindSchema(kind)])),
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
      },
    ],
  },
  read(value, at) {
    if (typeof value === 'string') return kindOf(value, at, kind => readCheck(kind, {}, at));
    const given = isMapping(value) ? Object.keys(value) : [];
    const kind = KIND_NAMES.find(name => given.includes(name)) ?? given[0];
    if (!isMapping(value) || kind === undefined)
      return refuse(value, at, `a check, as in "pods: {interval: 10s}"; the checks are ${KIND_NAMES.join(', ')}`);
    const others = given.filter(name => name !== kind);
    for (const other of others)
      at.within(other).problem(`one item is one check, here ${shown(kind)}; indent this further if it belongs to that`);
    if (others.length > 0) return undefined;
    const place = at.within(kind);
    // A bare `- pods:` says no more than `- pods`.
    return kindOf(kind, place, known => readCheck(known, value[kind] ?? {}, place));
  },
};

const listOfChecks = listField(checkField, { max: MOST_CHECKS, what: 'checks' });

export const checksField: Field<readonly CheckConfig[]> = {
  schema: listOfChecks.schema,
  read(value, at) {
    const checks = listOfChecks.read(value, at);
    const twice = checks?.findIndex(({ name }, index) =>
      checks.some((one, other) => other < index && one.name === name),
    );
    if (twice === undefined || twice < 0) return checks;
    return at.within(twice).problem(`two checks are named ${checks?.[twice]?.name}; give one of them another name`);
  },
};

function kindOf<T>(given: string, at: Place, then: (kind: CheckKind) => T | undefined): T | undefined {
  const kind = KIND_NAMES.find(name => name === given);
  if (kind) return then(kind);
  return at.problem(
    `${shown(given)} is no check; the checks are ${KIND_NAMES.join(', ')}${didYouMean(given, KIND_NAMES)}`,
  );
}

function keysOf<K extends CheckKind>(kind: K): Table<CommonKeys> {
  const { keys, common } = KINDS[kind];
  return { ...COMMON_KEYS, ...common, ...keys };
}

function readCheck<K extends CheckKind>(kind: K, value: Json, at: Place): CheckConfig | undefined {
  const table = keysOf(kind);
  const said = readTable(table, value, at);
  if (!said) return undefined;
  const settled = withStandards(table, said);
  // The entry of the kind has brought the kind's own keys, which the type of KINDS holds it to.
  const check = { ...settled, kind, name: settled.name ?? kind } as unknown as CheckOf<K>;
  const faults = KINDS[kind].faults?.(check) ?? [];
  for (const fault of faults) at.problem(fault);
  return faults.length > 0 ? undefined : check;
}

function kindSchema(kind: CheckKind): JsonObject {
  const { description } = KINDS[kind];
  return { description, anyOf: [{ type: 'null' }, tableSchema(keysOf(kind))] };
}
