import { SluiceError } from '../../src/errors.ts';
import { refOf } from '../../src/kube.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import { type Asked, tellSoFar } from '../../src/report/story.ts';
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
  RUN,
  recordAt,
  START,
  started,
  type Told,
  timed,
  wayBack,
} from './shop.ts';
import { back, toApproval, toTen } from './stories.ts';

/** Releases at moments at which people see them on a pull request: while they move, and as they ended. */
export const origin = {
  repository: 'acme/shop',
  commit: '3f9a1c2be0d84b6f9f2f6f3c9f0a7d1e5b8c4a60',
  ref: 'refs/heads/main',
  actor: 'rosa',
  runUrl: 'https://github.com/acme/shop/actions/runs/42',
  pullRequest: 12,
};

/** So many seconds after the last fact. */
function soFar(asked: Asked, facts: Told, seconds = 20): LiveReport {
  const events = timed(facts);
  return { ...tellSoFar(asked, events, (events.at(-1)?.at ?? START) + seconds * 1000), origin };
}

function over(asked: Asked, facts: Told): LiveReport {
  return { ...modelOf(asked, facts), origin };
}

/** The step has begun, and is not over. */
function begun({ steps }: Pick<Plan, 'steps'>, index: number, inner: readonly ReleaseEvent[] = []): Told {
  const name = steps[index]?.name ?? '';
  return [[0.1, { type: 'step-started', index, name }], ...inner.map(event => [1, event] as const)];
}

const sampled = (check: string, outcome: 'pass' | 'fail' | 'no-data', message: string): ReleaseEvent => ({
  type: 'sampled',
  check,
  sample: { outcome, message },
  dryRun: false,
});

const goesWell = [
  sampled('pods', 'pass', 'Deployment shop/web-canary: 1 of 1 pods can serve'),
  sampled('errors', 'fail', '3 of 100 requests failed'),
  sampled('errors', 'pass', '0.2 % of 1,204 requests failed, at most 1 %'),
];

const justBegun = soFar(deploying, [...started(canary), ...begun(canary, 0)], 1);
const atTen = soFar(deploying, [
  ...started(canary),
  ...driven(canary, 0, 0.2),
  ...driven(canary, 1, 12, moved(canary, 10)),
  ...begun(canary, 2, goesWell),
]);
const toTwentyFive: Told = [...toTen, ...driven(canary, 3, 11, moved(canary, 25))];
const atTwentyFive = soFar(deploying, [...toTwentyFive, ...begun(canary, 4, goesWell)]);

const half: Plan = {
  ...canary,
  steps: canary.steps.map(step =>
    step.do === 'shift' && step.weight === 25
      ? {
          ...step,
          name: 'Shift to 50 %',
          weight: 50,
          actual: (step.actual ?? []).map(split => ({ ...split, actual: 50, twin: 2, stable: 2 })),
        }
      : { ...step, name: step.name.replace('25 %', '50 %') },
  ),
};
const atFifty = soFar(deploying, [
  ...started(half),
  ...driven(half, 0, 0.2),
  ...driven(half, 1, 12, moved(half, 10)),
  ...driven(half, 2, 120, [judged(check())]),
  ...driven(half, 3, 11, moved(half, 50)),
  ...begun(half, 4),
]);

const promotes: Told = [
  ...toTwentyFive,
  ...driven(canary, 4, 120, [judged(check())]),
  ...driven(canary, 5, 0.1, [{ type: 'commanded', verb: 'promote', by: ADA }]),
  ...driven(canary, 6, 0.6, [
    { type: 'written', ref: deployment('web'), change: 'changed' },
    { type: 'written', ref: deployment('cart'), change: 'changed' },
    { type: 'written', ref: deployment('catalog'), change: 'unchanged' },
  ]),
];
const healthOf = (name: string, ready: number, desired: number, status: 'healthy' | 'progressing'): ReleaseEvent => ({
  type: 'health',
  progress: {
    ref: deployment(name),
    status,
    message: `Waiting for ${desired - ready} of ${desired} replicas to become available`,
    replicas: { ready, desired, updated: ready },
  },
});
const promoting = soFar(deploying, [
  ...promotes,
  ...begun(canary, 7, [
    healthOf('web', 2, 4, 'progressing'),
    healthOf('cart', 2, 2, 'healthy'),
    healthOf('catalog', 2, 2, 'healthy'),
  ]),
]);

const crash = 'Pod web-canary-7c9d8f6b5-x2x4q: container web has restarted (OOMKilled, exit code 137)';
const failedCheck = new SluiceError('check-failed', `At 25 %, check pods failed: ${crash}.`, {
  hint: 'Look at what the check saw, correct it and deploy again.',
});
const rejection = new SluiceError('rejected', `Revision 8 was rejected by ${ADA}.`, {
  hint: 'Deploy again to try the same once more, or push a correction.',
});
const newer = new SluiceError('superseded', `Revision 8 was superseded by a newer deploy (rosa in ${RUN}).`, {
  hint: 'The newer deploy goes on with the release: look there.',
});

const fails: Told = [
  ...toTwentyFive,
  ...driven(
    canary,
    4,
    42,
    [
      sampled('pods', 'pass', '1 of 1 pods can serve'),
      judged(check({ verdict: 'fail', samples: 5, failures: 1, message: crash }), check({ name: 'errors' })),
    ],
    'failed',
  ),
  [0, { type: 'failed', error: failedCheck, failures: [] }],
];
const goingBack = soFar(deploying, [
  ...fails,
  [
    0.1,
    {
      type: 'going-back',
      revision: 8,
      origin,
      plan: canary,
      reached: 4,
      steps: wayBack,
      cursor: 0,
      error: failedCheck,
      objects: NEW,
      previous: OLD,
    },
  ],
  ...driven({ steps: wayBack }, 0, 0.1),
  ...driven({ steps: wayBack }, 1, 7, moved(canary, 0)),
  ...begun({ steps: wayBack }, 2),
]);

/** It comes to a stop in the hold at 25 %. */
function pausedIn(why: Parameters<typeof pauseFor>[0], more: Parameters<typeof pauseFor>[1], before: Told): Told {
  const pause = pauseFor(why, more);
  return [...before, [0, { type: 'paused', pause, record: recordAt(canary, 4, { pause }) }]];
}
function holdEnds(...checks: Parameters<typeof judged>): Told {
  return driven(canary, 4, 120, [judged(...checks)], 'paused');
}
function pauses(why: Parameters<typeof pauseFor>[0], more: Parameters<typeof pauseFor>[1], hold: Told): LiveReport {
  const codes = { 'check-failed': 'check-failed', 'check-inconclusive': 'check-inconclusive' } as const;
  const code = why === 'check-failed' || why === 'check-inconclusive' ? codes[why] : undefined;
  const error = code && new SluiceError(code, `At 25 %, ${more?.detail ?? ''}.`);
  const outcome = { phase: 'paused', revision: 8, serving: 7, ...(error ? { error } : {}) } as const;
  return over(deploying, [...pausedIn(why, more, [...toTwentyFive, ...hold]), ...ended(outcome)]);
}

const approval = over(deploying, [...toApproval, ...ended({ phase: 'paused', revision: 8, serving: 7 })]);
const time = pauses(
  'time',
  {
    resumeAt: new Date(START + 3_600_000).toISOString(),
    detail: 'the time that this run may take (max-run) is shorter than the hold',
  },
  driven(canary, 4, 0.1, [], 'paused'),
);
const noData = 'only 12 of at least 100 requests were answered in 2m';
const leftAlone = over(deploying, [
  ...toTwentyFive,
  ...begun(canary, 4, goesWell),
  ...ended({ phase: 'aborted', revision: 8, error: new SluiceError('cancelled', 'The run was cancelled.') }),
]);

const finishes: Told = [
  ...driven(
    canary,
    7,
    31,
    NEW.map(object => {
      const size = (object.spec as { replicas: number }).replicas;
      const replicas = { ready: size, desired: size, updated: size };
      return { type: 'health', progress: { ref: refOf(object), status: 'healthy', message: 'ok', replicas } };
    }),
  ),
  ...driven(canary, 8, 6, [{ type: 'shifted', weight: 0, actual: [{ workload: deployment('web'), share: 0 }] }]),
  ...driven(canary, 9, 30),
  ...driven(canary, 10, 0.4),
  ...driven(canary, 11, 0.2),
  ...ended({ phase: 'succeeded', revision: 8, serving: 8 }),
];

const unready = new SluiceError('workload-failed', 'Deployment shop/web cannot start: container web crashes.', {
  hint: 'Correct what the log says, and deploy again.',
});
const failedPromotion = over(deploying, [
  ...promotes,
  ...driven(canary, 7, 31, [healthOf('web', 2, 4, 'progressing')], 'failed'),
  [
    0,
    {
      type: 'failed',
      error: unready,
      failures: [
        {
          ref: deployment('web'),
          status: 'failed',
          message: 'container web crashes',
          findings: [
            {
              pod: 'web-5d9c7b4f6d-8kq2m',
              container: 'web',
              reason: 'CrashLoopBackOff',
              message:
                'Pod web-5d9c7b4f6d-8kq2m: container web crashes again and again: back-off 20s restarting failed container',
              exitCode: 1,
              restarts: 3,
              log: ['INFO starting web 1.6.0', '/etc/web/settings.json: no such file', '::error::bye'].join('\n'),
            },
          ],
        },
      ],
    },
  ],
  ...ended({ phase: 'failed', revision: 8, serving: 7, error: unready }),
]);

const rolling: Plan = {
  strategy: 'rolling',
  notes: [],
  steps: [
    { do: 'apply', name: 'Apply 3 Deployments', objects: NEW.map(refOf) },
    { do: 'await-health', name: 'Wait until healthy', objects: NEW.map(refOf) },
    { do: 'prune', name: 'Prune 1 object', objects: [] },
  ],
};
const rolls: Told = [
  ...started(rolling),
  ...driven(rolling, 0, 0.6, [
    { type: 'written', ref: deployment('web'), change: 'changed' },
    { type: 'written', ref: deployment('cart'), change: 'changed' },
    { type: 'written', ref: deployment('catalog'), change: 'unchanged' },
  ]),
];
const settled = [
  healthOf('web', 4, 4, 'healthy'),
  healthOf('cart', 2, 2, 'healthy'),
  healthOf('catalog', 2, 2, 'healthy'),
];

const commandRun = {
  ...commanding('status'),
  facts: { ...deploying.facts, actor: 'ada', runUrl: RUN },
};

export const running = {
  justBegun,
  atTen,
  atTwentyFive,
  atFifty,
  promoting,
  goingBack,
  rollingInProgress: soFar({ ...deploying, strategy: 'rolling' }, [
    ...rolls,
    ...begun(rolling, 1, [healthOf('web', 1, 4, 'progressing'), ...settled.slice(1)]),
  ]),
};

export const pausedReports = {
  approval,
  time,
  checkFailed: pauses(
    'check-failed',
    { detail: `check pods failed: ${crash}` },
    holdEnds(check({ verdict: 'fail', message: crash })),
  ),
  inconclusive: pauses(
    'check-inconclusive',
    { detail: `check errors did not decide: ${noData}` },
    holdEnds(check(), check({ name: 'errors', verdict: 'inconclusive', noData: 2, message: noData })),
  ),
  byCommand: pauses('command', { detail: `by ${ADA}` }, [
    ...begun(canary, 4, [...goesWell, { type: 'commanded', verb: 'pause', by: ADA }]),
    [1, { type: 'step-ended', index: 4, name: 'Hold 2m at 25 %', outcome: 'paused' }],
  ]),
};

export const endedReports = {
  canarySucceeded: over(deploying, [...promotes, ...finishes]),
  promotedByComment: over({ ...commandRun, action: 'promote' }, [
    [0.3, { type: 'resumed', revision: 8, origin, plan: canary, cursor: 5, by: ADA, objects: NEW, previous: OLD }],
    ...driven(canary, 5, 0.1),
    ...driven(canary, 6, 0.6),
    ...finishes,
  ]),
  blueGreenSucceeded: over({ ...deploying, strategy: 'blue-green' }, [
    ...started(blueGreen),
    ...driven(blueGreen, 0, 0.3),
    ...driven(blueGreen, 1, 14),
    ...driven(blueGreen, 2, 30, [judged(check({ samples: 4 }))]),
    ...driven(blueGreen, 3, 5, moved(blueGreen, 100)),
    ...driven(blueGreen, 4, 120, [judged(check({ message: 'Deployment shop/web-preview: 4 of 4 pods can serve' }))]),
    ...[5, 6, 7, 8, 9, 10].flatMap(index => driven(blueGreen, index, 1)),
    ...ended({ phase: 'succeeded', revision: 8, serving: 8 }),
  ]),
  rolledBack: over(deploying, [
    ...fails,
    ...back(failedCheck, 4),
    ...ended({ phase: 'rolled-back', revision: 8, serving: 7, error: failedCheck }),
  ]),
  rejected: over({ ...commandRun, action: 'reject' }, [
    ...back(rejection, 5),
    ...ended({ phase: 'rolled-back', revision: 8, serving: 7, error: rejection }),
  ]),
  superseded: over(deploying, [
    ...toTwentyFive,
    ...begun(canary, 4, [{ type: 'commanded', verb: 'supersede', by: `rosa in ${RUN}` }]),
    ...back(newer, 4),
    ...ended({ phase: 'rolled-back', revision: 8, serving: 7, error: newer }),
  ]),
  failedPromotion,
  aborted: leftAlone,
  rollingFinished: over({ ...deploying, strategy: 'rolling' }, [
    ...rolls,
    ...driven(rolling, 1, 24, settled),
    ...driven(rolling, 2, 0.4),
    ...ended({ phase: 'succeeded', revision: 8, serving: 8 }),
  ]),
};

export const statusReports = {
  paused: over(commandRun, [
    [0.2, { type: 'status', record: recordAt(canary, 5, { pause: pauseFor('approval'), origin }) }],
    ...ended({ phase: 'unchanged', revision: 8, serving: 7 }),
  ]),
  inProgress: over(commandRun, [
    [0.2, { type: 'status', record: recordAt(canary, 4, { status: 'in-progress', origin }), holder: origin.runUrl }],
    ...ended({ phase: 'unchanged', revision: 8, serving: 7 }),
  ]),
  died: over(commandRun, [
    [0.2, { type: 'status', record: recordAt(canary, 4, { status: 'in-progress', origin }) }],
    ...ended({ phase: 'unchanged', revision: 8, serving: 7 }),
  ]),
};

/** A first deploy, a run that had nothing to do, one without a plan: by their reports. */
export function withOrigin(report: LiveReport): LiveReport {
  return { ...report, origin };
}
