import type { ReportModel, TimelineStep, WorkloadReport } from '../../src/report/model.ts';
import { deployment, other, START, shopFacts } from './shop.ts';

/** Reports of an example shop, for goldens, properties and the eye. */
function workload(name: string, from: string | undefined, to: string, more: Partial<WorkloadReport>): WorkloadReport {
  const repository = `ghcr.io/acme/${name}`;
  const image = { container: name, to: `${repository}:${to}`, ...(from ? { from: `${repository}:${from}` } : {}) };
  return { ref: deployment(name), images: [image], health: 'healthy', ...more };
}

function steps(
  ...given: [name: string, from: number, to: number, outcome?: TimelineStep['outcome'], detail?: string][]
): TimelineStep[] {
  return given.map(([name, from, to, outcome = 'done', detail]) => ({
    name,
    outcome,
    ...(outcome === 'pending' ? {} : { startedAt: START + from * 1000, endedAt: START + to * 1000 }),
    ...(detail ? { detail } : {}),
  }));
}

const BASE: ReportModel = {
  action: 'deploy',
  release: 'shop',
  revision: 7,
  namespaces: ['shop'],
  cluster: { server: 'https://10.0.0.1:6443', context: 'production' },
  strategy: 'rolling',
  phase: 'succeeded',
  headline: { serves: 'Revision 7 serves, on 3 workloads in shop.' },
  facts: shopFacts,
  startedAt: START,
  endedAt: START + 41_300,
  workloads: [
    workload('web', '1.4.2', '1.5.0', { change: 'changed', replicas: { ready: 3, desired: 3 }, seconds: 38.2 }),
    workload('cart', '1.4.2', '1.5.0', { change: 'changed', replicas: { ready: 2, desired: 2 }, seconds: 21.7 }),
    workload('catalog', '0.9.1', '0.9.1', { change: 'unchanged', replicas: { ready: 2, desired: 2 }, seconds: 0.3 }),
  ],
  objects: [
    { change: 'changed', objects: [other('ConfigMap', 'settings')] },
    { change: 'pruned', objects: [other('ConfigMap', 'old-banner')] },
    {
      change: 'unchanged',
      objects: [
        other('Service', 'web'),
        other('Service', 'cart'),
        other('Service', 'catalog'),
        other('Ingress', 'shop'),
      ],
    },
  ],
  substitutions: [
    {
      wanted: 'ghcr.io/acme/web:1.5.0',
      matches: [
        { ref: deployment('web'), container: 'web', from: 'ghcr.io/acme/web:latest', to: 'ghcr.io/acme/web:1.5.0' },
      ],
    },
  ],
  timeline: steps(
    ['Apply 1 ConfigMap', 0.4, 0.6],
    ['Apply 3 Services', 0.6, 1.1],
    ['Apply 3 Deployments, 1 Ingress', 1.1, 1.9],
    ['Wait until healthy', 1.9, 40.3],
    ['Prune 1 object', 40.3, 40.9],
  ),
  notes: [],
  checks: [],
  decisions: [],
  warnings: [],
  nextSteps: [],
};

export const succeeded: ReportModel = BASE;

export const firstDeploy: ReportModel = {
  ...BASE,
  revision: 1,
  firstDeploy: true,
  headline: {
    serves: 'Revision 1 serves, on 3 workloads in shop: nothing was there before, so all was applied at once.',
  },
  workloads: [
    workload('web', undefined, '1.4.2', { change: 'created', replicas: { ready: 3, desired: 3 }, seconds: 12.2 }),
    workload('cart', undefined, '1.4.2', { change: 'created', replicas: { ready: 2, desired: 2 }, seconds: 9.1 }),
    workload('catalog', undefined, '0.9.1', { change: 'created', replicas: { ready: 2, desired: 2 }, seconds: 14 }),
  ],
  objects: [
    { change: 'created', objects: [other('ConfigMap', 'settings'), other('Service', 'web'), other('Service', 'cart')] },
  ],
  substitutions: [],
  timeline: steps(
    ['Apply 1 ConfigMap', 0.2, 0.5],
    ['Apply 3 Deployments, 1 Ingress', 0.5, 1.2],
    ['Wait until healthy', 1.2, 15.2],
  ),
  endedAt: START + 15_400,
};

export const unchanged: ReportModel = {
  ...BASE,
  phase: 'unchanged',
  headline: { serves: 'Revision 7 serves, on 3 workloads in shop; nothing was written.' },
  workloads: BASE.workloads.map(({ ref, images: [image], health, replicas }) => ({
    ref,
    health,
    ...(replicas ? { replicas } : {}),
    change: 'unchanged' as const,
    images: image ? [{ container: image.container, to: image.to }] : [],
  })),
  objects: [],
  substitutions: [],
  timeline: [],
  endedAt: START + 700,
};

export const rolledBack: ReportModel = {
  ...BASE,
  revision: 8,
  phase: 'rolled-back',
  reason: 'workload-failed',
  headline: {
    serves: 'Revision 7 serves again, on 3 workloads in shop.',
    next: 'Push an image that exists as ghcr.io/acme/web:1.6.0-rc1, or correct the tag, and run the workflow again.',
  },
  workloads: [
    workload('web', '1.5.0', '1.6.0-rc1', { change: 'restored', replicas: { ready: 3, desired: 3 }, seconds: 22 }),
    workload('cart', '1.5.0', '1.6.0', { change: 'restored', replicas: { ready: 2, desired: 2 }, seconds: 18.4 }),
    workload('catalog', '0.9.1', '0.9.1', { change: 'restored', replicas: { ready: 2, desired: 2 } }),
  ],
  objects: [{ change: 'restored', objects: [other('ConfigMap', 'settings')] }],
  substitutions: [],
  timeline: [
    ...steps(
      ['Apply 1 ConfigMap', 0.4, 0.6],
      ['Apply 3 Deployments, 1 Ingress', 0.6, 1.4],
      ['Wait until healthy', 1.4, 9.8, 'failed', 'Deployment shop/web: ErrImagePull'],
    ),
    ...steps(
      ['Apply 1 ConfigMap', 10, 10.2],
      ['Apply 3 Deployments, 1 Ingress', 10.2, 11],
      ['Wait until healthy', 11, 29.5],
    ).map(step => ({ ...step, rollback: true })),
  ],
  endedAt: START + 30_100,
  failure: {
    headline: 'Deployment shop/web cannot start: the image ghcr.io/acme/web:1.6.0-rc1 does not exist.',
    object: deployment('web'),
    explanation: 'The registry answered that there is no such image, so waiting longer would not have helped.',
    findings: [
      {
        pod: 'web-7c9d8f6b5-x2x4q',
        container: 'web',
        reason: 'ImagePullBackOff',
        message:
          'Back-off pulling image "ghcr.io/acme/web:1.6.0-rc1": failed to resolve reference "ghcr.io/acme/web:1.6.0-rc1": ghcr.io/acme/web:1.6.0-rc1: not found',
      },
    ],
    events: [
      {
        time: START + 1_900,
        reason: 'Pulling',
        object: 'Pod/web-7c9d8f6b5-x2x4q',
        message: 'Pulling image "ghcr.io/acme/web:1.6.0-rc1"',
        count: 2,
      },
      {
        time: START + 4_000,
        reason: 'Failed',
        object: 'Pod/web-7c9d8f6b5-x2x4q',
        message: 'Failed to pull image "ghcr.io/acme/web:1.6.0-rc1": not found',
        count: 2,
      },
    ],
  },
  rollback: { toRevision: 7, outcome: 'succeeded' },
  nextSteps: [
    {
      text: 'Check that the image was pushed under this very name:',
      command: 'docker buildx imagetools inspect ghcr.io/acme/web:1.6.0-rc1',
    },
    { text: 'Push a fix and let the workflow run again: revision 9 will start from revision 7.' },
  ],
};

export const failed: ReportModel = {
  ...BASE,
  revision: 2,
  phase: 'failed',
  reason: 'workload-failed',
  headline: {
    serves:
      'Revision 2 was left as it is: cart and catalog run revision 2, web still serves revision 1 on 2 of 3 pods.',
    next: 'Read the log of web below: it stops because DATABASE_URL is not set.',
  },
  workloads: [
    workload('web', '1.4.2', '1.5.0', {
      change: 'changed',
      replicas: { ready: 2, desired: 3 },
      health: 'failed',
      message: 'Waiting for 1 of 3 replicas to become available',
      seconds: 63,
    }),
    workload('cart', '1.4.2', '1.5.0', { change: 'changed', replicas: { ready: 2, desired: 2 }, seconds: 21.7 }),
    workload('catalog', '0.9.1', '0.9.1', { change: 'unchanged', replicas: { ready: 2, desired: 2 }, seconds: 0.3 }),
  ],
  timeline: steps(
    ['Apply 1 ConfigMap', 0.4, 0.6],
    ['Apply 3 Deployments, 1 Ingress', 0.6, 1.4],
    ['Wait until healthy', 1.4, 64.4, 'failed', 'Deployment shop/web: CrashLoopBackOff'],
    ['Prune 1 object', 0, 0, 'pending'],
  ),
  endedAt: START + 64_900,
  failure: {
    headline: 'Deployment shop/web crashes on start: container web ended with exit code 1, three times.',
    object: deployment('web'),
    findings: [
      {
        pod: 'web-5d9c7b4f6d-8kq2m',
        container: 'web',
        reason: 'CrashLoopBackOff',
        message: 'back-off 20s restarting failed container=web pod=web-5d9c7b4f6d-8kq2m_shop(0b6c)',
        exitCode: 1,
        alike: 1,
      },
    ],
    events: [
      {
        time: START + 12_000,
        reason: 'BackOff',
        object: 'Pod/web-5d9c7b4f6d-8kq2m',
        message: 'Back-off restarting failed container',
        count: 4,
      },
    ],
    logTail: {
      pod: 'web-5d9c7b4f6d-8kq2m',
      container: 'web',
      previous: true,
      lines: [
        '2026-03-14T09:27:10Z INFO  starting web 1.5.0',
        '2026-03-14T09:27:10Z INFO  reading configuration from environment',
        '2026-03-14T09:27:11Z ERROR DATABASE_URL is not set',
        '    at readConfig (/app/config.js:41:11)',
        '    at main (/app/main.js:7:18)',
      ],
    },
  },
  warnings: [
    'ConfigMap shop/old-banner is no longer in the manifests, but it belongs to release legacy now: it was left.',
  ],
  nextSteps: [
    { text: 'See all of the log:', command: 'kubectl --context production -n shop logs deployment/web --previous' },
    { text: 'Fix the cause and run the workflow again, or deploy the commit that served before.' },
  ],
};

export const cancelled: ReportModel = {
  ...BASE,
  phase: 'aborted',
  reason: 'cancelled',
  headline: {
    serves: 'The run was cut: what it had applied of revision 7 stays, and nothing was taken back.',
    next: 'Run the workflow again to go on, or deploy the version that you want.',
  },
  timeline: steps(
    ['Apply 1 ConfigMap', 0.4, 0.6],
    ['Wait until healthy', 0.6, 4, 'stopped'],
    ['Prune 1 object', 0, 0, 'pending'],
  ),
  endedAt: START + 4_100,
};

/** Nothing was written: the input itself is wrong. */
const { revision: _none, ...WITHOUT_REVISION } = BASE;
export const badInput: ReportModel = {
  ...WITHOUT_REVISION,
  phase: 'failed',
  reason: 'invalid-manifest',
  headline: {
    serves: 'Nothing was changed.',
    next: 'Correct the two places below and push again.',
  },
  workloads: [],
  objects: [],
  substitutions: [],
  timeline: [],
  endedAt: START + 200,
  failure: {
    headline: '2 problems in the manifests.',
    findings: [],
    events: [],
    problems: [
      { message: 'Duplicate key "image"', file: 'deploy/web.yaml', line: 21, column: 11 },
      { message: 'Object without kind', file: 'deploy/cart.yaml', line: 1, column: 1 },
    ],
  },
};
