import { SluiceError } from '../../src/errors.ts';
import { refOf } from '../../src/kube.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import type { Plan } from '../../src/release/plan.ts';
import {
  ADA,
  blueGreen,
  canary,
  check,
  commanding,
  deploying,
  deployment,
  driven,
  ended,
  judged,
  modelOf,
  moved,
  NEW,
  OLD,
  pauseFor,
  recordAt,
  START,
  service,
  started,
  type Told,
  wayBack,
} from './shop.ts';

const prepared = driven(canary, 0, 0.2, [
  { type: 'written', ref: service('web-canary'), change: 'created' },
  { type: 'written', ref: service('cart-canary'), change: 'created' },
]);

export const toTen: Told = [
  ...started(canary),
  ...prepared,
  ...driven(canary, 1, 12, moved(canary, 10)),
  ...driven(canary, 2, 120, [judged(check())]),
];

const approval = pauseFor('approval', { detail: 'at 25 %' });
export const toApproval: Told = [
  ...toTen,
  ...driven(canary, 3, 11, moved(canary, 25)),
  ...driven(canary, 4, 120, [judged(check())]),
  ...driven(canary, 5, 0.1, [], 'paused'),
  [0, { type: 'paused', pause: approval, record: recordAt(canary, 5, { pause: approval }) }],
];

export const pausedForApproval = modelOf(deploying, [
  ...toApproval,
  ...ended({ phase: 'paused', revision: 8, serving: 7 }),
]);

function promoted(plan: Plan, from: number): Told {
  const twins = plan.traffic?.pairs.map(({ twin }) => twin) ?? [];
  return [
    ...driven(plan, from, 0.6, [
      { type: 'written', ref: deployment('web'), change: 'changed' },
      { type: 'written', ref: deployment('cart'), change: 'changed' },
      { type: 'written', ref: deployment('catalog'), change: 'unchanged' },
    ]),
    ...driven(
      plan,
      from + 1,
      31,
      NEW.map(object => {
        const size = (object.spec as { replicas: number }).replicas;
        const replicas = { ready: size, desired: size, updated: size };
        return { type: 'health', progress: { ref: refOf(object), status: 'healthy', message: 'ok', replicas } };
      }),
    ),
    ...driven(plan, from + 2, 6, [
      {
        type: 'shifted',
        weight: 0,
        actual: [deployment('web'), deployment('cart')].map(one => ({ workload: one, share: 0 })),
      },
    ]),
    ...driven(plan, from + 3, 30),
    ...driven(plan, from + 4, 0.4, [
      ...twins.map(ref => ({ type: 'written', ref, change: 'pruned' }) as const),
      ...twins.map(({ name }) => ({ type: 'written', ref: service(name), change: 'pruned' }) as const),
    ]),
    ...driven(plan, from + 5, 0.2),
  ];
}

export const canarySucceeded = modelOf(deploying, [
  ...toTen,
  [0, { type: 'drift', found: ['Deployment shop/web has 5 replicas instead of 3'], corrected: true }],
  ...driven(canary, 3, 11, moved(canary, 25)),
  ...driven(canary, 4, 120, [
    judged(
      check(),
      check({ name: 'errors', verdict: 'fail', dryRun: true, failures: 2, message: '2 of 100 requests failed' }),
    ),
  ]),
  ...driven(canary, 5, 0.1, [{ type: 'commanded', verb: 'promote', by: ADA }]),
  ...promoted(canary, 6),
  ...ended({ phase: 'succeeded', revision: 8, serving: 8 }),
]);

const crash = 'Pod web-canary-7c9d8f6b5-x2x4q: container web has restarted (OOMKilled, exit code 137)';
const failedCheck = new SluiceError('check-failed', `At 25 %, check pods failed: ${crash}.`, {
  hint: 'Look at what the check saw, correct it and deploy again.',
});

/** From an open release back to where it began. */
export function back(error: SluiceError, reached: number): Told {
  const event: ReleaseEvent = {
    type: 'going-back',
    revision: 8,
    origin: {},
    plan: canary,
    reached,
    steps: wayBack,
    cursor: 0,
    error,
    objects: NEW,
    previous: OLD,
  };
  const steps = { steps: wayBack };
  return [
    [0.1, event],
    ...driven(steps, 0, 0.1),
    ...driven(steps, 1, 7, moved(canary, 0)),
    ...driven(steps, 2, 30),
    ...driven(steps, 3, 0.3, [
      ...['web-canary', 'cart-canary'].flatMap((name): ReleaseEvent[] => [
        { type: 'written', ref: deployment(name), change: 'pruned' },
        { type: 'written', ref: service(name), change: 'pruned' },
      ]),
    ]),
    ...driven(steps, 4, 0.1),
  ];
}

export const checkFailed = modelOf(deploying, [
  ...toTen,
  ...driven(canary, 3, 11, moved(canary, 25)),
  ...driven(
    canary,
    4,
    42,
    [
      { type: 'sampled', check: 'pods', sample: { outcome: 'pass', message: '1 of 1 pods can serve' }, dryRun: false },
      judged(check({ verdict: 'fail', samples: 5, failures: 1, message: crash })),
    ],
    'failed',
  ),
  [0, { type: 'failed', error: failedCheck, failures: [] }],
  ...back(failedCheck, 4),
  ...ended({ phase: 'rolled-back', revision: 8, serving: 7, error: failedCheck }),
]);

const rejection = new SluiceError('rejected', `Revision 8 was rejected by ${ADA}.`, {
  hint: 'Deploy again to try the same once more, or push a correction.',
});

export const rejected = modelOf(commanding('reject'), [
  ...back(rejection, 5),
  ...ended({ phase: 'rolled-back', revision: 8, serving: 7, error: rejection }),
]);

export const blueGreenSucceeded = modelOf({ ...deploying, strategy: 'blue-green' }, [
  ...started(blueGreen),
  ...driven(blueGreen, 0, 0.3, [
    { type: 'written', ref: service('web-preview'), change: 'created' },
    { type: 'written', ref: service('cart-preview'), change: 'created' },
  ]),
  ...driven(blueGreen, 1, 14, [
    { type: 'resized', ref: deployment('web-preview'), replicas: 4 },
    { type: 'resized', ref: deployment('cart-preview'), replicas: 2 },
  ]),
  ...driven(blueGreen, 2, 30, [
    judged(check({ samples: 4, message: 'Deployment shop/web-preview: 4 of 4 pods can serve' })),
  ]),
  ...driven(blueGreen, 3, 5, moved(blueGreen, 100)),
  ...driven(blueGreen, 4, 120, [judged(check({ message: 'Deployment shop/web-preview: 4 of 4 pods can serve' }))]),
  ...promoted(blueGreen, 5),
  ...ended({ phase: 'succeeded', revision: 8, serving: 8 }),
]);

export const resumed = modelOf(commanding('promote'), [
  [0.3, { type: 'resumed', revision: 8, origin: {}, plan: canary, cursor: 5, by: ADA, objects: NEW, previous: OLD }],
  ...driven(canary, 5, 0.1),
  ...promoted(canary, 6),
  ...ended({ phase: 'succeeded', revision: 8, serving: 8 }),
]);

export const nothingDue = modelOf(commanding('advance'), [
  [0.2, { type: 'advancing', release: 'shop' }],
  [0.1, { type: 'advanced', release: 'shop' }],
  ...ended({ phase: 'unchanged' }),
]);

const time = pauseFor('time', {
  resumeAt: new Date(START + 3_600_000).toISOString(),
  detail: 'the time that this run may take (max-run) is shorter than the hold',
});

export const status = modelOf(commanding('status'), [
  [0.2, { type: 'status', record: recordAt(canary, 4, { pause: time }) }],
  ...ended({ phase: 'unchanged', revision: 8, serving: 7 }),
]);
