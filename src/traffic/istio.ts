import { type JsonObject, type KubeObject, type ObjectRef, refOf, refText } from '../kube.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Match } from '../release/plan.ts';
import { LONGEST_NAME, suffixed } from '../strategies/names.ts';
import type { BackendForm } from './backends.ts';
import { listRouter } from './list-routes.ts';
import { shareProblems } from './route-problems.ts';
import { ALL_RULES, backendsOf, listsOf, placesOf, type RouteForm } from './route-rules.ts';
import type { RouteQuestion, RouterKind } from './router-kind.ts';

const VERSIONS = ['v1', 'v1beta1'].map(version => `networking.istio.io/${version}`);
const served = (kind: string): { apiVersion: string; kind: string }[] =>
  VERSIONS.map(apiVersion => ({ apiVersion, kind }));

type DestinationRule = KubeObject<{ host?: string; subsets?: (JsonObject & { name: string })[] }>;

const FORM: RouteForm = { lists: ['http', 'tls', 'tcp'], backends: 'route', entries: entriesOf, matching };

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
    pairs.flatMap(({ stable, twin }) =>
      (aids as DestinationRule[])
        .filter(({ metadata, spec }) => isHost(spec?.host, stable, metadata.namespace))
        .filter(({ metadata }) => [route.metadata.namespace, stable.namespace].includes(metadata.namespace))
        .map(rule => copyFor(rule, stable, twin, track)),
    ),
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
function hostFor(host: string, { stable, twin }: { stable: ObjectRef; twin: ObjectRef }): string {
  return `${twin.name}${host.slice(stable.name.length)}`;
}

function entriesOf({ metadata }: KubeObject): BackendForm {
  return {
    names: (one, service) => isHost(hostOf(one), service, metadata.namespace),
    renamed: (one, two) => {
      const destination = one['destination'] as JsonObject;
      return { ...one, destination: { ...destination, host: hostFor(`${destination['host']}`, two) } };
    },
    standard: all => (all.length === 1 ? 100 : 0),
  };
}

/** TLS and TCP are not looked into. */
function matching(list: string, rule: JsonObject, { by, name, value }: Match): JsonObject | undefined {
  if (list !== 'http') return undefined;
  const header =
    by === 'header'
      ? { [name]: { exact: value } }
      : { cookie: { regex: `^(.*;\\s*)?${literal(name)}=${literal(value)}(;.*)?$` } };
  const matches = (rule['match'] ?? [{}]) as { headers?: JsonObject }[];
  return { ...rule, match: matches.map(match => ({ ...match, headers: { ...match.headers, ...header } })) };
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
  const { name, namespace } = rule.metadata;
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
      host: hostFor(host, { stable, twin }),
      ...(subsets ? { subsets: subsets.map(subset => ({ ...subset, labels: { [TRACK_LABEL]: track } })) } : {}),
    },
  };
}
