import type { Json, JsonObject } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import { COMMON_KEYS, type CommonKeys } from './check-keys.ts';
import { didYouMean } from './did-you-mean.ts';
import { type Field, listField, refuse, shown } from './field.ts';
import type { Place } from './place.ts';
import type { CheckConfig } from './release-config.ts';
import { readTable, type Table, tableSchema, withStandards } from './table.ts';

type Kind = CheckConfig['kind'];
/** What only this kind of check has. */
type Own<C extends CheckConfig> = Table<Omit<C, 'kind' | keyof CommonKeys>>;

/** Every kind of check there is; a further one is an entry here and a member of `CheckConfig`. */
const KINDS: { readonly [K in Kind]: { description: string; keys: Own<Extract<CheckConfig, { kind: K }>> } } = {
  pods: {
    description:
      'Restarts, crash loops, memory kills and readiness of the new version since the step began. Always on.',
    keys: {},
  },
};
/** Planned, and not built yet. */
const LATER = ['http', 'prometheus', 'compare', 'job', 'webhook', 'metric'];
const MOST_CHECKS = 50;

const KIND_NAMES = Object.keys(KINDS) as Kind[];

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

function kindOf<T>(given: string, at: Place, then: (kind: Kind) => T | undefined): T | undefined {
  const kind = KIND_NAMES.find(name => name === given);
  if (kind) return then(kind);
  const names = `the checks are ${KIND_NAMES.join(', ')}`;
  if (LATER.includes(given)) return at.problem(`the check ${given} comes with a later version; ${names} so far`);
  return at.problem(`${shown(given)} is no check; ${names}${didYouMean(given, KIND_NAMES)}`);
}

function keysOf(kind: Kind): Table<CommonKeys> {
  return { ...COMMON_KEYS, ...KINDS[kind].keys };
}

function readCheck(kind: Kind, value: Json, at: Place): CheckConfig | undefined {
  const table = keysOf(kind);
  const said = readTable(table, value, at);
  if (!said) return undefined;
  const check = withStandards(table, said);
  // The entry of the kind has brought the kind's own keys, which the type of KINDS holds it to.
  return { ...check, kind, name: check.name ?? kind } as CheckConfig;
}

function kindSchema(kind: Kind): JsonObject {
  const { description } = KINDS[kind];
  return { description, anyOf: [{ type: 'null' }, tableSchema(keysOf(kind))] };
}
