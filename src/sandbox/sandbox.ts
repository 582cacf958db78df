import { type Clock, systemClock } from '../clock.ts';
import { startCleanup, startControllers } from './controllers/start.ts';
import { DEFAULT_NODES, type NodeOptions, registerNodes } from './kubelet/node.ts';
import { podHttp } from './kubelet/pod-http.ts';
import { createPodLogStore } from './kubelet/pod-logs.ts';
import { type MetricsBook, openMetricsBook } from './metrics/book.ts';
import { runPrometheusPods } from './metrics/prometheus-pods.ts';
import { seeded } from './seeded.ts';
import { createApi } from './server/api.ts';
import type { Core, User, Write } from './server/core.ts';
import { createFaults, type Faults } from './server/faults.ts';
import { usedOf } from './server/quota.ts';
import { createRegistry } from './server/registry.ts';
import { keepCrds } from './server/upkeep/crds.ts';
import { keepNamespaceContent, keepQuotas } from './server/upkeep/namespace-content.ts';
import { keepNamespaces } from './server/upkeep/namespaces.ts';
import { seedCluster } from './server/upkeep/seed.ts';
import { createStore } from './store/store.ts';
import type { Api } from './types.ts';

export interface SandboxOptions {
  clock?: Clock;
  /** Whether Deployments roll, pods run and so on; what keeps the API tidy (Namespaces, quotas, CRDs, garbage) always works. */
  controllers?: 'on' | 'off';
  /** Source of uids and generated names; pass a seeded one to get the same run again. */
  random?: () => number;
  nodes?: readonly NodeOptions[];
  /** PEM text that kube-root-ca.crt shows. */
  rootCertificate?: string;
}

export interface Sandbox {
  api: Api;
  core: Core;
  faults: Faults;
  /** Of the traffic that is told to count there; what pods that serve Prometheus scrape. */
  metrics: MetricsBook;
  /** Stops what runs by itself; the state stays readable. */
  stop(): void;
}

/** A Kubernetes API in this process, with what a fresh cluster holds. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const clock = options.clock ?? systemClock;
  const core: Core = {
    clock,
    store: createStore(),
    registry: createRegistry(),
    random: options.random ?? Math.random,
    onWrite: new Set<(write: Write) => void>(),
    tokens: new Map<string, User>(),
    logs: createPodLogStore(clock),
  };
  const api = createApi(core);
  const metrics = openMetricsBook(api);
  const prometheus = runPrometheusPods(api, metrics);
  // With numbers of its own: what pods answer changes no names of objects.
  core.proxy = podHttp(api, seeded(5), prometheus.serve);
  const stops = [
    prometheus.stop,
    keepCrds(core),
    keepNamespaces(core),
    keepNamespaceContent(core, { rootCertificate: options.rootCertificate ?? '' }),
    keepQuotas(core, quota => usedOf(core, quota)),
  ];
  seedCluster(api);
  registerNodes(api, options.nodes ?? DEFAULT_NODES);
  stops.push(startCleanup(api));
  if ((options.controllers ?? 'on') === 'on') stops.push(startControllers(api, { logs: core.logs }));
  return {
    api,
    core,
    faults: createFaults(clock),
    metrics,
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}
