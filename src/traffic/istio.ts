import { type JsonObject, type KubeObject, type ObjectRef, refOf, refText } from '../kube.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Match } from '../release/plan.ts';
import type { BackendForm } from './backends.ts';
import { listRouter } from './list-routes.ts';
import { LONGEST_NAME, suffixed } from './names.ts';
import { shareProblems } from './route-problems.ts';
import { ALL_RULES, backendsOf, listsOf, placesOf, type RouteForm } from './route-rules.ts';
import type { RouteQuestion, RouterKind } from './router-kind.ts';

const VERSIONS = ['v1', 'v1beta1'].map(version => `networking.istio.io/${version}`);
const served = (kind: string): { apiVersion: string; kind: string }[] =>
  VERSIONS.map(apiVersion => ({ apiVersion, kind }));

/** Istio's own namespace, where rules for all of the mesh are. */
const ROOT = 'istio-system';

type DestinationRule = KubeObject<{ host?: string; subsets?: (JsonObject & { name: string })[] }>;

const FORM: RouteForm = { lists: ['http', 'tls', 'tcp'], backends: 'route', entries: entriesOf, matching, isUnclear };

/** VirtualServices of Istio, and of what serves its API: the weights of two destinations. */
export const istio: RouterKind = {
  kinds: [served('VirtualService')],
  aids: [served('DestinationRule')],
  matches: ['header', 'cookie'],
  form: FORM,
  targets: route =>
    Object.values(listsOf(FORM, route)).flatMap(rules =>
      rules.flatMap(rule => backendsOf(FORM, rule).map(one => `${hostOf(one)}`)),
    ),
  leads: (route, service, rules) => placesOf(FORM, route, { stable: service }, rules).length > 0,
  problems: question => [...shareProblems(FORM, question), ...nameProblems(question)],
  made: ({ route, pairs, track, aids }) =>
    pairs.flatMap(({ stable, twin }) => {
      const its = (aids as DestinationRule[]).filter(({ metadata, spec }) =>
        isHost(spec?.host, stable, metadata.namespace),
      );
      const near = its.filter(({ metadata }) =>
        [route.metadata.namespace, stable.namespace].includes(metadata.namespace),
      );
      // The mesh's own rule holds where there is no nearer one.
      const held = near.length > 0 ? near : its.filter(({ metadata }) => metadata.namespace === ROOT);
      return held.map(rule => copyFor(rule, stable, twin, track));
    }),
  open: context => listRouter(context, FORM),
};

function hostOf(destination: JsonObject): unknown {
  return (destination['destination'] as JsonObject | undefined)?.['host'];
}

/** A host is a Service's by its short name in its own namespace, or by its name in the cluster's DNS. */
function isHost(host: unknown, { name, namespace }: ObjectRef, from: string | undefined): boolean {
  if (typeof host !== 'string') return false;
  const [service, where = from, ...rest] = host.split('.');
  const domain = rest.join('.');
  return service === name && where === namespace && (domain === '' || /^svc(\..+)?$/.test(domain));
}

/** The same form of the name, for another Service. */
function hostFor(host: string, from: ObjectRef, to: ObjectRef): string {
  return `${to.name}${host.slice(from.name.length)}`;
}

function entriesOf({ metadata }: KubeObject): BackendForm {
  return {
    names: (one, service) => isHost(hostOf(one), service, metadata.namespace),
    renamed: (one, from, to) => {
      const destination = one['destination'] as JsonObject;
      return { ...one, destination: { ...destination, host: hostFor(`${destination['host']}`, from, to) } };
    },
    standard: all => (all.length === 1 ? 100 : 0),
  };
}

type Headers = Record<string, JsonObject>;

/** Istio wants names of headers in small letters. */
function headerOf({ by, name, value }: Match): [string, JsonObject] {
  if (by === 'header') return [name.toLowerCase(), { exact: value }];
  return ['cookie', { regex: `^(.*;\\s*)?${literal(name)}=${literal(value)}(;.*)?$` }];
}

function matchesOf(rule: JsonObject): (JsonObject & { headers?: Headers })[] {
  const matches = rule['match'] as (JsonObject & { headers?: Headers })[] | undefined;
  return matches?.length ? matches : [{}];
}

function askedFor(headers: Headers | undefined, name: string): JsonObject | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}

/** TLS and TCP are not looked into. */
function matching(list: string, rule: JsonObject, match: Match): JsonObject | undefined {
  if (list !== 'http') return undefined;
  const [name, condition] = headerOf(match);
  const matches = matchesOf(rule).flatMap(one => {
    const asked = askedFor(one.headers, name);
    if (asked) return asked['exact'] === condition['exact'] ? [one] : [];
    return [{ ...one, headers: { ...one.headers, [name]: condition } }];
  });
  return matches.length > 0 ? { ...rule, match: matches } : undefined;
}

function isUnclear(list: string, rule: JsonObject, match: Match): boolean {
  const [name, condition] = headerOf(match);
  return (
    list === 'http' &&
    matchesOf(rule).some(({ headers }) => {
      const asked = askedFor(headers, name);
      return asked !== undefined && (asked['exact'] === undefined || condition['exact'] === undefined);
    })
  );
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Which of several http routes is meant nobody can guess; TLS and TCP routes have no names. */
function nameProblems({ route, pairs, rules }: RouteQuestion): string[] {
  if (rules) return [];
  return pairs.flatMap(two => {
    const found = placesOf(FORM, route, two).filter(({ list }) => list === 'http');
    if (found.length < 2) return [];
    const names = found.map(({ rule, index }) =>
      rule['name'] ? `${rule['name']}` : `number ${index + 1}, without a name`,
    );
    return [
      `${refText(refOf(route))} has ${found.length} http routes to Service ${two.stable.name} (${names.join('; ')}), and none is chosen. Name those that are to be split with \`routes:\`, or say \`routes: "${ALL_RULES}"\` for all of them; a route without a name needs one for that.`,
    ];
  });
}

/** Policies are of a host: the new version's Service gets those of stable's, and each subset is all of its pods. */
function copyFor(rule: DestinationRule, stable: ObjectRef, twin: ObjectRef, track: string): KubeObject {
  const { host = '', subsets, ...spec } = rule.spec ?? {};
  const { name } = rule.metadata;
  // What holds for all of the mesh is copied for this Service alone.
  const namespace = rule.metadata.namespace === ROOT ? stable.namespace : rule.metadata.namespace;
  return {
    apiVersion: rule.apiVersion,
    kind: rule.kind,
    metadata: {
      name: suffixed(name, track, LONGEST_NAME),
      ...(namespace ? { namespace } : {}),
      labels: { [TRACK_LABEL]: track },
    },
    spec: {
      ...spec,
      host: hostFor(host, stable, twin),
      ...(subsets ? { subsets: subsets.map(subset => ({ ...subset, labels: { [TRACK_LABEL]: track } })) } : {}),
    },
  };
}
