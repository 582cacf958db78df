import type { CheckConfig } from '../../src/config/check-config.ts';
import type { ConfigStep } from '../../src/config/release-config.ts';
import { settledSteps } from '../../src/config/steps.ts';
import type { KubeObject } from '../../src/kube.ts';
import { inOrder } from '../../src/manifests/order.ts';
import type { CommandRequest } from '../../src/release/commands.ts';
import { type DeployRequest, deploy } from '../../src/release/deploy.ts';
import type { ReleaseDeps } from '../../src/release/deps.ts';
import type { Outcome, TimedEvent } from '../../src/release/events.ts';
import type { InProcess, InProcessOptions } from '../../src/sandbox/in-process.ts';
import { type Harness, webDeployment, webService } from '../sandbox/harness.ts';

const noFetch: typeof fetch = () => Promise.reject(new Error('nothing is outside here'));

export const NAMESPACE = 'default';
export const HOUR_MS = 3_600_000;
/** Longer than any release of these tests, in virtual time. */
export const LIMIT_MS = 24 * HOUR_MS;

export const PODS: CheckConfig = {
  kind: 'pods',
  name: 'pods',
  intervalMs: 10_000,
  count: undefined,
  initialDelayMs: 0,
  failureLimit: 0,
  errorLimit: 4,
  noData: 'inconclusive',
  dryRun: false,
};

export type Wish = Partial<Omit<DeployRequest, 'groups'>>;

/** One run of the product in the process: what it did, and how it ended. */
export interface Run {
  process: InProcess;
  events: TimedEvent[];
  deps: ReleaseDeps;
  holder: string;
  listeners: Set<(event: TimedEvent) => void>;
  /** Cancels it, as SIGINT does. */
  cancel(): void;
}

let runs = 0;

export function openRun(h: Harness, options: InProcessOptions = {}): Run {
  runs += 1;
  const holder = `https://github.example/runs/${runs}#${runs}`;
  const process = h.open(options);
  const events: TimedEvent[] = [];
  const listeners = new Set<(event: TimedEvent) => void>();
  const stop = new AbortController();
  const halt = new AbortController();
  const deps: ReleaseDeps = {
    cluster: process.cluster,
    clock: process.clock,
    signal: stop.signal,
    halt: halt.signal,
    emit: event => {
      const timed = { ...event, at: h.clock.now() };
      events.push(timed);
      for (const hear of listeners) hear(timed);
    },
    outside: { fetch: noFetch, credential: () => undefined, env: {} },
    conceal: () => undefined,
    redact: text => text,
  };
  return {
    process,
    events,
    deps,
    holder,
    listeners,
    cancel() {
      const reason = new Error('cancelled');
      stop.abort(reason);
      halt.abort(reason);
    },
  };
}

export function deployRequest(run: Run, objects: readonly KubeObject[], wish: Wish = {}): DeployRequest {
  const strategy = wish.strategy ?? 'canary';
  return {
    release: 'shop',
    namespace: NAMESPACE,
    groups: inOrder(objects),
    locate: () => ({}),
    force: true,
    prune: true,
    waitFor: 'all',
    onFailure: 'rollback',
    createNamespace: false,
    concurrency: 'wait',
    timeoutMs: 120_000,
    origin: { runUrl: run.holder.split('#')[0] as string },
    holder: run.holder,
    traffic: 'auto',
    service: undefined,
    rules: undefined,
    settleMs: 1_000,
    drainMs: 2_000,
    maxRunMs: 10 * HOUR_MS,
    onDrift: 'correct',
    checks: [PODS],
    ...wish,
    strategy,
    steps: strategy === 'rolling' ? [] : settledSteps(strategy, wish.steps, 10_000),
  };
}

/** Deploys with a run of its own; the answer comes when it has ended. */
export function deployNow(h: Harness, objects: readonly KubeObject[], wish: Wish = {}): Promise<Outcome> {
  const run = openRun(h);
  return h.run(deploy(run.deps, deployRequest(run, objects, wish)), LIMIT_MS);
}

export function commandRequest(run: Run, more: Partial<CommandRequest> = {}): CommandRequest {
  return {
    release: 'shop',
    namespace: NAMESPACE,
    holder: run.holder,
    concurrency: 'wait',
    timeoutMs: 120_000,
    maxRunMs: 10 * HOUR_MS,
    by: 'ada',
    ...more,
  };
}

export const weight = (percent: number): ConfigStep => ({ kind: 'weight', weight: percent });
export const hold = (ms: number): ConfigStep => ({ kind: 'hold', ms });
export const approve: ConfigStep = { kind: 'approve' };

export function configMap(value: string, name = 'conf'): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: NAMESPACE }, data: { value } };
}

export interface AppOptions {
  image?: string;
  replicas?: number | undefined;
  config?: string;
  annotations?: Record<string, string>;
  /** Of the Deployment's spec. */
  spec?: Record<string, unknown>;
  name?: string;
}

/** A Deployment that reads a ConfigMap, its Service and the ConfigMap. */
export function app(options: AppOptions = {}): KubeObject[] {
  const { image = 'web:1', config = '1', annotations, spec = {}, name = 'web' } = options;
  const web = webDeployment({ image, ...(annotations ? { annotations } : {}) });
  const { replicas: _replicas, template, ...rest } = web.spec as Record<string, unknown> & { template: Template };
  const size = 'replicas' in options ? options.replicas : 2;
  const [container] = template.spec.containers;
  const labels = { ...template.metadata.labels, app: name };
  const deployment: KubeObject = {
    ...web,
    metadata: { name, namespace: NAMESPACE },
    spec: {
      ...rest,
      ...(size === undefined ? {} : { replicas: size }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { ...template.metadata, labels },
        spec: { containers: [{ ...container, envFrom: [{ configMapRef: { name: 'conf' } }] }] },
      },
      ...spec,
    },
  };
  return [configMap(config), webService(name, { app: name }), deployment];
}

interface Template {
  metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
  spec: { containers: Record<string, unknown>[] };
}
