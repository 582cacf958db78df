import fc from 'fast-check';
import type { JsonObject, KubeObject, ObjectRef } from '../../src/kube.ts';
import type { Match } from '../../src/release/plan.ts';
import type { Two } from '../../src/traffic/backends.ts';
import { gatewayApi } from '../../src/traffic/gateway-api.ts';
import { istio } from '../../src/traffic/istio.ts';
import type { RouteForm } from '../../src/traffic/route-rules.ts';
import type { RouteQuestion } from '../../src/traffic/router-kind.ts';

export const NAMESPACE = 'shop';

export function serviceRef(name: string, namespace = NAMESPACE): ObjectRef {
  return { apiVersion: 'v1', kind: 'Service', name, namespace };
}

export const WEB: Two = { stable: serviceRef('web'), twin: serviceRef('web-canary') };
export const BY_HEADER: Match = { by: 'header', name: 'x-tester', value: 'yes' };

/** A kind of route with weights in lists, and how its objects are made. */
export interface Kind {
  name: string;
  form: RouteForm;
  /** Lists that rules may stand in. */
  lists: readonly string[];
  /** Field of a rule that has its conditions. */
  conditions: string;
  object(lists: Readonly<Record<string, JsonObject[]>>, more?: object): KubeObject;
  /** An entry that sends to a Service of this name; `variant` tells several of one Service apart. */
  entry(name: string, variant: number, weight: number | undefined): JsonObject;
}

function gateway(kind: string): Kind {
  return {
    name: kind,
    form: gatewayApi.form as RouteForm,
    lists: ['rules'],
    conditions: 'matches',
    object: (lists, more) => routeOf('gateway.networking.k8s.io/v1', kind, { ...lists, ...more }),
    entry: (name, variant, weight) => ({
      name,
      port: 80 + (variant % 2),
      ...(variant > 1
        ? { filters: [{ type: 'ExtensionRef', extensionRef: { group: 'x.io', kind: 'F', name: 'f' } }] }
        : {}),
      ...weighing(weight),
    }),
  };
}

export const HTTP = gateway('HTTPRoute');
export const GRPC = gateway('GRPCRoute');
export const VIRTUAL: Kind = {
  name: 'VirtualService',
  form: istio.form as RouteForm,
  lists: ['http', 'tls', 'tcp'],
  conditions: 'match',
  object: (lists, more) => routeOf('networking.istio.io/v1', 'VirtualService', { hosts: ['web'], ...lists, ...more }),
  entry: (name, variant, weight) => ({
    destination: {
      host: variant % 2 === 0 ? name : `${name}.${NAMESPACE}.svc.cluster.local`,
      ...(variant > 1 ? { subset: 'all' } : {}),
    },
    ...weighing(weight),
  }),
};
export const KINDS: readonly (readonly [string, Kind])[] = [HTTP, GRPC, VIRTUAL].map(kind => [kind.name, kind]);

export function routeOf(apiVersion: string, kind: string, spec: object, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace: NAMESPACE, ...metadata }, spec };
}

function weighing(weight: number | undefined): JsonObject {
  return weight === undefined ? {} : { weight };
}

/** What a route would be asked, with a split of `web` by 10 and 50 %. */
export function questionOf(route: KubeObject, more: Partial<RouteQuestion> = {}): RouteQuestion {
  return {
    route,
    pairs: [WEB],
    weights: [10, 50],
    rules: undefined,
    match: undefined,
    track: 'canary',
    others: [],
    aids: [],
    unseenAids: [],
    ...more,
  };
}

const anyWeight = fc.option(fc.constantFrom(0, 1, 3, 7, 40, 60, 100, 1_000), { nil: undefined });

/**
 * Entries of a rule: one or several of `web`'s that can be told apart, others between them, and for some of `web`'s a copy that
 * sends to the new version already.
 */
export function anyBackends(kind: Kind): fc.Arbitrary<JsonObject[]> {
  const own = fc.uniqueArray(
    fc.record({
      variant: fc.integer({ min: 0, max: 3 }),
      weight: anyWeight,
      twin: fc.option(anyWeight, { nil: null, freq: 2 }),
    }),
    { selector: ({ variant }) => variant, minLength: 1, maxLength: 3 },
  );
  const other = fc.record({ name: fc.constantFrom('other', 'webshop', 'web-canary-shop'), weight: anyWeight });
  const orders = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });
  return fc.tuple(own, fc.array(other, { maxLength: 2 }), orders).map(([ones, others, order]) => {
    const entries = [
      ...ones.map(({ variant, weight }) => kind.entry('web', variant, weight)),
      ...ones.flatMap(({ variant, twin }) => (twin === null ? [] : [kind.entry('web-canary', variant, twin)])),
      ...others.map(({ name, weight }, index) => kind.entry(name, index, weight)),
    ];
    return entries
      .map((entry, index) => ({ entry, place: order[index] ?? 0 }))
      .toSorted((one, two) => one.place - two.place)
      .map(({ entry }) => entry);
  });
}

/** A percentage as a step asks for it, or as one that was measured. */
export const anyShare = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.double({ min: 0, max: 100, noNaN: true, noDefaultInfinity: true }),
);

/** A rule of a list, with other conditions than those with another number. */
function anyRule(kind: Kind, list: string, number: number): fc.Arbitrary<JsonObject> {
  const idle = fc.record({ name: fc.constantFrom('other', 'webshop'), weight: anyWeight });
  const strangers = fc
    .array(idle, { minLength: 1, maxLength: 2 })
    .map(all => all.map(({ name, weight }, index) => kind.entry(name, index, weight)));
  const clean = anyBackends(kind).map(all =>
    all.filter(one => !kind.form.entries(kind.object({})).names(one, WEB.twin)),
  );
  return fc
    .record({
      backends: fc.oneof({ weight: 2, arbitrary: clean }, strangers),
      isNamed: fc.boolean(),
      hasMatches: fc.boolean(),
      asked: anyAsked,
    })
    .map(({ backends, isNamed, hasMatches, asked }) => ({
      ...(isNamed ? { name: `${list}-${number}` } : {}),
      ...asking(kind, list, asked, hasMatches || number > 0 ? conditionsFor(kind, list, number) : {}),
      [kind.form.backends]: backends,
    }));
}

/** Values of the header `x-tester` that a rule asks for itself; undefined where a condition does not care. */
const anyAsked: fc.Arbitrary<(string | undefined)[]> = fc.constantFrom(
  [],
  [],
  ['no'],
  ['no', 'never'],
  [BY_HEADER.value],
  ['no', BY_HEADER.value],
  ['no', undefined],
);

/** Each of the conditions once for each value of the header that is asked for. */
function asking(
  kind: Kind,
  list: string,
  values: readonly (string | undefined)[],
  conditions: Readonly<Record<string, JsonObject[]>>,
): JsonObject {
  if (values.length === 0 || (kind === VIRTUAL && list !== 'http')) return conditions;
  const all = conditions[kind.conditions] ?? [{}];
  return { [kind.conditions]: values.flatMap(value => all.map(one => withHeader(kind, one, value))) };
}

/** The condition that asks for that exact value of the header, too. */
export function withHeader(kind: Kind, condition: JsonObject, value: string | undefined): JsonObject {
  if (value === undefined) return condition;
  const { name } = BY_HEADER;
  const { headers } = condition;
  if (kind === VIRTUAL) return { ...condition, headers: { ...(headers as JsonObject), [name]: { exact: value } } };
  return { ...condition, headers: [...((headers ?? []) as JsonObject[]), { type: 'Exact', name, value }] };
}

function conditionsFor(kind: Kind, list: string, number: number): Record<string, JsonObject[]> {
  if (kind === VIRTUAL)
    return { match: [list === 'http' ? { uri: { prefix: `/${number}` } } : { port: 9_000 + number }] };
  if (kind === GRPC) return { matches: [{ method: { type: 'Exact', service: `s.S${number}` } }] };
  return {
    matches: [{ path: { type: 'PathPrefix', value: `/${number}` } }, { headers: [{ name: 'x-other', value: 'a' }] }],
  };
}

/** A route that has no release in it. */
export function anyRoute(kind: Kind): fc.Arbitrary<KubeObject> {
  const rules = (list: string): fc.Arbitrary<JsonObject[]> =>
    fc
      .integer({ min: 1, max: 3 })
      .chain(count => fc.tuple(...Array.from({ length: count }, (_, number) => anyRule(kind, list, number))));
  return fc
    .record(Object.fromEntries(kind.lists.map(list => [list, rules(list)])), { requiredKeys: [] })
    .map(lists => kind.object(lists as Record<string, JsonObject[]>));
}
