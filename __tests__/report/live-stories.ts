import { SluiceError } from '../../src/errors.ts';
import { refOf } from '../../src/kube.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import type { Plan } from '../../src/release/plan.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import { type Asked, tellSoFar } from '../../src/report/story.ts';
import {
  ADA,
  canary,
  check,
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
  started,
  type Told,
  timed,
  wayBack,
} from './shop.ts';
import { toApproval, toTen } from './stories.ts';

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
export function soFar(asked: Asked, facts: Told, seconds = 20): LiveReport {
  const events = timed(facts);
  return { ...tellSoFar(asked, events, (events.at(-1)?.at ?? START) + seconds * 1000), origin };
}

export function over(asked: Asked, facts: Told): LiveReport {
  return { ...modelOf(asked, facts), origin };
}

/** The step has begun, and is not over. */
export function begun({ steps }: Pick<Plan, 'steps'>, index: number, inner: readonly ReleaseEvent[] = []): Told {
  const name = steps[index]?.name ?? '';
  return [[0.1, { type: 'step-started', index, name }], ...inner.map(event => [1, event] as const)];
}

const sampled = (check: string, outcome: 'pass' | 'fail' | 'no-data', message: string): ReleaseEvent => ({
  type: 'sampled',
  check,
  sample: { outcome, message },
  dryRun: false,
});

export const goesWell = [
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
export const toTwentyFive: Told = [...toTen, ...driven(canary, 3, 11, moved(canary, 25))];
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

export const promotes: Told = [
  ...toTwentyFive,
  ...driven(canary, 4, 120, [judged(check())]),
  ...driven(canary, 5, 0.1, [{ type: 'commanded', verb: 'promote', by: ADA }]),
  ...driven(canary, 6, 0.6, [
    { type: 'written', ref: deployment('web'), change: 'changed' },
    { type: 'written', ref: deployment('cart'), change: 'changed' },
    { type: 'written', ref: deployment('catalog'), change: 'unchanged' },
  ]),
];
export const healthOf = (
  name: string,
  ready: number,
  desired: number,
  status: 'healthy' | 'progressing',
): ReleaseEvent => ({
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
export const failedCheck = new SluiceError('check-failed', `At 25 %, check pods failed: ${crash}.`, {
  hint: 'Look at what the check saw, correct it and deploy again.',
});
export const fails: Told = [
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
export const rolling: Plan = {
  strategy: 'rolling',
  notes: [],
  steps: [
    { do: 'apply', name: 'Apply 3 Deployments', objects: NEW.map(refOf) },
    { do: 'await-health', name: 'Wait until healthy', objects: NEW.map(refOf) },
    { do: 'prune', name: 'Prune 1 object', objects: [] },
  ],
};
export const rolls: Told = [
  ...started(rolling),
  ...driven(rolling, 0, 0.6, [
    { type: 'written', ref: deployment('web'), change: 'changed' },
    { type: 'written', ref: deployment('cart'), change: 'changed' },
    { type: 'written', ref: deployment('catalog'), change: 'unchanged' },
  ]),
];
export const settled = [
  healthOf('web', 4, 4, 'healthy'),
  healthOf('cart', 2, 2, 'healthy'),
  healthOf('catalog', 2, 2, 'healthy'),
];

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

/** A first deploy, a run that had nothing to do, one without a plan: by their reports. */
export function withOrigin(report: LiveReport): LiveReport {
  return { ...report, origin };
}
