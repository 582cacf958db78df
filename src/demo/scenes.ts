/** One step of a workflow, and what is expected of it. */
export interface Run {
  inputs: Readonly<Record<string, string>>;
  /** What somebody writes on the pull request: the run is the one that it starts. */
  comment?: { author: string; body: string };
  expected: string;
}

export interface Scene {
  title: string;
  about: string;
  /** Tags of the shop's images: web, cart and catalog, in this order. */
  tags: readonly [string, string, string];
  /** On the pods of web: how the sandbox's kubelet is to run them. */
  annotations?: Readonly<Record<string, string>>;
  /** It comes from a pull request, on which it shows itself. */
  isReviewed?: true;
  /** A deploy, and what other runs then do with it. */
  runs: readonly [Run, ...Run[]];
}

/** Short enough to be watched. */
const TIMES = { settle: '300ms', drain: '300ms' };
const CANARY = { strategy: 'canary', steps: '25, 50', hold: '3s', ...TIMES };
/** Where Prometheus is need not be said: the cluster has one. */
const COMPARE = '{compare: {interval: 1s, min-requests: 20}}';
const CHECKS = { config: `{checks: [{success-rate: {min: 99, interval: 1s, min-requests: 20}}, ${COMPARE}]}` };
const COMPARED = { config: `{checks: [${COMPARE}]}` };

export const SCENES: readonly Scene[] = [
  {
    title: '1. First deploy',
    about: 'Three Deployments with Services, a ConfigMap and an Ingress; nothing was there before.',
    tags: ['1.0.0', '1.0.0', '1.0.0'],
    runs: [{ inputs: CANARY, expected: 'succeeded' }],
  },
  {
    title: '2. A canary',
    about:
      'web and cart get a new version, which takes 25 % and then 50 % of the requests and is compared with the old one; catalog stays as it is.',
    tags: ['1.1.0', '1.1.0', '1.0.0'],
    runs: [{ inputs: { ...CANARY, ...CHECKS }, expected: 'succeeded' }],
  },
  {
    title: '3. A canary that is worse',
    about:
      'The next version of web answers every fifth request with an error: Sluice shows that it is worse, and takes it back.',
    tags: ['1.2.0', '1.1.0', '1.0.0'],
    annotations: { 'sandbox.sluice.dev/error-rate': '20%' },
    runs: [{ inputs: { ...CANARY, ...COMPARED, hold: '20s' }, expected: 'rolled-back' }],
  },
  {
    title: '4. A canary that crashes',
    about: 'Another one starts well, and crashes while it has 25 %: Sluice says why and takes it back.',
    tags: ['1.2.1', '1.1.0', '1.0.0'],
    annotations: {
      'sandbox.sluice.dev/crash-after': '2.5s',
      'sandbox.sluice.dev/exit-code': '3',
      'sandbox.sluice.dev/log': 'cannot read the carts: out of file handles',
    },
    runs: [{ inputs: { ...CANARY, hold: '10s' }, expected: 'rolled-back' }],
  },
  {
    title: '5. Blue/green with an approval',
    about:
      'All of the corrected version is looked at without traffic, then gets all of it at once, and waits for a person.',
    tags: ['1.2.2', '1.1.0', '1.0.0'],
    runs: [
      { inputs: { strategy: 'blue-green', steps: '[hold: 1s, weight: 100, approve]', ...TIMES }, expected: 'paused' },
      { inputs: { action: 'promote' }, expected: 'succeeded' },
    ],
  },
  {
    title: '6. A canary that is promoted by a comment',
    about:
      'A pull request is merged, its version takes 25 % and waits; the release keeps a comment there, and a person answers with a command.',
    tags: ['1.3.0', '1.1.0', '1.0.0'],
    isReviewed: true,
    runs: [
      { inputs: { ...CANARY, steps: '[weight: 25, hold: 1s, approve, weight: 50, hold: 1s]' }, expected: 'paused' },
      { inputs: {}, comment: { author: 'grace', body: '/promote' }, expected: 'succeeded' },
    ],
  },
];
