import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/clock.ts';
import type { KubeObject } from '../../src/kube.ts';
import { promote, reject } from '../../src/release/commands.ts';
import { webService } from '../sandbox/harness.ts';
import {
  begin,
  expectUnharmed,
  imageOf,
  SANDBOX,
  SWITCHED,
  say,
  serving,
  slowly,
  starts,
  until,
  when,
} from './property/found-rig.ts';
import { app, approve, deployNow, HOUR_MS, hold, LIMIT_MS, NAMESPACE, type Wish, weight } from './rig.ts';

/* What the property test found about traffic, each in the fewest words that show it. */

describe('an adoption that was cut', () => {
  it('is finished by the next release before any Service is pinned to the label', async () => {
    const h = serving(app({ annotations: slowly }), false);
    const wish: Wish = { ...SWITCHED, steps: [weight(100), hold(3_000)] };
    const { run, ended } = begin(h, app({ image: 'web:2', annotations: slowly }), wish);
    await until(h, run, starts('Adopt'));
    await say(h, reject);
    await h.run(ended, LIMIT_MS);
    await deployNow(h, app({ image: 'web:2', annotations: slowly }), wish);
    expectUnharmed(h);
  });

  it('is finished when the pods that have the label are ready, too', async () => {
    const options = { spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } };
    const h = serving(app(options), false);
    const wish: Wish = { ...SWITCHED, steps: [weight(100), hold(3_000)] };
    const { run, ended } = begin(h, app({ ...options, image: 'web:2' }), wish);
    await until(h, run, starts('Adopt'));
    await say(h, reject);
    await h.run(ended, LIMIT_MS);
    await deployNow(h, app({ ...options, image: 'web:2' }), wish);
    expectUnharmed(h);
  });
});

describe('a stable version that is broken', () => {
  it.each<['pods' | 'service', Wish]>([
    ['pods', { steps: [weight(50), hold(3_000)] }],
    ['service', { ...SWITCHED, steps: [weight(100), hold(3_000)] }],
  ])('is replaced by one that works, by %s', async (_router, wish) => {
    const h = serving(app({ annotations: { [`${SANDBOX}unready-after`]: '30s' } }));
    const outcome = await deployNow(h, app({ image: 'web:2' }), wish);
    h.stop();
    expect({ phase: outcome.phase, broken: h.laws.violations }).toEqual({ phase: 'succeeded', broken: [] });
  });
});

describe('a new version that dies while it has all the traffic', () => {
  it('is not promoted by an approval that nobody looked at it for', async () => {
    const annotations = { [`${SANDBOX}unready-after`]: '60s' };
    const h = serving(app());
    await deployNow(h, app({ image: 'web:2', annotations }), { ...SWITCHED, steps: [weight(100), approve] });
    h.clock.advance(120_000);
    await say(h, promote);
    h.stop();
    expect(h.laws.violations).toEqual([]);
  });

  it('is not promoted by a person who overrules the check that saw it', async () => {
    const annotations = { [`${SANDBOX}unready-after`]: '10s' };
    const h = serving(app());
    const wish: Wish = { ...SWITCHED, steps: [weight(100), hold(30_000)], onFailure: 'pause' };
    expect(await deployNow(h, app({ image: 'web:2', annotations }), wish)).toMatchObject({ phase: 'paused' });
    await say(h, promote);
    h.stop();
    expect({ broken: h.laws.violations, image: imageOf(h) }).toEqual({ broken: [], image: 'web:1' });
  });

  it('is not promoted when it dies while stable drains', async () => {
    const annotations = { [`${SANDBOX}unready-after`]: '6s' };
    const h = serving(app());
    const wish: Wish = { ...SWITCHED, steps: [weight(100), hold(1_000)], drainMs: 10_000 };
    await deployNow(h, app({ image: 'web:2', annotations }), wish);
    h.stop();
    expect({ broken: h.laws.violations, image: imageOf(h) }).toEqual({ broken: [], image: 'web:1' });
  });

  it('loses the traffic to stable’s old pods, which still work, when its promotion is taken back', async () => {
    const annotations = { [`${SANDBOX}unready-after`]: '20s' };
    const objects = (version: number) =>
      app({ image: `web:${version}`, spec: { minReadySeconds: 15 }, ...(version > 1 ? { annotations } : {}) });
    const h = serving(objects(1));
    const { ended } = begin(h, objects(2), { ...SWITCHED, steps: [weight(100), hold(1_000)], timeoutMs: 30_000 });
    await h.run(ended, LIMIT_MS);
    h.stop();
    expect(h.laws.violations).toEqual([]);
  });
});

describe('pods that serve', () => {
  it('are not taken for unready because they are not yet available', async () => {
    const spec = { minReadySeconds: 20 };
    const h = serving(app({ replicas: 4, spec }));
    const steps = [weight(25), hold(30_000), weight(50), hold(3_000)];
    const { run, ended } = begin(h, app({ replicas: 4, spec, image: 'web:2' }), { steps });
    await until(h, run, starts('Hold 30s'));
    await h.run(sleep(h.clock, 15_000));
    const pods = h.api.list('Pod', NAMESPACE).filter(({ metadata }) => metadata.name.startsWith('web-'));
    const stable = pods.find(({ metadata }) => metadata.labels?.['sluice.dev/track'] === 'stable');
    h.api.delete('Pod', NAMESPACE, stable?.metadata.name ?? '', {});
    await h.run(ended, LIMIT_MS);
    expectUnharmed(h);
  });

  it('a Service is not switched to pods that were lost while the API server took its time', async () => {
    const annotations = { [`${SANDBOX}unready-after`]: '10s' };
    const h = serving(app());
    const { run, ended } = begin(h, app({ image: 'web:2', annotations }), {
      ...SWITCHED,
      steps: [hold(3_000), weight(100), hold(3_000)],
    });
    when(run, starts('Shift to 100'), () =>
      h.sandbox.faults.add({ effect: { kind: 'slow', milliseconds: 12_000 }, verbs: ['get'], resource: 'services' }),
    );
    await h.run(ended, LIMIT_MS);
    h.stop();
    expect(h.laws.violations).toEqual([]);
  });

  it('drain before they are stopped, also where somebody promotes before the hold is over', async () => {
    // Servers that stop at once, with answers that take a second and a half.
    const annotations = { [`${SANDBOX}terminate-after`]: '0', [`${SANDBOX}latency`]: '1500ms' };
    const h = serving(app({ annotations }));
    const { run, ended } = begin(h, app({ image: 'web:2', annotations }), {
      ...SWITCHED,
      steps: [weight(100), hold(HOUR_MS)],
      settleMs: 500,
      drainMs: 15_000,
    });
    await until(h, run, starts('Hold'));
    await say(h, promote);
    await h.run(ended, LIMIT_MS);
    expectUnharmed(h);
  });
});

describe('a Service beside the one that is switched', () => {
  const objects = (image: string, type: string): KubeObject[] => [
    ...app({ image, spec: { strategy: { type } } }),
    webService('internal', { app: 'web' }),
  ];
  const wish: Wish = { ...SWITCHED, service: 'web', steps: [weight(100), hold(3_000)] };

  it('has pods all the time while stable is rolled', async () => {
    const h = serving(objects('web:1', 'RollingUpdate'));
    expect((await deployNow(h, objects('web:2', 'RollingUpdate'), wish)).phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('would have none where rolling stops stable: that is refused before any write', async () => {
    const h = serving(objects('web:1', 'Recreate'));
    const { run, ended } = begin(h, objects('web:2', 'Recreate'), wish);
    await expect(h.run(ended)).rejects.toThrow(/Service default\/internal sends to Deployment default\/web, too/);
    expect(run.process.writes).toEqual([]);
    h.stop();
  });
});

describe('sizes by the router pods', () => {
  it('a step with replicas leaves the traffic as it is, and keeps to the surge', async () => {
    const h = serving(app({ replicas: 4 }));
    const steps = [weight(25), { kind: 'replicas' as const, replicas: 4 }, hold(3_000)];
    const { run, ended } = begin(h, app({ replicas: 4, image: 'web:2' }), { steps });
    await h.run(
      ended.catch(() => undefined),
      LIMIT_MS,
    );
    h.stop();
    expect({ broken: h.laws.violations, isRefused: run.process.writes.length === 0 }).toMatchObject({ broken: [] });
  });

  it('a canary is not asked for data before it has any pods', async () => {
    const h = serving(app());
    const outcome = await deployNow(h, app({ image: 'web:2' }), { steps: [hold(3_000), weight(50), hold(3_000)] });
    h.stop();
    expect(outcome).toMatchObject({ phase: 'succeeded' });
  });
});
