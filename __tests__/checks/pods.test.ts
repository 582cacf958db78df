import { describe, expect, it } from '@jest/globals';
import type { Sample } from '../../src/checks/check.ts';
import { podsCheck } from '../../src/checks/pods.ts';
import { systemClock } from '../../src/clock.ts';
import type { PodsConfig } from '../../src/config/check-config.ts';
import type { KubeObject } from '../../src/kube.ts';
import type { Pair } from '../../src/release/plan.ts';
import { type HandView, handView, PAIR, pod, ref, slice, workload } from '../traffic/hand-view.ts';
import { checkContext, SETTINGS } from './context.ts';

const CANARY = { app: 'web', 'sluice.dev/track': 'canary' };
const CONFIG: PodsConfig = { ...SETTINGS, kind: 'pods', name: 'pods', intervalMs: 1_000 };
const START = Date.parse('2026-11-23T12:00:00Z');

interface Watched {
  view: HandView;
  /** Milliseconds since the hold began. */
  at(ms: number): void;
  sample(): Promise<Sample>;
  alarm(): Sample | undefined;
}

/** A check over a twin of two pods that can serve, until something is put in their place. */
function watch(
  { pairs = [PAIR], since }: { pairs?: readonly Pair[]; since?: number } = {},
  ...more: KubeObject[]
): Watched {
  const view = handView(
    workload(PAIR.stable, { app: 'web' }, { replicas: 2 }),
    workload(PAIR.twin, CANARY, { replicas: 2 }),
    pod('s', { app: 'web' }),
    pod('a', CANARY),
    pod('b', CANARY),
    slice('web-canary', 'web-canary-1', ['a', 'b'], true),
    ...more,
  );
  let now = START;
  const context = checkContext({
    view,
    pairs,
    clock: { ...systemClock, now: () => now },
    redact: text => text.replaceAll('hunter2', '***'),
    ...(since === undefined ? {} : { since }),
  });
  const check = podsCheck(CONFIG, context);
  return {
    view,
    at: ms => {
      now = START + ms;
    },
    sample: () => check.sample(new AbortController().signal, false),
    alarm: () => check.alarm?.(),
  };
}

/** Only so many of the twin's two pods are ready endpoints. */
function lose(view: HandView, ready: readonly string[]): void {
  view.put(
    slice('web-canary', 'web-canary-1', ready, true),
    ...['a', 'b'].filter(name => !ready.includes(name)).map(name => pod(name, CANARY, { isReady: false })),
    workload(PAIR.twin, CANARY, { replicas: 2, available: ready.length }),
  );
}

const ended = (more: object = {}) => ({ terminated: { exitCode: 1, reason: 'Error', ...more } });
const waiting = (reason: string, message = '') => ({ waiting: { reason, message } });

describe('the pods check passes', () => {
  it('where all of the new version can serve, and has no alarm', async () => {
    const { sample, alarm } = watch();
    expect(await sample()).toEqual({ outcome: 'pass', message: 'Deployment shop/web-canary: 2 of 2 pods can serve' });
    expect(alarm()).toBeUndefined();
  });

  it('where stable’s pods crash: they are not what is asked about', async () => {
    const { view, sample } = watch();
    view.put(pod('s', { app: 'web' }, { isReady: false, restarts: 3, state: waiting('CrashLoopBackOff') }));
    expect((await sample()).outcome).toBe('pass');
  });

  it('where a container had restarted before the hold began', async () => {
    const { view, sample } = watch({}, pod('a', CANARY, { restarts: 2, lastState: ended() }));
    view.put(pod('a', CANARY, { restarts: 2, lastState: ended() }));
    expect((await sample()).outcome).toBe('pass');
  });

  it('where a pod that is going ends as it may', async () => {
    const { view, sample } = watch();
    view.put(pod('c', CANARY, { isReady: false, isLeaving: true, state: ended({ exitCode: 143 }) }));
    expect((await sample()).outcome).toBe('pass');
  });
});

describe('the pods check fails at once', () => {
  const crash = pod('a', CANARY, { isReady: false, state: ended() });
  const loop = pod('a', CANARY, {
    isReady: false,
    restarts: 1,
    state: waiting('CrashLoopBackOff', 'back-off 10s'),
    lastState: ended(),
  });
  const oom = pod('a', CANARY, {
    isReady: false,
    restarts: 1,
    state: waiting('CrashLoopBackOff'),
    lastState: ended({ exitCode: 137, reason: 'OOMKilled' }),
  });
  const restarted = pod('a', CANARY, { restarts: 1, lastState: ended() });

  it.each([
    ['a crash', crash, 'exit code 1'],
    ['a crash loop', loop, 'exit code 1'],
    ['a pod killed for its memory', oom, 'OOMKilled'],
    ['a restart, although it is ready again', restarted, 'has restarted (exit code 1)'],
    [
      'a restart for memory',
      pod('a', CANARY, { restarts: 1, lastState: ended({ exitCode: 137, reason: 'OOMKilled' }) }),
      'OOMKilled',
    ],
    ['a liveness probe, of which only the count is left', pod('a', CANARY, { restarts: 1 }), 'has restarted'],
  ])('%s', async (_what, broken, text) => {
    const { view, sample, alarm } = watch();
    view.put(broken);
    const seen = await sample();
    expect(seen).toMatchObject({ outcome: 'fail', message: expect.stringContaining(text) });
    expect(seen.message).toContain('Pod a');
    expect(alarm()).toEqual(seen);
  });

  it('a pod that comes later and crashes', async () => {
    const { view, sample } = watch();
    view.put(pod('c', CANARY));
    expect((await sample()).outcome).toBe('pass');
    view.put(pod('c', CANARY, { restarts: 1, lastState: ended() }));
    expect((await sample()).outcome).toBe('fail');
  });

  it('no pod that can serve', async () => {
    const { view, sample, alarm } = watch();
    lose(view, []);
    expect(await sample()).toEqual({ outcome: 'fail', message: 'Deployment shop/web-canary: 0 of 2 pods can serve' });
    expect(alarm()?.outcome).toBe('fail');
  });

  it('with the words of the cluster, and without Secret values', async () => {
    const { view, sample } = watch();
    view.put(pod('a', CANARY, { isReady: false, state: ended({ message: 'password hunter2 refused' }) }));
    const { message } = await sample();
    expect(message).toContain('password *** refused');
  });
});

describe('pods that cannot serve for a while', () => {
  it('are let pass for less than 10 seconds', async () => {
    const { view, at, sample, alarm } = watch();
    lose(view, ['a']);
    expect(await sample()).toEqual({ outcome: 'pass', message: 'Deployment shop/web-canary: 1 of 2 pods can serve' });
    at(9_999);
    expect((await sample()).outcome).toBe('pass');
    at(10_000);
    expect((await sample()).outcome).toBe('fail');
    expect(alarm()?.outcome).toBe('fail');
  });

  it('begin anew when all could serve in between', async () => {
    const { view, at, sample } = watch();
    lose(view, ['a']);
    await sample();
    at(8_000);
    view.put(
      slice('web-canary', 'web-canary-1', ['a', 'b'], true),
      pod('b', CANARY),
      workload(PAIR.twin, CANARY, { replicas: 2 }),
    );
    await sample();
    at(9_000);
    lose(view, ['b']);
    await sample();
    at(15_000);
    expect((await sample()).outcome).toBe('pass');
    at(19_000);
    expect((await sample()).outcome).toBe('fail');
  });
});

describe('what nobody has seen', () => {
  const restart = (finishedAt: string) => pod('a', CANARY, { restarts: 1, lastState: ended({ finishedAt }) });

  it('a restart while no run looked fails, when the hold had begun by then', async () => {
    const since = START - 3_600_000;
    expect((await watch({ since }, restart('2026-11-23T11:30:00Z')).sample()).outcome).toBe('fail');
    expect((await watch({ since }, restart('2026-11-23T10:30:00Z')).sample()).outcome).toBe('pass');
    expect((await watch({}, restart('2026-11-23T11:30:00Z')).sample()).outcome).toBe('pass');
  });

  it('a twin without pods is no data', async () => {
    const { view, sample, alarm } = watch();
    view.put(workload(PAIR.twin, CANARY, { replicas: 0 }));
    expect(await sample()).toEqual({ outcome: 'no-data', message: 'Deployment shop/web-canary has no pods' });
    expect(alarm()).toBeUndefined();
  });

  it('a twin that somebody has deleted is no data', async () => {
    const { view, sample } = watch();
    view.forget(PAIR.twin);
    expect((await sample()).outcome).toBe('no-data');
  });
});

describe('several workloads', () => {
  const api: Pair = { stable: ref('Deployment', 'api'), twin: ref('Deployment', 'api-canary'), size: 1, surge: 1 };
  const apiPods = { app: 'api', 'sluice.dev/track': 'canary' };
  const present = [workload(api.twin, apiPods, { replicas: 1 }), pod('x', apiPods)];

  it('pass together, and each is told', async () => {
    const { message, outcome } = await watch({ pairs: [PAIR, api] }, ...present).sample();
    expect({ message, outcome }).toEqual({
      outcome: 'pass',
      message: 'Deployment shop/web-canary: 2 of 2 pods can serve; Deployment shop/api-canary: 1 of 1 pods can serve',
    });
  });

  it('fail where one fails, also beside one without data', async () => {
    const { view, sample } = watch({ pairs: [PAIR, api] }, ...present);
    view.put(workload(PAIR.twin, CANARY, { replicas: 0 }));
    expect((await sample()).outcome).toBe('no-data');
    view.put(pod('x', apiPods, { restarts: 1 }));
    expect((await sample()).outcome).toBe('fail');
  });
});

describe('a StatefulSet, whose own pods are of both versions', () => {
  const set = ref('StatefulSet', 'db');
  const pair: Pair = { stable: set, twin: set, size: 2, surge: 1 };
  const of = (revision: string) => ({ app: 'db', 'controller-revision-hash': revision });
  const present = [
    workload(set, { app: 'db' }, { replicas: 2, revision: 'db-2' }),
    pod('db-0', of('db-1')),
    pod('db-1', of('db-2')),
  ];

  it('passes as long as no pod of the new revision has restarted', async () => {
    const { view, sample } = watch({ pairs: [pair] }, ...present);
    expect((await sample()).outcome).toBe('pass');
    view.put(pod('db-0', of('db-1'), { restarts: 1 }));
    expect((await sample()).outcome).toBe('pass');
    view.put(pod('db-1', of('db-2'), { restarts: 1 }));
    expect((await sample()).outcome).toBe('fail');
  });

  it('has no data as long as none of its pods is of the new revision', async () => {
    const { view, sample } = watch({ pairs: [pair] }, ...present);
    view.put(pod('db-1', of('db-1')));
    expect((await sample()).outcome).toBe('no-data');
  });

  it('fails where its new pods cannot serve for 10 seconds', async () => {
    const { view, at, sample } = watch({ pairs: [pair] }, ...present);
    view.put(
      pod('db-1', of('db-2'), { isReady: false }),
      workload(set, { app: 'db' }, { replicas: 2, available: 1, revision: 'db-2' }),
    );
    await sample();
    at(10_000);
    expect((await sample()).outcome).toBe('fail');
  });
});
