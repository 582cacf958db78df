import { SluiceError } from '../../src/errors.ts';
import { refOf } from '../../src/kube.ts';
import {
  begun,
  failedCheck,
  fails,
  goesWell,
  healthOf,
  origin,
  over,
  promotes,
  rolling,
  rolls,
  settled,
  toTwentyFive,
} from './live-stories.ts';
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
  moved,
  NEW,
  OLD,
  pauseFor,
  RUN,
  recordAt,
  started,
  type Told,
} from './shop.ts';
import { back } from './stories.ts';

/** How releases ended, and as they stand for whoever only asks. */
const rejection = new SluiceError('rejected', `Revision 8 was rejected by ${ADA}.`, {
  hint: 'Deploy again to try the same once more, or push a correction.',
});
const newer = new SluiceError('superseded', `Revision 8 was superseded by a newer deploy (rosa in ${RUN}).`, {
  hint: 'The newer deploy goes on with the release: look there.',
});

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

const commandRun = {
  ...commanding('status'),
  facts: { ...deploying.facts, actor: 'ada', runUrl: RUN },
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
