import { gzipSync } from 'node:zlib';
import type { KubeObject, ObjectRef } from '../../../src/kube.ts';
import type { Pair, Plan, RouterName, Step } from '../../../src/release/plan.ts';
import { type LawMonitor, watchLaws } from '../../../src/sandbox/laws/monitor.ts';
import { createSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import { seeded } from '../../../src/sandbox/seeded.ts';
import { handle } from '../../../src/sandbox/server/http/handler.ts';
import { type VirtualClock, virtualClock } from '../../../src/sandbox/virtual-clock.ts';

export const SIZE = 3;
export const SETTLE_MS = 5000;
export const DRAIN_MS = 30_000;
const TRACK = 'sluice.dev/track';
const NAMESPACE = 'default';
const PATHS: Readonly<Record<string, string>> = {
  Deployment: '/apis/apps/v1/namespaces/default/deployments',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
  Lease: '/apis/coordination.k8s.io/v1/namespaces/default/leases',
  Service: '/api/v1/namespaces/default/services',
  ConfigMap: '/api/v1/namespaces/default/configmaps',
  Secret: '/api/v1/namespaces/default/secrets',
  HTTPRoute: '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes',
  GRPCRoute: '/apis/gateway.networking.k8s.io/v1/namespaces/default/grpcroutes',
  VirtualService: '/apis/networking.istio.io/v1/namespaces/default/virtualservices',
  DestinationRule: '/apis/networking.istio.io/v1/namespaces/default/destinationrules',
  Ingress: '/apis/networking.k8s.io/v1/namespaces/default/ingresses',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
};

export interface Writer {
  /** User-Agent. */
  client?: string;
  manager?: string;
  /** Before anything else of this script was written. */
  isLate?: boolean;
}

export const US: Writer = { client: 'sluice-a', manager: 'sluice' };
export const BORROWING: Writer = { client: 'sluice-a', manager: 'sluice-release' };
export const USER: Writer = { client: 'kubectl', manager: 'kubectl' };

/** Writes of a release, made by hand one after another under the eyes of the monitor. */
export interface Script {
  clock: VirtualClock;
  sandbox: Sandbox;
  laws: LawMonitor;
  create(object: KubeObject, by?: Writer): void;
  /** A merge patch. The name of an object in another namespace has it before a slash. */
  edit(kind: string, name: string, patch: object, by?: Writer): void;
  remove(kind: string, name: string, by?: Writer): void;
  /** Writes the record anew. */
  record(change: Partial<State>): void;
  /** Points a Service at a track, or at all. */
  point(service: string, track: string | null, by?: Writer): void;
  size(deployment: string, replicas: number, by?: Writer): void;
  pass(milliseconds: number): void;
  /** Numbers of the laws that were broken so far, each once. */
  broken(): number[];
}

interface State {
  status: string;
  cursor: number;
  back: { steps: readonly Step[]; cursor: number };
}

/** Of one object, or of all of its kind. */
function pathOf(kind: string, namespace: string | undefined, name?: string): string {
  const collection = (PATHS[kind] ?? '').replace(/\/default\//, `/${namespace ?? NAMESPACE}/`);
  return name === undefined ? collection : `${collection}/${name}`;
}

function pathOfNamed(kind: string, text: string): string {
  const [name = '', namespace] = text.split('/').reverse();
  return pathOf(kind, namespace, name);
}

const ref = (kind: string, name: string): ObjectRef => ({
  apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  name,
  namespace: NAMESPACE,
});

export const WEB = ref('Deployment', 'web');
export const TWIN = ref('Deployment', 'web-canary');
/** Of the plans here: the step that changes stable, and the last. */
export const PROMOTION = 3;
export const END = 8;

export function planOf(router: RouterName): Plan {
  const own = router === 'service' ? { ownStable: ref('Service', 'web-stable') } : {};
  const pair: Pair = {
    stable: WEB,
    twin: TWIN,
    size: SIZE,
    surge: 1,
    service: { stable: ref('Service', 'web'), twin: ref('Service', 'web-canary'), ...own },
  };
  const made = [ref('ConfigMap', 'web-config-1'), ref('Service', 'web-canary')];
  const pins = router === 'pods' ? [] : [ref('Service', 'web'), ref('Service', 'internal')];
  return {
    strategy: 'canary',
    traffic: { router, track: 'canary', settleMs: SETTLE_MS, drainMs: DRAIN_MS, pairs: [pair], pins, floors: [] },
    steps: [
      { do: 'guard', name: 'guard', floors: [], pins },
      { do: 'prepare', name: 'prepare', objects: made },
      { do: 'shift', name: 'shift', weight: 100 },
      { do: 'apply', name: 'promote', objects: [WEB], promotion: true },
      { do: 'await-health', name: 'wait', objects: [WEB] },
      { do: 'shift', name: 'back', weight: 0 },
      { do: 'drain', name: 'drain', ms: DRAIN_MS },
      { do: 'remove', name: 'remove', twins: [TWIN], objects: made },
    ],
  };
}

export function deployment(name: string, track: string, replicas: number, annotations?: Record<string, string>) {
  const labels = { app: 'web', [TRACK]: track };
  const container = { name: 'web', image: 'web:1', ports: [{ containerPort: 80 }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: NAMESPACE, ...(track === 'stable' ? {} : { labels: { [TRACK]: track } }) },
    spec: {
      replicas,
      selector: { matchLabels: track === 'stable' ? { app: 'web' } : labels },
      template: {
        metadata: { labels, ...(annotations ? { annotations } : {}) },
        spec: { containers: [{ ...container, readinessProbe: { httpGet: { path: '/', port: 80 } } }] },
      },
    },
  };
}

export function service(name: string, track?: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE, ...(track ? { labels: { [TRACK]: 'canary' } } : {}) },
    spec: { selector: { app: 'web', ...(track ? { [TRACK]: track } : {}) }, ports: [{ port: 80 }] },
  };
}

export function configMap(name: string, track?: string): KubeObject {
  const labels = track ? { labels: { [TRACK]: track } } : {};
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE, ...labels }, data: { a: '1' } };
}

export function lease(holder: string): KubeObject {
  const spec = { holderIdentity: holder, leaseDurationSeconds: 15 };
  const metadata = { name: 'sluice.shop', namespace: NAMESPACE };
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
}

export interface Options {
  replicas?: number;
  /** What users have besides. */
  objects?: readonly KubeObject[];
  crds?: readonly KubeObject[];
  plan?: Plan;
  /** What the record says is released; absent: the workload alone. */
  manifests?: readonly KubeObject[];
}

/** A stable web of three ready pods behind the Services `web` and `internal`, a lock, and a record that has just been written. */
export function begin(router: RouterName, options: Options = {}): Script {
  const clock = virtualClock(Date.UTC(2026, 10, 23, 12));
  const sandbox = createSandbox({ clock, random: seeded(1) });
  const laws = watchLaws(sandbox.core);
  const state: State = { status: 'in-progress', cursor: 0 } as State;
  const plan = options.plan ?? planOf(router);
  const manifests = options.manifests ?? [deployment('web', 'stable', SIZE)];

  function send(by: Writer, method: string, path: string, body: unknown, type: string): void {
    const answer = handle(sandbox.core, {
      method,
      path,
      query: new URLSearchParams(method === 'DELETE' ? {} : { fieldManager: by.manager ?? '' }),
      headers: { 'content-type': type, 'user-agent': by.client },
      body: Buffer.from(JSON.stringify(body)),
      closed: new AbortController().signal,
      ...(by.isLate ? { sent: { at: clock.now() - 5000, version: 1 } } : {}),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  }

  const script: Script = {
    clock,
    sandbox,
    laws,
    create: (object, by = US) =>
      send(by, 'POST', pathOf(object.kind, object.metadata.namespace), object, 'application/json'),
    edit: (kind, name, patch, by = US) =>
      send(by, 'PATCH', pathOfNamed(kind, name), patch, 'application/merge-patch+json'),
    remove: (kind, name, by = US) => send(by, 'DELETE', pathOfNamed(kind, name), {}, 'application/json'),
    record(change) {
      Object.assign(state, change);
      const text = { ...state, release: 'shop', namespace: NAMESPACE, revision: 2, plan };
      const pack = (value: unknown): string => gzipSync(JSON.stringify(value)).toString('base64');
      const data = { state: pack(text), objects: pack({ objects: manifests }) };
      if (sandbox.api.get('Secret', NAMESPACE, 'sluice.shop.2')) {
        script.edit('Secret', 'sluice.shop.2', { data });
        return;
      }
      const metadata = { name: 'sluice.shop.2', namespace: NAMESPACE, labels: { 'sluice.dev/record': 'shop' } };
      script.create({ apiVersion: 'v1', kind: 'Secret', metadata, type: 'sluice.dev/release.v1', data });
    },
    point: (name, track, by = BORROWING) =>
      script.edit('Service', name, { spec: { selector: { [TRACK]: track } } }, by),
    size: (name, replicas, by = name === 'web' ? BORROWING : US) =>
      script.edit('Deployment', name, { spec: { replicas } }, by),
    pass: milliseconds => clock.advance(milliseconds),
    broken: () => [...new Set(laws.violations.map(({ law }) => law))].sort((a, b) => a - b),
  };

  for (const crd of options.crds ?? []) script.create(crd, USER);
  if (options.crds) script.pass(1000);
  script.create(deployment('web', 'stable', options.replicas ?? SIZE), USER);
  for (const name of ['web', 'internal']) script.create(service(name), USER);
  script.create(configMap('settings'), USER);
  for (const object of options.objects ?? []) script.create(object, USER);
  script.pass(3000);
  script.create(lease('run-a'));
  script.record({});
  return script;
}

/** Router service: pins, what the twin needs, and a twin of this size that is ready and has no traffic yet. */
export function startRouted(script: Script, replicas = SIZE): void {
  for (const name of ['web', 'internal']) script.point(name, 'stable');
  script.record({ cursor: 1 });
  script.create(configMap('web-config-1', 'canary'));
  script.create(service('web-canary', 'canary'));
  script.create(service('web-stable', 'stable'));
  script.create(deployment('web-canary', 'canary', 0));
  script.size('web-canary', replicas);
  script.record({ cursor: 2 });
  script.pass(3000);
}

/** Router pods: two of the three pods are of the new version, and ready. */
export function startSplit(script: Script): void {
  script.record({ cursor: 1 });
  script.create(configMap('web-config-1', 'canary'));
  script.create(service('web-canary', 'canary'));
  script.create(deployment('web-canary', 'canary', 0));
  script.record({ cursor: 2 });
  for (const twin of [1, 2]) {
    script.size('web-canary', twin);
    script.pass(3000);
    script.size('web', SIZE - twin);
    script.pass(3000);
  }
}
