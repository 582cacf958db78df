import type { CheckContext, ReleaseFacts } from '../../src/checks/check.ts';
import { systemClock } from '../../src/clock.ts';
import type { CheckSettings, PrometheusPlace } from '../../src/config/check-config.ts';
import { fakeCluster } from '../health/fake-cluster.ts';
import { handView, PAIR, workload } from '../traffic/hand-view.ts';

/** As every check has them where nothing is said. */
export const SETTINGS: CheckSettings = {
  intervalMs: 10_000,
  count: undefined,
  initialDelayMs: 0,
  failureLimit: 0,
  errorLimit: 4,
  noData: 'inconclusive',
  dryRun: false,
};

/** A Prometheus that is nowhere, with nothing else said of it. */
export const PLACE: PrometheusPlace = {
  url: 'http://prometheus.example',
  service: undefined,
  port: undefined,
  scheme: undefined,
  path: undefined,
  source: undefined,
  labels: undefined,
  metrics: undefined,
  auth: undefined,
  headers: undefined,
  timeoutMs: 10_000,
};

export const FACTS: ReleaseFacts = {
  release: 'shop',
  namespace: 'shop',
  revision: 7,
  startedAt: Date.parse('2026-11-01T00:00:00Z'),
  commit: '1111111111111111111111111111111111111111',
  weight: 10,
  router: 'gateway-api',
};

/** What a check is given, for one pair whose new version has no pods unless a view says otherwise. */
export function checkContext(given: Partial<CheckContext> = {}): CheckContext {
  return {
    view: handView(workload(PAIR.stable, { app: 'web' }, { replicas: 2 })),
    pairs: [PAIR],
    clock: systemClock,
    facts: FACTS,
    cluster: fakeCluster(),
    outside: { fetch, credential: () => undefined, env: {} },
    redact: text => text,
    memory: new Map(),
    ...given,
  };
}
