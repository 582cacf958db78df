import type { KubeObject } from '../../../src/kube.ts';
import type { RoutedName } from '../../../src/traffic/routers.ts';
import { NAMESPACE } from '../rig.ts';
import { crdsOf } from './crds.ts';

/** A kind of router, and the route in its namespace through which requests come to the Service `web`. */
export interface Routed {
  router: RoutedName;
  kind: { apiVersion: string; kind: string };
  route: KubeObject;
  /** What must be in the cluster before it. */
  ground: readonly KubeObject[];
}

const GATEWAY: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: NAMESPACE },
  spec: { gatewayClassName: 'sandbox', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
};

function route(apiVersion: string, kind: string, spec: unknown, metadata: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name: 'web', namespace: NAMESPACE, ...metadata }, spec };
}

function routed(router: RoutedName, object: KubeObject, ground: readonly KubeObject[] = []): Routed {
  const { apiVersion, kind } = object;
  return { router, kind: { apiVersion, kind }, route: object, ground: [...crdsOf(router), ...ground] };
}

export const HTTP_ROUTE = routed(
  'gateway-api',
  route('gateway.networking.k8s.io/v1', 'HTTPRoute', {
    parentRefs: [{ name: 'edge' }],
    hostnames: ['web.example'],
    rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
  }),
  [GATEWAY],
);

export const GRPC_ROUTE = routed(
  'gateway-api',
  route('gateway.networking.k8s.io/v1', 'GRPCRoute', {
    parentRefs: [{ name: 'edge' }],
    rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
  }),
  [GATEWAY],
);

export const VIRTUAL_SERVICE = routed(
  'istio',
  route('networking.istio.io/v1', 'VirtualService', {
    hosts: ['web'],
    http: [{ route: [{ destination: { host: 'web' } }], retries: { attempts: 3 } }],
  }),
);

/** The user's routes name a subset, to which a DestinationRule gives a policy. */
export const SUBSETS = routed(
  'istio',
  route('networking.istio.io/v1', 'VirtualService', {
    hosts: ['web'],
    http: [{ name: 'all', route: [{ destination: { host: 'web.default.svc.cluster.local', subset: 'all' } }] }],
  }),
  [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: {
        host: 'web.default.svc.cluster.local',
        trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
        subsets: [{ name: 'all', labels: { app: 'web' } }],
      },
    },
  ],
);

export const INGRESS = routed(
  'nginx',
  route('networking.k8s.io/v1', 'Ingress', {
    ingressClassName: 'nginx',
    rules: [
      {
        host: 'web.example',
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
        },
      },
    ],
  }),
);

/** The same route, and what belongs to it, by another name and to the Service of that name. */
export function renamed({ route: object, ground, ...more }: Routed, name: string): Routed {
  const again = <T>(one: T): T => JSON.parse(JSON.stringify(one).replace(/"web(?=[".-])/g, `"${name}`)) as T;
  const isCrd = ({ kind }: KubeObject): boolean => kind === 'CustomResourceDefinition';
  return { ...more, route: again(object), ground: ground.map(one => (isCrd(one) ? one : again(one))) };
}

export const ALL_ROUTED: readonly (readonly [string, Routed])[] = [
  ['HTTPRoute', HTTP_ROUTE],
  ['GRPCRoute', GRPC_ROUTE],
  ['VirtualService', VIRTUAL_SERVICE],
  ['VirtualService with subsets', SUBSETS],
  ['Ingress of nginx', INGRESS],
];
