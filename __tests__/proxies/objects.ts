import type { KubeObject } from '../../src/kube.ts';

export const HOST = 'shop.example';
const PORT = 8080;

export interface WebOptions {
  name?: string;
  version: number;
  replicas?: number;
  /** Of the pods, beside `app: web`. */
  labels?: Record<string, string>;
}

export const imageOf = (version: number): string => `shop/web:v${version}`;

/** Pods as the guides have them: with a readiness probe, and asleep for a second before they end. */
export function deployment({ name = 'web', version, replicas = 2, labels = {} }: WebOptions): KubeObject {
  const own = { app: 'web', ...labels };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: own },
      template: {
        metadata: { labels: own },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: 'web',
              image: imageOf(version),
              ports: [{ containerPort: PORT }],
              readinessProbe: { httpGet: { path: '/ready', port: PORT } },
              lifecycle: { preStop: { sleep: { seconds: 1 } } },
            },
          ],
        },
      },
    },
  };
}

export function service(name = 'web', labels: Record<string, string> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: 'web', ...labels }, ports: [{ port: 80, targetPort: PORT }] },
  };
}

/** What a Service gets of the requests, in percent, by a route of a kind; without a canary all goes to `web`. */
export type RouteOf = (canary?: { service: string; weight: number }) => KubeObject[];

export const httpRoute: RouteOf = canary => [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web' },
    spec: {
      parentRefs: [{ name: 'public' }],
      hostnames: [HOST],
      rules: [
        {
          backendRefs: canary
            ? [
                { name: 'web', port: 80, weight: 100 - canary.weight },
                { name: canary.service, port: 80, weight: canary.weight },
              ]
            : [{ name: 'web', port: 80 }],
        },
      ],
    },
  },
];

export const virtualService: RouteOf = canary => [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web' },
    spec: {
      hosts: [HOST],
      http: [
        {
          route: canary
            ? [
                { destination: { host: 'web' }, weight: 100 - canary.weight },
                { destination: { host: canary.service }, weight: canary.weight },
              ]
            : [{ destination: { host: 'web' } }],
        },
      ],
    },
  },
];

/** The canary is an Ingress of its own. */
export const ingress: RouteOf = canary => [
  ingressTo('web', 'web', {}),
  ...(canary
    ? [
        ingressTo('web-canary', canary.service, {
          'nginx.ingress.kubernetes.io/canary': 'true',
          'nginx.ingress.kubernetes.io/canary-weight': String(canary.weight),
        }),
      ]
    : []),
];

function ingressTo(name: string, target: string, annotations: Record<string, string>): KubeObject {
  const backend = { service: { name: target, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, annotations },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host: HOST, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}
