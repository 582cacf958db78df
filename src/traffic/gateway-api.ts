import { type ParentProblem, parentProblems } from '../health/kinds/route.ts';
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
const MOST_BACKENDS = 16;

type Grant = KubeObject<{
  from?: { group: string; kind: string; namespace: string }[];
  to?: { group: string; kind: string; name?: string }[];
}>;

const FORM: RouteForm = {
  lists: ['rules'],
  backends: 'backendRefs',
  entries: entriesOf,
  matching: withHeader,
  isUnclear,
};

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
      // What a parent refuses, or has never heard of, is not routed by it: without a share of the new version nothing is lost by that.
      const isWaited = weight > 0 || matched;
      const counted = problems.filter(problem => isWaited || !isAgainst(problem));
      return (
        counted[0] && `${refText(refOf(route))} has weights that its parents have not taken: ${counted[0].message}`
      );
    }),
};

function entriesOf({ metadata }: KubeObject): BackendForm {
  return {
    names: ({ group = '', kind = 'Service', namespace = metadata.namespace ?? null, name }, service) =>
      group === '' && kind === 'Service' && name === service.name && namespace === (service.namespace ?? null),
    renamed: (backend, _from, to) => ({ ...backend, name: to.name }),
    standard: () => 1,
  };
}

interface Header {
  type?: string;
  name: string;
  value: string;
}
type Matches = (JsonObject & { headers?: (JsonObject & Header)[] })[];

function matchesOf(rule: JsonObject): Matches {
  const matches = rule['matches'] as Matches | undefined;
  return matches?.length ? matches : [{}];
}

/** Names of headers ignore case. */
function isNamed(name: string): (header: Header) => boolean {
  return header => header.name.toLowerCase() === name.toLowerCase();
}

function withHeader(_list: string, rule: JsonObject, { name, value }: Match): JsonObject | undefined {
  const header = { type: 'Exact', name, value };
  const matches = matchesOf(rule).flatMap(match => {
    const asked = match.headers?.find(isNamed(name));
    if (asked) return asked.value === value ? [match] : [];
    return [{ ...match, headers: [...(match.headers ?? []), header] }];
  });
  return matches.length > 0 ? { ...rule, matches } : undefined;
}

function isUnclear(_list: string, rule: JsonObject, { name }: Match): boolean {
  return matchesOf(rule).some(({ headers = [] }) =>
    headers.some(one => isNamed(name)(one) && (one.type ?? 'Exact') !== 'Exact'),
  );
}

/** A route may name a Service of another namespace only where that namespace grants it. */
function grantProblems({ route, pairs, aids, unseenAids }: RouteQuestion): string[] {
  const { namespace = '' } = route.metadata;
  // What may not be looked at is told by the route's own status.
  if (unseenAids.includes('ReferenceGrant')) return [];
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

/** A parent that refuses the route, or for which nobody answers: it routes nothing by it. */
function isAgainst({ patienceMs, isUnanswered }: ParentProblem): boolean {
  return patienceMs !== undefined || isUnanswered === true;
}

/** Weights of a route that its parents do not take would never be known to be in force. */
function acceptProblems({ route }: RouteQuestion): string[] {
  const problems = parentProblems(route as never);
  // A word about an earlier generation is on its way to be one about this.
  return problems
    .filter(isAgainst)
    .map(
      ({ message }) =>
        `${refText(refOf(route))} is not in force as it is, before anything is changed: ${message}. Put it in order first.`,
    );
}

function roomProblems({ route, pairs, rules, match }: RouteQuestion): string[] {
  const all = listsOf(FORM, route)['rules'] ?? [];
  const name = refText(refOf(route));
  const edited = new Set(pairs.flatMap(two => placesOf(FORM, route, two, rules).map(({ index }) => index)));
  const full = all.filter((rule, index) => edited.has(index) && backendsOf(FORM, rule).length >= MOST_BACKENDS);
  const problems = full.map(
    () =>
      `${name} has a rule with ${MOST_BACKENDS} backendRefs, the most that there may be, and no room for the new version's.`,
  );
  if (!match) return problems;
  const total = all.reduce((sum, rule, index) => sum + matchesOf(rule).length * (edited.has(index) ? 2 : 1), 0);
  if (all.length + edited.size <= MOST_RULES && total <= MOST_MATCHES) return problems;
  return [
    ...problems,
    `${name} has no room for the rules that send matching requests to the new version: it would have ${all.length + edited.size} rules with ${total} matches, and ${MOST_RULES} and ${MOST_MATCHES} are the most. Leave out the step with match, or name fewer rules.`,
  ];
}
