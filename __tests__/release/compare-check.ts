import type { CompareConfig } from '../../src/config/check-config.ts';
import { PODS, type Wish } from './rig.ts';

/** Asks nobody that is there, and has no say: the baseline itself is what is tried by it. */
export const COMPARE: CompareConfig = {
  ...PODS,
  kind: 'compare',
  name: 'errors',
  dryRun: true,
  of: 'errors',
  alpha: 0.01,
  minEffect: { ratio: 1.2, points: 0 },
  minRequests: 50,
  undecided: 'pass',
  earlyPass: false,
  baseline: true,
  url: 'http://prometheus.example',
  service: undefined,
  port: undefined,
  scheme: undefined,
  path: undefined,
  // By pod: ingress-nginx, which would be asked by its router, cannot tell a baseline.
  source: 'plain',
  labels: undefined,
  metrics: undefined,
  auth: undefined,
  headers: undefined,
  timeoutMs: 1_000,
};

export const COMPARED: Wish = { checks: [{ ...PODS, intervalMs: 2_000 }, COMPARE] };
