import { parentProblems } from '../health/kinds/route.ts';
import { type JsonObject, type KubeObject, type ObjectRef, refOf, refText } from '../kube.ts';
import type { Match } from '../release/plan.ts';
import type { BackendForm } from './backends.ts';
import { listRouter } from './list-routes.ts';
import { shareProblems } from './route-problems.ts';
import { backendsOf, listsOf, placesOf, type RouteForm } from './route-rules.ts';
import type { RouteQuestion, RouterKind } from './router-kind.ts';

const GROUP = 'gateway.networking.k8s.io';
/** Of a route, by the API's own schema. */
const MOST_RULES = 16;
const MOST_MATCHES = 128;

type Grant = KubeObject<{
  from?: { group: string; kind: string; namespace: string }[];
  to?: { group: string; kind: string; name?: string }[];
}>;

const FORM: RouteForm = { lists: ['rules'], backends: 'backendRefs', entries: entriesOf, matching: withHeader };

/** HTTPRoutes and GRPCRoutes of the Gateway API: the weights of two backendRefs. */
export const gatewayApi: RouterKind = {
  kinds: [[{ apiVersion: `${GROUP}/v1`, kind: 'HTTPRoute' }], [{ apiVersion: `${GROUP}/v1`, kind: 'GRPCRoute' }]],
  aids: [
    [
      { apiVersion: `${GROUP}/v1beta1`, kind: 'ReferenceGrant' },
      { apiVersion: `${GROUP}/v1`, kind: 'ReferenceGrant' },
    ],
  ],
  matches: ['header'],
  form: FORM,
  targets: route =>
    listsOf(FORM, route)['rules']?.flatMap(rule => backendsOf(FORM, rule).map(one => `${one['name']}`)) ?? [],
  leads: (route, service, rules) => placesOf(FORM, route, { stable: service }, rules).length > 0,
  problems: question => [
    ...shareProblems(FORM, question),
    ...grantProblems(question),
    ...acceptProblems(question),
    ...roomProblems(question),
  ],
  open: context =>
    listRouter(context, FORM, (route, { weight, matched }) => {
      const problems = parentProblems(route as never);
      // What a parent refuses is not routed by it: where the new version has no share, nothing is lost by that.
      const counted = weight > 0 || matched ? problems : problems.filter(({ patienceMs }) => patienceMs === undefined);
      return (
        counted[0] && `${refText(refOf(route))} has weights that its parents have not taken: ${counted[0].message}`
      );
    }),
};

function entriesOf({ metadata }: KubeObject): BackendForm {
  return {
    names: ({ group = '', kind = 'Service', namespace = metadata.namespace ?? null, name }, service) =>
      group === '' && kind === 'Service' && name === service.name && namespace === (service.namespace ?? null),
    renamed: (backend, { twin }) => ({ ...backend, name: twin.name }),
    standard: () => 1,
  };
}

function withHeader(_list: string, rule: JsonObject, { name, value }: Match): JsonObject {
  const matches = (rule['matches'] ?? [{}]) as { headers?: JsonObject[] }[];
  const header = { type: 'Exact', name, value };
  return {
    ...rule,
    matches: matches.map(match => ({
      ...match,
      headers: [...(match.headers ?? []).filter(one => one['name'] !== name), header],
    })) as JsonObject[],
  };
}

/** A route may name a Service of another namespace only where that namespace grants it. */
function grantProblems({ route, pairs, aids }: RouteQuestion): string[] {
  const { namespace = '' } = route.metadata;
  return pairs
    .filter(({ stable }) => stable.namespace !== namespace)
    .filter(({ twin }) => !(aids as Grant[]).some(grant => grants(grant, route, twin)))
    .map(
      ({ twin }) =>
        `${refText(refOf(route))} is in another namespace than Service ${twin.namespace}/${twin.name}, and no ReferenceGrant there lets it name that Service: add a ReferenceGrant to namespace ${twin.namespace} from kind ${route.kind} of namespace ${namespace} to kind Service, without a name or with the name ${twin.name}.`,
    );
}

function grants({ metadata, spec }: Grant, { kind, metadata: { namespace } }: KubeObject, to: ObjectRef): boolean {
  return (
    metadata.namespace === to.namespace &&
    (spec?.from ?? []).some(from => from.group === GROUP && from.kind === kind && from.namespace === namespace) &&
    (spec?.to ?? []).some(one => one.group === '' && one.kind === 'Service' && (!one.name || one.name === to.name))
  );
}

/** Weights of a route that its parents do not take would never be known to be in force. */
function acceptProblems({ route }: RouteQuestion): string[] {
  const problems = parentProblems(route as never);
  const { parents = [] } = (route.status ?? {}) as { parents?: unknown[] };
  // A word about an earlier generation is on its way to be one about this.
  const found = problems.filter(({ patienceMs }) => patienceMs !== undefined || parents.length === 0);
  return found.map(
    ({ message }) =>
      `${refText(refOf(route))} is not in force as it is, before anything is changed: ${message}. Put it in order first.`,
  );
}

function roomProblems({ route, pairs, rules, match }: RouteQuestion): string[] {
  if (!match) return [];
  const all = listsOf(FORM, route)['rules'] ?? [];
  const copied = new Set(pairs.flatMap(two => placesOf(FORM, route, two, rules).map(({ index }) => index)));
  const matches = (rule: JsonObject): number => ((rule['matches'] as unknown[] | undefined) ?? [{}]).length;
  const total = all.reduce((sum, rule, index) => sum + matches(rule) * (copied.has(index) ? 2 : 1), 0);
  if (all.length + copied.size <= MOST_RULES && total <= MOST_MATCHES) return [];
  return [
    `${refText(refOf(route))} has no room for the rules that send matching requests to the new version: it would have ${all.length + copied.size} rules with ${total} matches, and ${MOST_RULES} and ${MOST_MATCHES} are the most. Leave out the step with match, or name fewer rules.`,
  ];
}
