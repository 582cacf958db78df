import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube.ts';
import { refOf } from '../../src/kube.ts';
import type { ReleaseEvent, TimedEvent } from '../../src/release/events.ts';
import { type Asked, tell } from '../../src/report/story.ts';

const web = (image: string): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { template: { spec: { containers: [{ name: 'web', image }] } } },
});
const config: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'shop' } };
const ref = refOf(web('x'));

const asked: Asked = {
  action: 'deploy',
  release: 'shop',
  strategy: 'rolling',
  namespaces: ['shop'],
  cluster: { server: 'https://api.example' },
  facts: {},
  startedAt: 0,
  objects: [config, web('web:2')],
  substitutions: [],
};

/** A second between two facts. */
const told = (...events: ReleaseEvent[]) =>
  tell(
    asked,
    events.map((event, index): TimedEvent => ({ ...event, at: (index + 1) * 1000 })),
    (events.length + 1) * 1000,
  );

const plan = {
  strategy: 'rolling',
  steps: [
    { do: 'apply', name: 'Apply', objects: [ref] },
    { do: 'await-health', name: 'Wait', objects: [ref] },
  ],
} as const;
const started: ReleaseEvent = {
  type: 'started',
  revision: 2,
  origin: {},
  plan,
  previous: [web('web:1')],
  firstDeploy: false,
};
const apply: ReleaseEvent[] = [
  { type: 'step-started', index: 0, name: 'Apply' },
  { type: 'written', ref, change: 'changed' },
  { type: 'written', ref: refOf(config), change: 'unchanged' },
  { type: 'step-ended', index: 0, name: 'Apply', outcome: 'done' },
  { type: 'step-started', index: 1, name: 'Wait' },
];
const healthy: ReleaseEvent = {
  type: 'health',
  progress: { ref, status: 'healthy', message: 'ok', replicas: { desired: 2, updated: 2, ready: 2 } },
};
const error = new SluiceError('workload-failed', 'Deployment shop/web failed: no such image', { hint: 'Push it.' });
const failed: ReleaseEvent[] = [
  { type: 'step-ended', index: 1, name: 'Wait', outcome: 'failed', detail: error.message },
  {
    type: 'failed',
    error,
    failures: [
      {
        ref,
        status: 'failed',
        message: 'm',
        findings: [
          {
            reason: 'CrashLoopBackOff',
            message: 'it ended',
            pod: 'web-1',
            container: 'web',
            exitCode: 3,
            restarts: 2,
            log: 'one\ntwo',
          },
        ],
      },
    ],
  },
];

describe('the report of a run', () => {
  it('that succeeded says what serves, what changed from what to what, and how long each thing took', () => {
    const model = told(
      started,
      ...apply,
      healthy,
      { type: 'step-ended', index: 1, name: 'Wait', outcome: 'done' },
      { type: 'ended', outcome: { phase: 'succeeded', revision: 2, serving: 2 } },
    );
    expect(model).toMatchObject({
      phase: 'succeeded',
      revision: 2,
      headline: { serves: 'Revision 2 serves, on 1 workload in shop.' },
      workloads: [
        {
          change: 'changed',
          health: 'healthy',
          seconds: 4,
          images: [{ container: 'web', from: 'web:1', to: 'web:2' }],
          replicas: { ready: 2, desired: 2 },
        },
      ],
      objects: [{ change: 'unchanged', objects: [refOf(config)] }],
      timeline: [
        { name: 'Apply', outcome: 'done', startedAt: 2000, endedAt: 5000 },
        { name: 'Wait', outcome: 'done', startedAt: 6000, endedAt: 8000 },
      ],
    });
    expect(model).not.toHaveProperty('failure');
  });

  it('that was rolled back keeps the cause, and tells the way back apart', () => {
    const model = told(
      started,
      ...apply,
      ...failed,
      { type: 'rollback-started', revision: 1, steps: ['Apply', 'Wait'] },
      { type: 'step-started', index: 0, name: 'Apply' },
      { type: 'written', ref, change: 'restored' },
      { type: 'step-ended', index: 0, name: 'Apply', outcome: 'done' },
      { type: 'ended', outcome: { phase: 'rolled-back', revision: 2, serving: 1, error } },
    );
    expect(model).toMatchObject({
      phase: 'rolled-back',
      reason: 'workload-failed',
      headline: { serves: 'Revision 1 serves again, on 1 workload in shop.', next: 'Push it.' },
      rollback: { toRevision: 1, outcome: 'succeeded' },
      failure: {
        headline: error.message,
        object: ref,
        findings: [{ reason: 'CrashLoopBackOff', exitCode: 3 }],
        logTail: { pod: 'web-1', container: 'web', previous: true, lines: ['one', 'two'] },
      },
      workloads: [{ change: 'restored' }],
    });
    expect(model.timeline.map(({ outcome, rollback = false }) => [outcome, rollback])).toEqual([
      ['done', false],
      ['failed', false],
      ['done', true],
      ['pending', true],
    ]);
    expect(model.nextSteps.map(({ command }) => command)).toContain(
      'kubectl -n shop get events --field-selector involvedObject.name=web-1',
    );
  });

  it('that was cut has no end, and says what stays', () => {
    expect(told(started, ...apply)).toMatchObject({
      phase: 'aborted',
      headline: { serves: expect.stringContaining('What this one had applied') },
    });
    expect(told()).toMatchObject({
      phase: 'aborted',
      headline: { serves: 'Nothing was changed.' },
      workloads: [{ health: 'unknown' }],
    });
  });

  const ends: [string, ReleaseEvent[], RegExp][] = [
    ['failed before any write', [{ type: 'ended', outcome: { phase: 'failed', error } }], /^Nothing was changed\.$/],
    [
      'failed with nothing to go back to',
      [
        { ...started, firstDeploy: true },
        ...apply,
        { type: 'ended', outcome: { phase: 'failed', revision: 2, error } },
      ],
      /no earlier revision/,
    ],
    [
      'failed, and so did the way back',
      [
        started,
        ...apply,
        { type: 'ended', outcome: { phase: 'failed', revision: 2, error: new SluiceError('rollback-failed', 'm') } },
      ],
      /not certain what serves/,
    ],
    [
      'serves but has no record',
      [started, ...apply, { type: 'ended', outcome: { phase: 'failed', revision: 2, serving: 2, error } }],
      /only its record/,
    ],
    [
      'found a finished release unwell',
      [{ type: 'ended', outcome: { phase: 'failed', revision: 2, serving: 2, error } }],
      /not healthy; nothing was written/,
    ],
    [
      'lost its lock',
      [
        started,
        ...apply,
        { type: 'ended', outcome: { phase: 'aborted', revision: 2, error: new SluiceError('lock-lost', 'm') } },
      ],
      /^Another run took over release shop/,
    ],
    [
      'changed nothing',
      [{ type: 'ended', outcome: { phase: 'unchanged', revision: 1, serving: 1 } }],
      /Revision 1 serves.*nothing was written/,
    ],
  ];
  it.each(ends)('that %s says just that', (_, events, words) => {
    expect(told(...events).headline.serves).toMatch(words);
  });

  it('says when a workload does not run the new version everywhere', () => {
    const paused: ReleaseEvent = {
      type: 'health',
      progress: { ref, status: 'healthy', message: 'paused', replicas: { desired: 2, updated: 0, ready: 2 } },
    };
    expect(
      told(started, ...apply, paused, { type: 'ended', outcome: { phase: 'succeeded', revision: 2, serving: 2 } })
        .headline.serves,
    ).toMatch(/^Revision 2 is applied, but 1 of 1 workload in shop does not run it everywhere/);
  });

  it('advises a log only where a container has written one', () => {
    const noImage: ReleaseEvent = {
      type: 'failed',
      error,
      failures: [
        {
          ref,
          status: 'failed',
          message: 'm',
          findings: [{ reason: 'ImageRefused', message: 'no image', pod: 'web-1', container: 'web' }],
        },
      ],
    };
    const model = told(started, ...apply, noImage, { type: 'ended', outcome: { phase: 'failed', revision: 2, error } });
    expect(model.nextSteps.some(({ command }) => command?.includes(' logs '))).toBe(false);
  });
});
