import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/clock.ts';
import type { KubeObject } from '../../src/kube.ts';
import { type CommandRequest, promote, reject } from '../../src/release/commands.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { Outcome, TimedEvent } from '../../src/release/events.ts';
import { type Harness, harness, webService } from '../sandbox/harness.ts';
import { recordsOf } from './cluster-state.ts';
import {
  app,
  approve,
  commandRequest,
  configMap,
  deployNow,
  deployRequest,
  HOUR_MS,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  type Run,
  type Wish,
  weight,
} from './rig.ts';

/* What the property test found, each in the fewest words that show it. */

const SANDBOX = 'sandbox.sluice.dev/';
const QUIET = { exclude: ['*-canary', '*-preview', '*-stable'] };
const SWITCHED: Wish = { strategy: 'blue-green', traffic: 'service' };

/** A cluster in which version 1 serves, deployed by hand; `isAdopted`: with the label of stable's track on its pods. */
function serving(objects: readonly KubeObject[], isAdopted = true): Harness {
  return harness({ objects: isAdopted ? objects.map(adopted) : objects, traffic: QUIET, readyMs: 60_000 });
}

function adopted(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const { template, ...spec } = object.spec as { template: { metadata: { labels: object } } };
  const labels = { ...template.metadata.labels, 'sluice.dev/track': 'stable' };
  return { ...object, spec: { ...spec, template: { ...template, metadata: { ...template.metadata, labels } } } };
}

function begin(h: Harness, objects: readonly KubeObject[], wish: Wish = {}): { run: Run; ended: Promise<Outcome> } {
  const run = openRun(h);
  const ended = deploy(run.deps, deployRequest(run, objects, wish));
  ended.catch(() => undefined);
  return { run, ended };
}

async function until(h: Harness, run: Run, test: (event: TimedEvent) => boolean): Promise<void> {
  const seen = Promise.withResolvers<void>();
  run.listeners.add(event => (test(event) ? seen.resolve() : undefined));
  await h.run(seen.promise, LIMIT_MS);
}

/** Does it in the very moment, once. */
function when(run: Run, test: (event: TimedEvent) => boolean, act: () => void): void {
  const hear = (event: TimedEvent): void => {
    if (!test(event)) return;
    run.listeners.delete(hear);
    act();
  };
  run.listeners.add(hear);
}

const starts =
  (name: string) =>
  (event: TimedEvent): boolean =>
    event.type === 'step-started' && event.name.startsWith(name);

function say(h: Harness, act: typeof promote, more: Partial<CommandRequest> = {}): Promise<Outcome> {
  const run = openRun(h);
  return h.run(act(run.deps, commandRequest(run, more)), LIMIT_MS);
}

type Sized = KubeObject<{ replicas: number; template: { spec: { containers: { image: string }[] } } }>;
const workload = (h: Harness, kind = 'Deployment'): Sized =>
  h.api.get(`apps/${kind}`, NAMESPACE, 'web') as unknown as Sized;
const imageOf = (h: Harness): unknown => workload(h).spec?.template.spec.containers[0]?.image;

function expectUnharmed(h: Harness): void {
  h.clock.advance(60_000);
  h.laws.endOfRelease(NAMESPACE);
  h.stop();
  const lost = (h.traffic?.losses ?? []).map(({ why }) => why);
  expect({ broken: h.laws.violations, lost: lost.slice(0, 3) }).toEqual({ broken: [], lost: [] });
}

const slowly = { [`${SANDBOX}ready-after`]: '10s' };

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
    const spec = { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } };
    const options = { replicas: 3, annotations: slowly, spec };
    const h = serving(app(options), false);
    const wish: Wish = { ...SWITCHED, steps: [weight(100), hold(3_000)] };
    const { run, ended } = begin(h, app({ ...options, image: 'web:2' }), wish);
    await until(h, run, starts('Adopt'));
    await h.run(sleep(h.clock, 25_000));
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

describe('the owners of stable’s size', () => {
  it('are not us for a time any more where it has the new size already when it is promoted', async () => {
    const h = serving(app({ replicas: 4 }));
    await deployNow(h, app({ replicas: 2, image: 'web:2' }), { steps: [weight(50), hold(3_000)] });
    expectUnharmed(h);
  });

  it('nor where somebody else has changed it after that', async () => {
    const h = serving(app({ replicas: 2, annotations: slowly }));
    const { run, ended } = begin(h, app({ image: 'web:2', annotations: slowly }), { steps: [weight(50), hold(3_000)] });
    await until(h, run, starts('Wait until stable'));
    const live = structuredClone(workload(h));
    h.api.update({ ...live, spec: { ...live.spec, replicas: 5 } } as KubeObject, { manager: 'somebody' });
    await h.run(ended, LIMIT_MS);
    expectUnharmed(h);
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

describe('the last steps of a release that is promoted', () => {
  const recreate = { spec: { strategy: { type: 'Recreate' } } };

  it('a twin that cannot be deleted is told, and does not take the promoted version back', async () => {
    const h = serving(app());
    const { run, ended } = begin(h, app({ image: 'web:2' }), { steps: [weight(50), hold(3_000)] });
    when(run, starts('Remove'), () =>
      h.sandbox.faults.add({ effect: { kind: 'error', status: 500 }, verbs: ['delete'], resource: 'deployments' }),
    );
    await h.run(ended, LIMIT_MS);
    h.stop();
    expect(imageOf(h)).toBe('web:2');
  });

  it.each(['Drain', 'Remove'])('a reject at the step %s stops nothing that serves', async step => {
    const h = serving(app(recreate));
    const { run, ended } = begin(h, app({ ...recreate, image: 'web:2' }), { steps: [weight(50), hold(3_000)] });
    const other = openRun(h);
    let said: Promise<unknown> = Promise.resolve();
    const sayIt = (): void => {
      said = reject(other.deps, commandRequest(other)).catch(() => undefined);
    };
    when(run, starts('Give the traffic back'), () => when(run, starts(step), sayIt));
    await h.run(ended, LIMIT_MS);
    await h.run(said, LIMIT_MS);
    expectUnharmed(h);
  });

  it('what was pruned comes back when a cut release is rejected', async () => {
    const h = harness({ objects: app().slice(1), traffic: QUIET });
    await deployNow(h, [...app(), configMap('1', 'old')], { strategy: 'rolling' });
    h.clock.advance(60_000);
    const { run } = begin(h, app({ image: 'web:2' }), { steps: [weight(50), hold(3_000)] });
    const died = Promise.withResolvers<void>();
    when(
      run,
      event => event.type === 'written' && event.ref.name === 'old' && event.change === 'pruned',
      () => {
        run.process.kill();
        died.resolve();
      },
    );
    await h.run(died.promise, LIMIT_MS);
    await say(h, reject).catch(() => undefined);
    h.stop();
    const isBack = recordsOf(h.api).at(-1) === '2 rolled-back';
    expect({ image: imageOf(h), old: h.api.get('ConfigMap', NAMESPACE, 'old') !== undefined }).toEqual(
      isBack ? { image: 'web:1', old: true } : { image: 'web:2', old: false },
    );
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
  it.each(['Recreate', 'RollingUpdate'])('has pods all the time while stable is rolled: %s', async type => {
    const spec = { strategy: { type } };
    const objects = (image: string) => [...app({ image, spec }), webService('internal', { app: 'web' })];
    const h = serving(objects('web:1'));
    const outcome = await deployNow(h, objects('web:2'), {
      ...SWITCHED,
      service: 'web',
      steps: [weight(100), hold(3_000)],
    });
    expect(outcome.phase).toBe('succeeded');
    expectUnharmed(h);
  });
});

describe('a way back that another run could not finish', () => {
  it('is finished before the next version begins, or that does not begin', async () => {
    const h = serving(app());
    const annotations = { [`${SANDBOX}image-pull-failure`]: 'true' };
    const { run, ended } = begin(h, app({ image: 'web:2', annotations }), { steps: [weight(50), hold(3_000)] });
    const refuse = (): void =>
      h.sandbox.faults.add({
        effect: { kind: 'error', status: 500 },
        times: 2,
        verbs: ['delete'],
        resource: 'services',
      });
    when(run, starts('Remove'), refuse);
    expect(await h.run(ended, LIMIT_MS)).toMatchObject({ error: { code: 'rollback-failed' } });
    await deployNow(h, app({ image: 'web:3' }), { steps: [weight(50), hold(3_000)] });
    h.stop();
    const [first, second] = recordsOf(h.api);
    expect({ second, isOpen: first?.endsWith('in-progress') }).not.toEqual({ second: '2 succeeded', isOpen: true });
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

describe('a StatefulSet', () => {
  const set = (image: string, replicas: number | undefined, annotations: Record<string, string> = {}): KubeObject[] =>
    app({ image, replicas, annotations, config: image }).map(object => {
      if (object.kind !== 'Deployment') return object;
      return { ...object, kind: 'StatefulSet', spec: { ...(object.spec as object), serviceName: 'web' } };
    });
  const begun = (objects: readonly KubeObject[]): Harness => {
    const [, ...rest] = objects;
    // The Deployment of the harness makes way.
    const h = harness({ replicas: 0, objects: [configMap('web:1'), ...rest], traffic: QUIET, readyMs: 60_000 });
    h.api.delete('apps/Deployment', NAMESPACE, 'web', {});
    return h;
  };

  it('keeps the size that others gave it where the manifests leave it open', async () => {
    const h = begun(set('web:1', 3));
    await deployNow(h, set('web:2', undefined), { steps: [weight(50), hold(3_000)] });
    h.stop();
    expect(workload(h, 'StatefulSet').spec?.replicas).toBe(3);
  });

  it('of one pod gets the new version at promotion, not at the first weight', async () => {
    const h = begun(set('web:1', 1));
    await deployNow(h, set('web:2', 1), { steps: [weight(10), approve] });
    h.stop();
    const images = h.api
      .list<Sized>('Pod', NAMESPACE)
      .map(({ spec }) => (spec as unknown as { containers: { image: string }[] }).containers[0]?.image);
    expect(images).toEqual(recordsOf(h.api).at(-1) === '1 paused' ? ['web:1'] : ['web:2']);
  });

  it.each(['unready-after', 'crash-after'])(
    'goes back although all of it is of the new version, and breaks: %s',
    async how => {
      const h = begun(set('web:1', 2));
      const broken = set('web:2', 2, { [SANDBOX + how]: '15s' });
      const outcome = await deployNow(h, broken, { steps: [weight(100), hold(60_000)], timeoutMs: 60_000 });
      h.stop();
      expect(outcome).toMatchObject({ phase: 'rolled-back' });
    },
  );

  it('goes back although a pod of its partition has broken after the promotion began', async () => {
    const h = begun(set('web:1', 2));
    const broken = set('web:2', 2, { [`${SANDBOX}unready-after`]: '15s' });
    const outcome = await deployNow(h, broken, { steps: [weight(50), hold(14_000)], timeoutMs: 60_000 });
    h.stop();
    expect(outcome).toMatchObject({ phase: 'rolled-back' });
  });
});
