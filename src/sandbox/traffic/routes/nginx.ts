import type { KubeObject } from '../../../kube.ts';
import { keyOf } from '../../controllers/context.ts';
import type { NodeView } from '../data-plane.ts';
import { type Address, fitsWhole, type Headers, losing, type RouteTable, uniqueAddresses } from './route-table.ts';

const KIND = 'networking.k8s.io/Ingress';
const PREFIX = 'nginx.ingress.kubernetes.io/';
const CLASS = 'kubernetes.io/ingress.class';

interface Backend {
  service?: { name: string; port?: { number?: number; name?: string } };
}
interface Path {
  path?: string;
  pathType?: string;
  backend: Backend;
}
type Ingress = KubeObject<{
  ingressClassName?: string;
  defaultBackend?: Backend;
  rules?: readonly { host?: string; http?: { paths: readonly Path[] } }[];
}>;

interface Location {
  host: string;
  path: string;
  pathType: string | undefined;
  upstream: string;
}

/** A Service and port, as ingress-nginx knows it: one, however many Ingresses use it. */
interface Upstream {
  service: string;
  port: number | string | undefined;
  /** The Ingress that named it first, whose annotations hold for all. */
  ingress: Ingress;
  isCanary: boolean;
  alternatives: string[];
}

export const nginxTable: RouteTable = {
  kinds: [KIND],
  isRead: ({ spec, metadata }) =>
    (metadata.annotations?.[CLASS] ?? (spec as Ingress['spec'])?.ingressClassName) === 'nginx',
  isEntry: object => nginxTable.isRead(object) && !isCanary(object as Ingress),
  addresses: object => uniqueAddresses(locationsOf(object as Ingress).map(addressOf)),
  decide(view, object, { host, path, headers }) {
    const ingress = object as Ingress;
    const rule = `path ${host}${path}`;
    const location = locationsOf(ingress).find(one => one.host === host && one.path === path);
    const upstreams = upstreamsOf(view);
    const main = location && upstreams.get(location.upstream);
    if (!main) return losing(rule, `Ingress ${keyOf(ingress)} has no such path with a Service`);
    const canary = upstreams.get(main.alternatives[0] ?? '');
    const to = { service: main.service, port: main.port };
    // A canary without endpoints is passed over.
    if (!canary || !hasEndpoint(view, canary)) return { rule, shares: [{ weight: 1, to }] };
    const ruled = `${rule} with canary Ingress ${keyOf(canary.ingress)}`;
    // Main without endpoints fails, even where the canary has some (ingress-nginx #9635).
    if (!hasEndpoint(view, main))
      return { rule: `${ruled}, which is not asked without an endpoint of the main one`, shares: [{ weight: 1, to }] };
    const weight = canaryWeight(canary.ingress, headers);
    const shares = [
      { weight: 100 - weight, to },
      { weight, to: { service: canary.service, port: canary.port, insteadOf: main.service } },
    ];
    return { rule: ruled, shares };
  },
};

function annotation({ metadata }: Ingress, name: string): string | undefined {
  return metadata.annotations?.[`${PREFIX}${name}`];
}

function isCanary(ingress: Ingress): boolean {
  return annotation(ingress, 'canary') === 'true';
}

function addressOf({ host, path }: Location): Address {
  return { protocol: 'http', host, path };
}

/** The places of an Ingress that lead to Services. */
function locationsOf(ingress: Ingress): Location[] {
  const { defaultBackend, rules = [] } = ingress.spec ?? {};
  const places = rules.flatMap(({ host = '', http }) => (http?.paths ?? []).map(one => ({ host, ...one })));
  const all =
    rules.length === 0 && defaultBackend ? [{ host: '', pathType: 'Prefix', backend: defaultBackend }] : places;
  return all.flatMap(({ host, path = '/', pathType, backend }: Path & { host: string }) => {
    const upstream = upstreamName(ingress, backend);
    return upstream === undefined ? [] : [{ host, path, pathType, upstream }];
  });
}

function upstreamName({ metadata }: Ingress, { service }: Backend): string | undefined {
  return service && `${metadata.namespace ?? ''}/${service.name}/${service.port?.number ?? service.port?.name ?? ''}`;
}

/** All that nginx is programmed with, in the order in which Ingresses were made. */
function upstreamsOf(view: NodeView): Map<string, Upstream> {
  const ingresses = (view.all(KIND) as readonly Ingress[]).filter(nginxTable.isRead).sort(byAge);
  const upstreams = new Map<string, Upstream>();
  for (const ingress of ingresses)
    for (const { upstream } of locationsOf(ingress)) {
      const [namespace = '', name = '', port = ''] = upstream.split('/');
      if (upstreams.has(upstream)) continue;
      upstreams.set(upstream, {
        service: `${namespace}/${name}`,
        port: port === '' ? undefined : /^\d+$/.test(port) ? Number(port) : port,
        ingress,
        isCanary: isCanary(ingress),
        alternatives: [],
      });
    }
  const mains = ingresses.filter(ingress => !isCanary(ingress)).flatMap(locationsOf);
  for (const canary of ingresses.filter(isCanary))
    for (const location of locationsOf(canary)) merge(upstreams, mains, location);
  return upstreams;
}

/** Of the same age they go by name. */
function byAge(a: Ingress, b: Ingress): number {
  const key = ({ metadata }: Ingress): string =>
    `${metadata.creationTimestamp ?? ''} ${metadata.namespace ?? ''}/${metadata.name}`;
  return key(a) < key(b) ? -1 : 1;
}

/** A canary's path belongs to the main one of the same host, path and type; a canary Service with a path that has none is dropped. */
function merge(upstreams: Map<string, Upstream>, mains: readonly Location[], canary: Location): void {
  const ofHost = mains.filter(({ host }) => host === canary.host);
  if (ofHost.length === 0 || ofHost.some(({ upstream }) => upstream === canary.upstream)) return;
  const found = ofHost
    .filter(({ path, pathType }) => path === canary.path && pathType === canary.pathType)
    .map(({ upstream }) => upstreams.get(upstream))
    .find(main => main && !main.isCanary);
  if (!found) upstreams.delete(canary.upstream);
  else if (upstreams.has(canary.upstream) && !found.alternatives.includes(canary.upstream))
    found.alternatives.push(canary.upstream);
}

function hasEndpoint(view: NodeView, { service }: Upstream): boolean {
  return view.backendsOf(service).some(({ ready }) => ready);
}

/** The canary's share of such requests in percent. Header, cookie and weight are asked in this order. */
function canaryWeight(ingress: Ingress, headers: Headers): number {
  const header = headers[annotation(ingress, 'canary-by-header')?.toLowerCase() ?? ''];
  const [value, pattern] = [
    annotation(ingress, 'canary-by-header-value'),
    annotation(ingress, 'canary-by-header-pattern'),
  ];
  if (header !== undefined && value) {
    if (header === value) return 100;
  } else if (header !== undefined && pattern) {
    if (fitsWhole(`.*(?:${pattern}).*`, header)) return 100;
  } else if (header === 'always' || header === 'never') return header === 'always' ? 100 : 0;
  const cookie = cookiesOf(headers).get(annotation(ingress, 'canary-by-cookie') ?? '');
  if (cookie === 'always' || cookie === 'never') return cookie === 'always' ? 100 : 0;
  const total = Math.max(100, Number(annotation(ingress, 'canary-weight-total') ?? 100));
  return Math.min(100, (Number(annotation(ingress, 'canary-weight') ?? 0) * 100) / total);
}

function cookiesOf({ cookie = '' }: Headers): Map<string, string> {
  return new Map(
    cookie.split(';').map(part => {
      const [name = '', ...value] = part.trim().split('=');
      return [name, value.join('=')] as const;
    }),
  );
}
