import type { KubeObject } from '../../src/kube.ts';
import type { Api } from '../../src/sandbox/types.ts';

export interface Backend {
  /** Name of a Service in the namespace of the routes. */
  service: string;
  weight: number;
}

/** Where the requests to a host go. */
export interface Route {
  host: string;
  backends: readonly Backend[];
}

/** What a data plane knows of one namespace. */
export interface View {
  api: Api;
  namespace: string;
  /** Ports on loopback of the ready endpoints of a Service. */
  endpoints(service: string): readonly number[];
}

export type ReadRoutes = (view: View) => Route[];

type HttpRoute = KubeObject<{
  hostnames?: string[];
  rules?: {
    matches?: { path?: { type?: string; value?: string }; headers?: unknown[] }[];
    backendRefs?: { name: string; weight?: number }[];
  }[];
}>;

/** As Gateway API has it: the share of a Service without endpoints is answered with 503, and the others keep theirs. */
export const httpRoutes: ReadRoutes = ({ api, namespace }) =>
  api.list<HttpRoute>('gateway.networking.k8s.io/HTTPRoute', namespace).flatMap(({ metadata, spec }) => {
    const [rule, ...others] = spec?.rules ?? [];
    const isCatchAll = (rule?.matches ?? []).every(({ path, headers }) => path?.value === '/' && !headers);
    if (!rule || others.length > 0 || !isCatchAll) throw unknown('HTTPRoute', metadata.name, 'one rule for all paths');
    const backends = (rule.backendRefs ?? []).map(({ name, weight = 1 }) => ({ service: name, weight }));
    return (spec?.hostnames ?? []).map(host => ({ host, backends }));
  });

type VirtualService = KubeObject<{
  hosts?: string[];
  http?: { match?: unknown[]; route?: { destination: { host: string; subset?: string }; weight?: number }[] }[];
}>;

/** As Envoy does it for Istio: first a destination by weight, then an endpoint of it; without one 503. */
export const virtualServices: ReadRoutes = ({ api, namespace }) =>
  api.list<VirtualService>('networking.istio.io/VirtualService', namespace).flatMap(({ metadata, spec }) => {
    const [rule, ...others] = spec?.http ?? [];
    const destinations = rule?.route ?? [];
    if (!rule || others.length > 0 || rule.match || destinations.some(({ destination }) => destination.subset))
      throw unknown('VirtualService', metadata.name, 'one http route without match and subsets');
    const standard = destinations.length === 1 ? 100 : 0;
    const backends = destinations.map(({ destination, weight = standard }) => ({
      service: destination.host.split('.')[0] ?? '',
      weight,
    }));
    return (spec?.hosts ?? []).map(host => ({ host, backends }));
  });

type Ingress = KubeObject<{
  ingressClassName?: string;
  rules?: { host?: string; http?: { paths: { path?: string; backend: { service?: { name: string } } }[] } }[];
}>;

const CANARY = 'nginx.ingress.kubernetes.io/canary';

/** As ingress-nginx does it: without endpoints the canary is passed over, and the main Service takes its canary down with it. */
export const ingresses: ReadRoutes = ({ api, namespace, endpoints }) => {
  const all = api.list<Ingress>('networking.k8s.io/Ingress', namespace).filter(isNginx).flatMap(pathsOf);
  const canaries = all.filter(({ canary }) => canary !== undefined);
  return all
    .filter(({ canary }) => canary === undefined)
    .map(({ host, service }) => {
      const canary = canaries.find(one => one.host === host);
      const isUsed = canary && endpoints(canary.service).length > 0 && endpoints(service).length > 0;
      const weight = isUsed ? Number(canary.canary) : 0;
      const main = { service, weight: 100 - weight };
      return { host, backends: isUsed ? [main, { service: canary.service, weight }] : [main] };
    });
};

const isNginx = ({ spec }: Ingress): boolean => spec?.ingressClassName === 'nginx';

/** Of a canary the weight, as text. */
function pathsOf({ metadata, spec }: Ingress): { host: string; service: string; canary: string | undefined }[] {
  const { [CANARY]: isCanary, [`${CANARY}-weight`]: weight = '0' } = metadata.annotations ?? {};
  return (spec?.rules ?? []).map(({ host = '', http }) => {
    const [path, ...others] = http?.paths ?? [];
    const service = path?.backend.service?.name;
    if (!service || others.length > 0 || path.path !== '/')
      throw unknown('Ingress', metadata.name, 'one path / a host');
    return { host, service, canary: isCanary === 'true' ? weight : undefined };
  });
}

/** A route that is not understood must not be routed in some other way. */
function unknown(kind: string, name: string, known: string): Error {
  return new Error(`${kind} ${name}: the data planes of these tests know ${known}`);
}
