import type { KubeObject } from '../../src/kube.ts';
import { type InProcess, type InProcessOptions, inProcessCluster } from '../../src/sandbox/in-process.ts';
import { type LawMonitor, type LawOptions, watchLaws } from '../../src/sandbox/laws/monitor.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { seeded } from '../../src/sandbox/seeded.ts';
import { startTraffic, type Traffic, type TrafficOptions } from '../../src/sandbox/traffic/traffic.ts';
import type { Api } from '../../src/sandbox/types.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { runVirtual } from '../../src/sandbox/virtual-run.ts';

export const HARNESS_START = Date.UTC(2026, 10, 23, 12);
const BY_HAND = { manager: 'kubectl' };
/** Enough for pods of the default behaviour to be ready endpoints; those that take longer need `readyMs`. */
const READY_MS = 2000;
/** Until the kinds of a CustomResourceDefinition are served. */
const SERVED_MS = 1000;

export interface HarnessOptions {
  /** Seed of names, uids, jitter and traffic. */
  seed?: number;
  /** Of the stable Deployment `web`. */
  replicas?: number;
  image?: string;
  /** On its pods: how the kubelet is to run them. */
  annotations?: Record<string, string>;
  /** On its pods, beside `app: web`: the track label for a workload that was adopted before. */
  labels?: Record<string, string>;
  /** What is created beside it, or in its place where it has its name. */
  objects?: readonly KubeObject[];
  readyMs?: number;
  traffic?: TrafficOptions | false;
  laws?: LawOptions;
}

/** A cluster in this process in which `web` was deployed by hand and serves, with requests and the monitor of the laws. */
export interface Harness {
  clock: VirtualClock;
  sandbox: Sandbox;
  api: Api;
  laws: LawMonitor;
  /** Absent where none was asked for. */
  traffic: Traffic | undefined;
  /** One run of the product: a client that may die. Each has a name of its own, by which the monitor tells them apart. */
  open(options?: InProcessOptions): InProcess;
  /** Drives the clock until the promise is settled. */
  run<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  stop(): void;
}

export function harness(options: HarnessOptions = {}): Harness {
  const { seed = 1, objects = [] } = options;
  const clock = virtualClock(HARNESS_START);
  const sandbox = createSandbox({ clock, random: seeded(seed) });
  const { api, core, metrics } = sandbox;
  const given = new Set(objects.map(keyOf));
  const definitions = objects.filter(isDefinition);
  for (const definition of definitions) api.create(definition, BY_HAND);
  if (definitions.length > 0) clock.advance(SERVED_MS);
  for (const object of [webDeployment(options), webService()])
    if (!given.has(keyOf(object))) api.create(object, BY_HAND);
  for (const object of objects.filter(one => !isDefinition(one))) api.create(object, BY_HAND);
  clock.advance(options.readyMs ?? READY_MS);
  const laws = watchLaws(core, options.laws);
  const traffic =
    options.traffic === false
      ? undefined
      : startTraffic(api, { random: seeded(seed + 1), metrics, ...options.traffic });
  let opened = 0;
  return {
    clock,
    sandbox,
    api,
    laws,
    traffic,
    open(more = {}) {
      opened += 1;
      return inProcessCluster(sandbox, { client: `sluice-${opened}`, random: seeded(seed + 1 + opened), ...more });
    },
    run: (promise, limitMs) => runVirtual(clock, promise, limitMs === undefined ? {} : { limitMs }),
    stop() {
      traffic?.stop();
      laws.stop();
      sandbox.stop();
    },
  };
}

function isDefinition({ kind }: KubeObject): boolean {
  return kind === 'CustomResourceDefinition';
}

function keyOf({ kind, metadata }: KubeObject): string {
  return `${kind}/${metadata.name}`;
}

/** The manifest of `web`, as a user would write it. */
export function webDeployment({
  replicas = 3,
  image = 'web:1',
  annotations,
  labels,
}: Pick<HarnessOptions, 'replicas' | 'image' | 'annotations' | 'labels'> = {}): KubeObject {
  const readinessProbe = { httpGet: { path: '/', port: 80 } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web', ...labels }, ...(annotations ? { annotations } : {}) },
        spec: { containers: [{ name: 'web', image, ports: [{ containerPort: 80 }], readinessProbe }] },
      },
    },
  };
}

export function webService(name = 'web', selector: Record<string, string> = { app: 'web' }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector, ports: [{ port: 80 }] },
  };
}
