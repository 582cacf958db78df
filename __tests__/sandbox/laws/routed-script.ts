import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type KubeObject, refOf } from '../../../src/kube.ts';
import type { Plan, RouterName, Step } from '../../../src/release/plan.ts';
import {
  BORROWING,
  begin,
  type Options,
  planOf,
  type Script,
  SETTLE_MS,
  SIZE,
  startRouted,
  US,
  type Writer,
} from './script.ts';

/** Served by the sandbox where a test needs them. */
const CRDS: Readonly<Record<string, readonly string[]>> = {
  'gateway-api': ['gateway-api-httproutes', 'gateway-api-grpcroutes'],
  istio: ['istio-virtualservices', 'istio-destinationrules'],
};
const parsed = new Map<string, KubeObject>();

/** What takes time and judges nothing that these tests write: rules in CEL, and what is said to people. */
const LEFT_OUT = ['x-kubernetes-validations', 'description'];

/** Of its versions the first alone. */
function crd(name: string): KubeObject {
  const known = parsed.get(name);
  if (known) return known;
  const text = readFileSync(new URL(`../../../../shared/crds/${name}.yaml`, import.meta.url), 'utf8');
  const reviver = (key: unknown, value: unknown): unknown =>
    LEFT_OUT.includes(key as string) && !isSchema(value) ? undefined : value;
  const read = parse(text, reviver) as KubeObject<{ versions: object[] }>;
  read.spec?.versions.splice(1);
  parsed.set(name, read);
  return read;
}

/** A property may be called so, too. */
function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** How one router's objects look at each moment of a release. */
export interface Lab {
  router: RouterName;
  /** The user's. */
  route: KubeObject;
  /** As messages name the first place where requests are split, and the object that does it. */
  place: string;
  sender: string;
  /** Gives the twin this share of the requests, and those that match where that is asked. */
  weigh(script: Script, weight: number, options?: { match?: boolean; by?: Writer }): void;
  /** What the release gives back, or deletes. */
  unroute(script: Script): void;
}

/** Of the plans here: the step that changes stable, and the last. */
export const PROMOTION = 3;
export const END = 9;

export function planFor({ router, route }: Pick<Lab, 'router' | 'route'>, rules?: readonly string[]): Plan {
  const { traffic, steps, ...plan } = planOf(router);
  if (!traffic) throw new Error('no traffic is moved');
  const routes = [refOf(route)];
  const unroute = { do: 'unroute', name: 'unroute', routes } as const;
  return {
    ...plan,
    traffic: { ...traffic, routes, ...(rules ? { rules } : {}) },
    steps: [...steps.slice(0, -1), unroute, ...steps.slice(-1).map(step => withMade(step, router))],
  };
}

/** What the release makes for its router is removed with the rest, though an Ingress is gone before. */
function withMade(step: Step, router: RouterName): Step {
  const made = { istio: [destinationRule('web-canary')], nginx: [ingress('web-canary', 'web-canary')] };
  const own = router === 'istio' || router === 'nginx' ? made[router].map(refOf) : [];
  return step.do === 'remove' ? { ...step, objects: [...step.objects, ...own] } : step;
}

export function beginRouted(lab: Lab, options: Options = {}): Script {
  return begin(lab.router, {
    plan: planFor(lab),
    ...options,
    crds: (CRDS[lab.router] ?? []).map(crd),
    objects: [lab.route, ...(options.objects ?? [])],
  });
}

/** The twin is at this weight, and settled. */
export function shifted(lab: Lab, weight = 100): Script {
  const script = started(lab);
  if (lab.router === 'istio') script.create(destinationRule('web-canary', 'canary'));
  lab.weigh(script, weight);
  script.pass(SETTLE_MS);
  return script;
}

/** The user's Services are pinned, and a twin of this size is ready that no request reaches yet. */
export function started(lab: Lab, replicas = SIZE, options: Options = {}): Script {
  const script = beginRouted(lab, options);
  startRouted(script, replicas);
  return script;
}

export const messages = (script: Script): string[] =>
  script.laws.violations.map(({ law, message }) => `${law}: ${message}`);

/** Those of one law. */
export const ofLaw = (law: number, script: Script): string[] =>
  messages(script).filter(text => text.startsWith(`${law}: `));

type Rule = Readonly<Record<string, unknown>>;

/** The rules of the HTTPRoute, of which the first sends all to `web`, and the second a part. */
export function httpRules(weight?: number, match = false): Rule[] {
  const own = { name: 'web', port: 80, filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'web' } }] };
  const split = (of: number): Rule[] =>
    weight === undefined
      ? []
      : [
          { ...own, weight: of - Math.round((of * weight) / 100) },
          { ...own, name: 'web-canary', weight: Math.round((of * weight) / 100) },
        ];
  const api = { path: { type: 'PathPrefix', value: '/api' } };
  const headers = [{ name: 'x-canary', value: 'yes' }];
  return [
    ...(match ? [{ matches: [{ ...api, headers }], backendRefs: [{ ...own, name: 'web-canary' }] }] : []),
    { name: 'api', matches: [api], backendRefs: weight === undefined ? [own] : split(100) },
    {
      name: 'rest',
      backendRefs: [
        ...(weight === undefined ? [{ ...own, weight: 80 }] : split(80)),
        { name: 'other', port: 80, weight: 20 },
      ],
    },
  ];
}

const HTTP_ROUTE: KubeObject = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'default' },
  spec: { parentRefs: [{ name: 'public' }], rules: httpRules() },
};

export const GATEWAY_API: Lab = {
  router: 'gateway-api',
  place: 'HTTPRoute default/web spec.rules[0]',
  sender: 'HTTPRoute default/web',
  route: HTTP_ROUTE,
  weigh: (script, weight, { match, by = BORROWING } = {}) =>
    script.edit('HTTPRoute', 'web', { spec: { rules: httpRules(weight, match) } }, by),
  unroute: script => script.edit('HTTPRoute', 'web', { spec: { rules: httpRules() } }, US),
};

/** The routes of the VirtualService: one sends all to `web`, one a part. */
export function virtualRoutes(weight?: number, match = false): { http: Rule[]; tcp: Rule[] } {
  const to = (host: string): Rule => ({ destination: { host, subset: 'all' } });
  const split = (of: number): Rule[] => [
    { ...to('web'), weight: of - Math.round((of * (weight ?? 0)) / 100) },
    { ...to('web-canary'), weight: Math.round((of * (weight ?? 0)) / 100) },
  ];
  const uri = { prefix: '/api' };
  const headers = { 'x-canary': { exact: 'yes' } };
  return {
    http: [
      ...(match ? [{ match: [{ uri, headers }], route: [to('web-canary')], timeout: '2s' }] : []),
      { match: [{ uri }], route: weight === undefined ? [to('web')] : split(100), timeout: '2s' },
      {
        name: 'rest',
        route: [
          ...(weight === undefined ? [{ ...to('web'), weight: 80 }] : split(80)),
          { destination: { host: 'other' }, weight: 20 },
        ],
      },
    ],
    tcp: [{ match: [{ port: 9000 }], route: weight === undefined ? [to('web')] : split(100) }],
  };
}

export function destinationRule(host: string, track?: string): KubeObject {
  const labels = track ? { labels: { 'sluice.dev/track': track } } : {};
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: host, namespace: 'default', ...labels },
    spec: { host: `${host}.default.svc.cluster.local`, subsets: [{ name: 'all', labels: { app: 'web' } }] },
  };
}

export const ISTIO: Lab = {
  router: 'istio',
  place: 'VirtualService default/web spec.http[0]',
  sender: 'VirtualService default/web',
  route: {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'web', namespace: 'default' },
    spec: { hosts: ['web.example.com'], ...virtualRoutes() },
  },
  weigh: (script, weight, { match, by = BORROWING } = {}) =>
    script.edit('VirtualService', 'web', { spec: virtualRoutes(weight, match) }, by),
  unroute: script => script.edit('VirtualService', 'web', { spec: virtualRoutes() }, US),
};

const NGINX_PREFIX = 'nginx.ingress.kubernetes.io';

export function ingress(name: string, service: string, annotations: Record<string, string> = {}): KubeObject {
  const labels = service === 'web' ? {} : { labels: { 'sluice.dev/track': 'canary' } };
  const full = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`${NGINX_PREFIX}/${key}`, value]));
  const backend = { service: { name: service, port: { number: 80 } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'default', annotations: full, ...labels },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ host: 'a.b', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

export const NGINX: Lab = {
  router: 'nginx',
  place: 'Ingress default/web-canary',
  sender: 'Ingress default/web-canary',
  route: ingress('web', 'web'),
  weigh(script, weight, { match, by = BORROWING } = {}) {
    const annotations = {
      canary: 'true',
      'canary-weight': `${weight}`,
      ...(match ? { 'canary-by-header': 'x-canary' } : {}),
    };
    const wanted = ingress('web-canary', 'web-canary', annotations);
    if (!script.sandbox.api.get('networking.k8s.io/Ingress', 'default', 'web-canary')) script.create(wanted, by);
    else {
      const full = { [`${NGINX_PREFIX}/canary-by-header`]: null, ...wanted.metadata.annotations };
      script.edit('Ingress', 'web-canary', { metadata: { annotations: full } }, by);
    }
  },
  unroute: script => script.remove('Ingress', 'web-canary'),
};

export const LABS: readonly (readonly [RouterName, Lab])[] = [
  ['gateway-api', GATEWAY_API],
  ['istio', ISTIO],
  ['nginx', NGINX],
];
