import type { KubeObject } from '../../../src/kube.ts';
import { handle } from '../../../src/sandbox/server/http/handler.ts';
import type { Answer } from '../../../src/sandbox/server/http/message.ts';
import type { TrafficOptions } from '../../../src/sandbox/traffic/traffic.ts';
import { type Harness, harness, webDeployment, webService } from '../harness.ts';

/** Where the API server's proxy has what serves Prometheus. */
export const PROMETHEUS = '/api/v1/namespaces/monitoring/services/prometheus:9090/proxy';

/** As the demo applies them. */
export const MONITORING: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'prometheus', namespace: 'monitoring' },
    spec: {
      selector: { matchLabels: { app: 'prometheus' } },
      template: {
        metadata: {
          labels: { app: 'prometheus' },
          annotations: { 'sandbox.sluice.dev/serves': 'prometheus' },
        },
        spec: { containers: [{ name: 'prometheus', image: 'prom/prometheus:v2', ports: [{ containerPort: 9090 }] }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'prometheus', namespace: 'monitoring' },
    spec: { selector: { app: 'prometheus' }, ports: [{ port: 9090 }] },
  },
];

const PREFIX = 'nginx.ingress.kubernetes.io/';

function ingress(name: string, service: string, annotations: Record<string, string> = {}): KubeObject {
  const backend = { service: { name: service, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'default', annotations },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host: 'shop.example', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

/** A version of `web` of its own, behind a Service of its own. */
export function version(name: string, track: string, annotations: Record<string, string> = {}): KubeObject[] {
  const labels = { 'sluice.dev/track': track };
  const deployment = webDeployment({ replicas: 2, labels, annotations });
  const selector = { app: 'web', ...labels };
  const spec = { ...(deployment.spec as object), selector: { matchLabels: selector } };
  return [{ ...deployment, metadata: { name, namespace: 'default' }, spec }, webService(name, selector)];
}

export interface ShopOptions {
  /** Of the canary's pods. */
  canary?: Record<string, string>;
  traffic?: TrafficOptions;
  objects?: readonly KubeObject[];
}

/** `web` and `web-canary` behind an Ingress that gives the canary a fifth, with requests by it and to both Services. */
export function shop({ canary = {}, traffic = {}, objects = MONITORING }: ShopOptions = {}): Harness {
  return harness({
    objects: [
      ...version('web', 'stable'),
      ...version('web-canary', 'canary', canary),
      ingress('web', 'web'),
      ingress('web-canary', 'web-canary', { [`${PREFIX}canary`]: 'true', [`${PREFIX}canary-weight`]: '20' }),
      ...objects,
    ],
    traffic: { namespace: 'default', ...traffic },
  });
}

/** A request to the API server, by the administrator. */
export function ask(
  { sandbox }: Harness,
  path: string,
  given: Record<string, string> = {},
  method: 'GET' | 'POST' = 'GET',
): Answer {
  const form = new URLSearchParams(given);
  return handle(sandbox.core, {
    method,
    path,
    query: method === 'GET' ? form : new URLSearchParams(),
    headers: method === 'GET' ? {} : { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(method === 'GET' ? '' : form.toString()),
    closed: new AbortController().signal,
  });
}
