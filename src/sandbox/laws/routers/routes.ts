import type { KubeObject } from '../../../kube.ts';
import { isKind } from '../change.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Objects of users' that say which Service gets a request. */
export const ROUTE_KINDS = [
  'gateway.networking.k8s.io/HTTPRoute',
  'gateway.networking.k8s.io/GRPCRoute',
  'networking.istio.io/VirtualService',
  'networking.k8s.io/Ingress',
];

export interface Backend {
  /** `namespace/name` of the Service that it names; undefined where it is something else. */
  service: string | undefined;
  weight: number;
  fields: Fields;
}

/** One rule of a route, with the backends that share its requests. */
export interface Rule {
  /** As `spec.rules[0]`. */
  place: string;
  /** That by which the release may have been told to edit it. */
  name: string | undefined;
  /** Where in the fields the backends are. */
  list: string;
  fields: Fields;
  backends: readonly Backend[];
  /** Only requests with some header, or a cookie, come to it. */
  isNarrow: boolean;
}

interface Shape {
  /** Lists of the spec that hold rules. */
  lists: readonly string[];
  backends: string;
  matches: string;
  service(backend: Fields, namespace: string | undefined): string | undefined;
  /** Of a backend that says none, among so many. */
  weight(backends: number): number;
}

const GATEWAY_API: Shape = {
  lists: ['rules'],
  backends: 'backendRefs',
  matches: 'matches',
  service: ({ kind = 'Service', group = '', namespace, name }, own) =>
    kind === 'Service' && group === '' ? `${namespace ?? own}/${name}` : undefined,
  weight: () => 1,
};

const ISTIO: Shape = {
  lists: ['http', 'tls', 'tcp'],
  backends: 'route',
  matches: 'match',
  service: ({ destination }, own) => serviceOfHost((destination as Fields | undefined)?.['host'], own),
  weight: backends => (backends === 1 ? 100 : 0),
};

function shapeOf(object: KubeObject): Shape | undefined {
  if (isKind(object, 'networking.istio.io/VirtualService')) return ISTIO;
  return isKind(object, 'gateway.networking.k8s.io/HTTPRoute', 'gateway.networking.k8s.io/GRPCRoute')
    ? GATEWAY_API
    : undefined;
}

/** A short name is of the namespace where it stands; what follows `svc` is the cluster's own domain. */
export function serviceOfHost(host: unknown, own: string | undefined): string | undefined {
  const [name, namespace = own, domain = 'svc'] = String(host).split('.');
  return domain === 'svc' ? `${namespace}/${name}` : undefined;
}

/** Lists of a route that a release edits, as paths of changes are joined. */
export function isRuleList(object: KubeObject, path: string): boolean {
  return shapeOf(object)?.lists.some(list => path === `spec/${list}`) ?? false;
}

export function rulesIn(object: KubeObject): Rule[] {
  const shape = shapeOf(object);
  const spec = (object.spec ?? {}) as Readonly<Record<string, readonly Fields[] | undefined>>;
  if (!shape) return [];
  return shape.lists.flatMap(list =>
    (spec[list] ?? []).map((fields, index) => {
      const backends = (fields[shape.backends] ?? []) as readonly Fields[];
      const matches = (fields[shape.matches] ?? []) as readonly Fields[];
      return {
        place: `spec.${list}[${index}]`,
        name: fields['name'] as string | undefined,
        list: shape.backends,
        fields,
        backends: backends.map(backend => ({
          service: shape.service(backend, object.metadata.namespace),
          weight: Number(backend['weight'] ?? shape.weight(backends.length)),
          fields: backend,
        })),
        isNarrow: matches.length > 0 && matches.every(({ headers }) => Object.keys(headers ?? {}).length > 0),
      };
    }),
  );
}

type IngressSpec = {
  defaultBackend?: { service?: { name: string } };
  rules?: { http?: { paths?: { backend?: { service?: { name: string } } }[] } }[];
};

/** Services that an object of a router names, as `namespace/name`; with `by a match` where it sends them requests with some header alone. */
export function namedBy(object: KubeObject): Set<string> {
  const { namespace } = object.metadata;
  if (isKind(object, 'networking.istio.io/DestinationRule')) {
    const host = serviceOfHost((object.spec as { host?: string } | undefined)?.host, namespace);
    return new Set(host === undefined ? [] : [host]);
  }
  if (isKind(object, 'networking.k8s.io/Ingress')) {
    const { defaultBackend, rules = [] } = (object.spec ?? {}) as IngressSpec;
    const backends = [defaultBackend, ...rules.flatMap(({ http }) => (http?.paths ?? []).map(path => path.backend))];
    return new Set(backends.flatMap(backend => (backend?.service ? [`${namespace}/${backend.service.name}`] : [])));
  }
  return new Set(
    rulesIn(object).flatMap(({ backends, isNarrow }) => {
      const services = [...new Set(backends.flatMap(({ service }) => service ?? []))];
      return isNarrow && services.length === 1 ? services.map(byMatch) : services;
    }),
  );
}

export function byMatch(service: string): string {
  return `${service} by a match`;
}
