import type { KubeObject } from '../../../kube.ts';
import type { NodeView } from '../data-plane.ts';
import {
  type Address,
  type Decision,
  fitsWhole,
  losing,
  type Outcome,
  type Request,
  type RouteTable,
  ruleText,
  uniqueAddresses,
} from './route-table.ts';

const RULES = 'networking.istio.io/DestinationRule';

type Text = { exact?: string; prefix?: string; regex?: string };
interface HttpMatch {
  uri?: Text;
  ignoreUriCase?: boolean;
  method?: Text;
  scheme?: Text;
  authority?: Text;
  headers?: Record<string, Text>;
  withoutHeaders?: Record<string, Text>;
  queryParams?: Record<string, Text>;
  sourceLabels?: Record<string, string>;
}
interface StreamMatch {
  sniHosts?: readonly string[];
  port?: number;
  sourceLabels?: Record<string, string>;
}
interface Target {
  destination: { host: string; subset?: string; port?: { number?: number } };
  weight?: number;
}
interface HttpRoute {
  name?: string;
  match?: readonly HttpMatch[];
  route?: readonly Target[];
}
interface StreamRoute {
  match?: readonly StreamMatch[];
  route?: readonly Target[];
}
type VirtualService = KubeObject<{
  hosts?: readonly string[];
  http?: readonly HttpRoute[];
  tls?: readonly StreamRoute[];
  tcp?: readonly StreamRoute[];
}>;
type DestinationRule = KubeObject<{
  host: string;
  subsets?: readonly { name: string; labels?: Record<string, string> }[];
}>;

export const istioTable: RouteTable = {
  kinds: ['networking.istio.io/VirtualService', RULES],
  isRead: () => true,
  isEntry: ({ kind }) => kind === 'VirtualService',
  addresses(object, headers) {
    const { hosts = [], http = [], tls = [], tcp = [] } = (object as VirtualService).spec ?? {};
    const host = hosts[0] ?? '';
    const ofHttp = orAny<HttpMatch>(http).flatMap(match => {
      const { exact, prefix, regex } = match.uri ?? {};
      const address: Address = { protocol: 'http', host, path: exact ?? prefix ?? '/' };
      return regex === undefined && fitsHttp(match, { ...address, headers }) ? [address] : [];
    });
    const ofTls = orAny<StreamMatch>(tls).flatMap(({ sniHosts, ...match }) =>
      // A wildcard stands for any name in its place.
      (sniHosts ?? [host]).map(sni => streamAddress('tls', sni.replace(/^\*/, 'any'), match)),
    );
    const ofTcp = orAny<StreamMatch>(tcp).map(match => streamAddress('tcp', host, match));
    const streams = [...ofTls, ...ofTcp].filter(address => fitsRoutes(object, { ...address, headers }));
    return uniqueAddresses([...ofHttp, ...streams]);
  },
  decide(view, object, request) {
    const found = routeFor(object as VirtualService, request);
    const { protocol, path, host } = request;
    if (!found) return losing(`${protocol} routes`, `none fits a request for ${protocol === 'http' ? path : host}`);
    const { route, index } = found;
    return decisionOf(view, object, route.route ?? [], ruleText(`${protocol} route`, index, (route as HttpRoute).name));
  },
};

function orAny<Match>(routes: readonly { match?: readonly Match[] }[]): readonly Match[] {
  return routes.flatMap(({ match = [] }) => (match.length > 0 ? match : [{} as Match]));
}

function streamAddress(protocol: 'tls' | 'tcp', host: string, { port }: StreamMatch): Address {
  return { protocol, host, path: '', ...(port === undefined ? {} : { port }) };
}

function fitsRoutes(object: KubeObject, request: Request): boolean {
  return routeFor(object as VirtualService, request) !== undefined;
}

/** The first that fits. */
function routeFor(
  { spec = {} }: VirtualService,
  request: Request,
): { route: HttpRoute | StreamRoute; index: number } | undefined {
  const routes: readonly (HttpRoute | StreamRoute)[] = spec[request.protocol] ?? [];
  const index = routes.findIndex(({ match = [] }) => match.length === 0 || match.some(one => fits(one, request)));
  const route = routes[index];
  return route && { route, index };
}

function fits(match: HttpMatch | StreamMatch, request: Request): boolean {
  return request.protocol === 'http' ? fitsHttp(match as HttpMatch, request) : fitsStream(match, request);
}

/** Clients send GET requests without a query, and are no pods with labels. */
function fitsHttp(match: HttpMatch, { host, path, headers }: Request): boolean {
  const fold = (text: string): string => (match.ignoreUriCase ? text.toLowerCase() : text);
  const uri = match.uri && Object.fromEntries(Object.entries(match.uri).map(([how, text]) => [how, fold(text)]));
  const has = (name: string, text: Text): boolean => {
    const value = headers[name.toLowerCase()];
    return value !== undefined && fitsText(text, value);
  };
  return (
    fitsText(uri, fold(path)) &&
    fitsText(match.method, 'GET') &&
    fitsText(match.scheme, 'http') &&
    fitsText(match.authority, host) &&
    Object.entries(match.headers ?? {}).every(([name, text]) => has(name, text)) &&
    !Object.entries(match.withoutHeaders ?? {}).some(([name, text]) => has(name, text)) &&
    isEmpty(match.queryParams) &&
    isEmpty(match.sourceLabels)
  );
}

function fitsStream(match: HttpMatch | StreamMatch, { host, port }: Request): boolean {
  const { sniHosts, port: wanted, sourceLabels } = match as StreamMatch;
  const fitsName = (name: string): boolean => name === host || (name.startsWith('*') && host.endsWith(name.slice(1)));
  return (sniHosts?.some(fitsName) ?? true) && (wanted ?? port) === port && isEmpty(sourceLabels);
}

function fitsText({ exact, prefix, regex }: Text = {}, value: string): boolean {
  if (exact !== undefined) return value === exact;
  if (prefix !== undefined) return value.startsWith(prefix);
  return regex === undefined || fitsWhole(regex, value);
}

function isEmpty(conditions: object = {}): boolean {
  return Object.keys(conditions).length === 0;
}

function decisionOf(view: NodeView, { metadata }: KubeObject, targets: readonly Target[], rule: string): Decision {
  // Redirects, direct responses and delegates have no destination of their own.
  if (targets.length === 0) return { rule, shares: [{ weight: 1, to: 'elsewhere' }] };
  const [alone] = targets.length === 1 ? targets : [];
  const shares = targets.map(target => ({
    weight: target.weight ?? (target === alone ? 100 : 0),
    to: outcomeOf(view, metadata.namespace ?? '', target),
  }));
  return { rule, shares };
}

function outcomeOf(view: NodeView, namespace: string, { destination }: Target): Outcome {
  const { host, subset, port } = destination;
  const service = serviceNamed(host, namespace);
  if (!service) return 'elsewhere';
  if (subset === undefined) return { service, port: port?.number };
  const rules = (view.all(RULES) as readonly DestinationRule[]).filter(
    ({ spec, metadata }) => serviceNamed(spec?.host ?? '', metadata.namespace ?? '') === service,
  );
  const found = rules.flatMap(({ spec }) => spec?.subsets ?? []).find(({ name }) => name === subset);
  if (found) return { service, port: port?.number, labels: found.labels };
  const why =
    rules.length === 0
      ? `no DestinationRule is for ${host}`
      : `${rules.map(({ metadata }) => `DestinationRule ${metadata.namespace ?? ''}/${metadata.name}`).join(', ')} has none of that name`;
  return { lost: `subset ${subset} of host ${host} is not defined: ${why}` };
}

/** The Service that a host means: `web`, `web.shop`, `web.shop.svc` or in full; undefined for any other host. */
function serviceNamed(host: string, namespace: string): string | undefined {
  const [name = '', own = namespace, ...rest] = host.split('.');
  return ['', 'svc', 'svc.cluster.local'].includes(rest.join('.')) ? `${own}/${name}` : undefined;
}
