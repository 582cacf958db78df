import { describe, expect, it } from '@jest/globals';
import { sleep } from '../../src/clock.ts';
import type { KubeObject } from '../../src/kube.ts';
import { advanceAll } from '../../src/release/advance-all.ts';
import { type CommandRequest, pause, promote, reject, resume } from '../../src/release/commands.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { Outcome, TimedEvent } from '../../src/release/events.ts';
import { type Harness, type HarnessOptions, harness, webDeployment, webService } from '../sandbox/harness.ts';
import { recordsOf, stateOf } from './cluster-state.ts';
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

const QUIET = { exclude: ['*-canary', '*-preview', '*-stable'] };

/** A cluster whose `web` Sluice has released once; requests flow, and the laws are watched. */
async function released(options: HarnessOptions = {}, first: Wish = { strategy: 'rolling' }): Promise<Harness> {
  const h = harness({ objects: app(), traffic: QUIET, ...options });
  await deployNow(h, options.objects ? [...options.objects] : app(), { ...first, force: true });
  h.clock.advance(60_000);
  return h;
}

/** Begins a deploy and lets so much time pass. */
function begin(h: Harness, objects: readonly KubeObject[], wish: Wish = {}): { run: Run; ended: Promise<Outcome> } {
  const run = openRun(h);
  const ended = deploy(run.deps, deployRequest(run, objects, wish));
  ended.catch(() => undefined);
  return { run, ended };
}

/** Drives the clock until the run has told such an event. */
async function until(h: Harness, run: Run, test: (event: TimedEvent) => boolean): Promise<void> {
  const seen = Promise.withResolvers<void>();
  const hear = (event: TimedEvent): void => {
    if (test(event)) seen.resolve();
  };
  run.listeners.add(hear);
  await h.run(seen.promise, LIMIT_MS);
  run.listeners.delete(hear);
}

function commandNow(
  h: Harness,
  act: (deps: Run['deps'], request: CommandRequest) => Promise<Outcome>,
  more: Partial<CommandRequest> = {},
): Promise<Outcome> {
  const run = openRun(h);
  return h.run(act(run.deps, commandRequest(run, more)), LIMIT_MS);
}

function get<T>(h: Harness, kind: string, name: string): T {
  return h.api.get(kind, NAMESPACE, name) as T;
}

type Sized = KubeObject<{ replicas?: number; template: { spec: { containers: { image: string }[] } } }>;
const sizeOf = (h: Harness, name: string): number | undefined =>
  get<Sized | undefined>(h, 'apps/Deployment', name)?.spec?.replicas;
const imageOf = (h: Harness, name: string): string | undefined =>
  get<Sized | undefined>(h, 'apps/Deployment', name)?.spec?.template.spec.containers[0]?.image;
const selectorOf = (h: Harness, name = 'web'): unknown =>
  get<KubeObject<{ selector: unknown }>>(h, 'Service', name).spec?.selector;

/** No law was broken, no request was lost, nothing was left behind. */
function expectUnharmed(h: Harness): void {
  h.clock.advance(60_000);
  h.laws.endOfRelease(NAMESPACE);
  expect({ broken: h.laws.violations, lost: h.traffic?.losses ?? [] }).toEqual({ broken: [], lost: [] });
  h.stop();
}

const shiftsOf = ({ events }: Run): number[] =>
  events.flatMap(event => (event.type === 'shifted' ? [event.weight] : []));

describe('weights and capacity', () => {
  it('actual-weight: 2 pods, weight 10 and no router give 50 %, and both are told', async () => {
    const h = await released();
    const { run, ended } = begin(h, app({ image: 'web:2' }), { steps: [weight(10)] });
    await h.run(ended, LIMIT_MS);
    const shifted = run.events.find(event => event.type === 'shifted');
    expect(shifted).toMatchObject({ weight: 10, actual: [{ share: 50 }] });
    expectUnharmed(h);
  });

  it('surge-cap: with 10 pods and a surge of 2 there are never more than 12, nor fewer than 10 that serve', async () => {
    const spec = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } };
    const objects = app({ replicas: 10, spec });
    const h = await released({ objects });
    let [most, least] = [0, 99];
    const { run, ended } = begin(h, app({ replicas: 10, spec, image: 'web:2' }), { steps: [weight(30), hold(5_000)] });
    h.sandbox.core.onWrite.add(() => {
      if (run.events.some(({ type }) => type === 'judged')) return;
      const ready = h.api.list<Sized & { status?: { availableReplicas?: number } }>('apps/Deployment', NAMESPACE);
      most = Math.max(
        most,
        ready.reduce((sum, { spec: one }) => sum + (one?.replicas ?? 0), 0),
      );
      least = Math.min(
        least,
        ready.reduce((sum, { status }) => sum + (status?.availableReplicas ?? 0), 0),
      );
    });
    await h.run(ended, LIMIT_MS);
    expect({ most, least, shifts: shiftsOf(run) }).toEqual({ most: 12, least: 10, shifts: [30, 0] });
    expectUnharmed(h);
  });

  it('ready-before-weight: a canary that never becomes ready gets no weight, and the run fails with the reason', async () => {
    const h = await released();
    const { run, ended } = begin(h, app({ image: 'web:2-unready' }), { steps: [weight(50)] });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'deadline-exceeded' } });
    expect(outcome.error?.message).toContain('not ready');
    expect(shiftsOf(run)).toEqual([0]);
    expectUnharmed(h);
  });

  it('previous-weight-held: pods that stay pending in step 2 leave the weight at that of step 1', async () => {
    const objects = app({ replicas: 4 });
    const h = await released({ objects });
    const { run, ended } = begin(h, app({ replicas: 4, image: 'web:2' }), {
      steps: [weight(25), hold(5_000), weight(50), hold(5_000)],
    });
    await until(h, run, event => event.type === 'judged');
    // From here on nothing more can be scheduled.
    for (const node of h.api.list('Node'))
      h.api.update({ ...structuredClone(node), spec: { unschedulable: true } }, { manager: 'test' });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'failed', error: { code: 'rollback-failed' } });
    expect(shiftsOf(run)).toEqual([25]);
    expect(h.laws.violations).toEqual([]);
    h.stop();
  });
});

describe('an application that Sluice did not deploy', () => {
  it('adopt: becomes stable without a lost request, and a reject leaves it serving as it was', async () => {
    const h = harness({ objects: app(), traffic: QUIET });
    const before = stateOf(h.api, { adopted: true });
    const steps = [hold(5_000), weight(100), approve];
    const paused = await deployNow(h, app({ image: 'web:2', config: '2' }), {
      strategy: 'blue-green',
      steps,
      force: true,
    });
    expect(paused.phase).toBe('paused');
    expect(selectorOf(h)).toEqual({ app: 'web', 'sluice.dev/track': 'preview' });
    expect(await commandNow(h, reject)).toMatchObject({ phase: 'rolled-back', error: { code: 'rejected' } });
    h.clock.advance(60_000);
    expect(stateOf(h.api, { adopted: true })).toEqual(before);
    expectUnharmed(h);
  });

  it('is refused where adopting it would stop it', async () => {
    const objects = app({ spec: { strategy: { type: 'Recreate' } } });
    const h = harness({ objects, traffic: QUIET });
    const run = openRun(h);
    const wish = { strategy: 'blue-green' as const, traffic: 'service' as const, force: true };
    const refused = deploy(
      run.deps,
      deployRequest(run, app({ image: 'web:2', spec: { strategy: { type: 'Recreate' } } }), wish),
    );
    await expect(h.run(refused)).rejects.toThrow(/Recreate/);
    expect(run.process.writes).toEqual([]);
    h.stop();
  });
});

describe('what only some workloads have', () => {
  it('no replicas: the size that somebody gave it stays his', async () => {
    const objects = app({ replicas: undefined });
    const h = await released({ objects });
    h.api.update(
      {
        ...structuredClone(get<Sized>(h, 'apps/Deployment', 'web')),
        spec: { ...structuredClone(get<Sized>(h, 'apps/Deployment', 'web').spec), replicas: 4 },
      } as KubeObject,
      { manager: 'somebody' },
    );
    h.clock.advance(10_000);
    const outcome = await deployNow(h, app({ replicas: undefined, image: 'web:2' }), { steps: [weight(50)] });
    expect(outcome).toEqual({ phase: 'succeeded', revision: 2, serving: 2 });
    expect({ size: sizeOf(h, 'web'), image: imageOf(h, 'web') }).toEqual({ size: 4, image: 'web:2' });
    const owners = get<KubeObject>(h, 'apps/Deployment', 'web').metadata.managedFields?.filter(
      ({ fieldsV1 }) => (fieldsV1['f:spec'] as Record<string, unknown> | undefined)?.['f:replicas'],
    );
    expect(owners?.map(({ manager }) => manager)).toEqual(['somebody']);
    expectUnharmed(h);
  });

  it.each(['success', 'reject'])('an autoscaler: its floor is held, stable’s size never written (%s)', async ending => {
    const scaler = autoscaler(2, 10);
    const objects = [...app({ replicas: 2 }), scaler];
    const h = await released({ objects });
    const live = structuredClone(get<KubeObject>(h, 'autoscaling/HorizontalPodAutoscaler', 'web'));
    h.api.update(
      { ...live, metadata: { ...live.metadata, annotations: { 'sandbox.sluice.dev/desired-replicas': '6' } } },
      { manager: 'load' },
    );
    h.clock.advance(60_000);
    expect(sizeOf(h, 'web')).toBe(6);
    const { run, ended } = begin(h, [...app({ replicas: 2, image: 'web:2' }), scaler], {
      steps: [weight(50), hold(5_000), approve],
    });
    await h.run(ended, LIMIT_MS);
    const floor = (): unknown =>
      get<KubeObject<{ minReplicas: number }>>(h, 'autoscaling/HorizontalPodAutoscaler', 'web').spec?.minReplicas;
    expect({ floor: floor(), stable: sizeOf(h, 'web'), twin: sizeOf(h, 'web-canary') }).toEqual({
      floor: 6,
      stable: 6,
      twin: 6,
    });
    expect(shiftsOf(run)).toEqual([50]);
    const outcome = await commandNow(h, ending === 'success' ? promote : reject);
    expect(outcome.phase).toBe(ending === 'success' ? 'succeeded' : 'rolled-back');
    expect({ floor: floor(), stable: sizeOf(h, 'web'), image: imageOf(h, 'web') }).toEqual({
      floor: 2,
      stable: 6,
      image: ending === 'success' ? 'web:2' : 'web:1',
    });
    expectUnharmed(h);
  });

  it('Recreate: it is rolled behind a twin that has all the traffic', async () => {
    const spec = { strategy: { type: 'Recreate' } };
    const h = await released({ objects: app({ spec }) });
    const { run, ended } = begin(h, app({ spec, image: 'web:2' }), { steps: [weight(50), hold(5_000)] });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(shiftsOf(run)).toEqual([50, 100, 0]);
    expectUnharmed(h);
  });

  it.each(['success', 'reject'])('a StatefulSet: by its partition (%s)', async ending => {
    const objects = statefulApp('db:1');
    const h = await released({ objects, traffic: false });
    const before = stateOf(h.api, { adopted: true });
    const paused = await deployNow(h, statefulApp('db:2'), { steps: [weight(50), hold(5_000), approve] });
    expect(paused.phase).toBe('paused');
    expect(stateOf(h.api).pods.filter(pod => pod.startsWith('db'))).toEqual(['db:1 ', 'db:1 ', 'db:2 ', 'db:2 ']);
    const outcome = await commandNow(h, ending === 'success' ? promote : reject);
    expect(outcome.phase).toBe(ending === 'success' ? 'succeeded' : 'rolled-back');
    h.clock.advance(60_000);
    if (ending === 'reject') expect(stateOf(h.api, { adopted: true })).toEqual(before);
    else expect(new Set(stateOf(h.api).pods.filter(pod => pod.startsWith('db')))).toEqual(new Set(['db:2 ']));
    expectUnharmed(h);
  });

  it('several workloads move in step, and one that has no new version stays out of it', async () => {
    const shop = (image: string) => [
      ...app({ image }),
      ...app({ image: `api-${image}`, name: 'api' }).slice(1),
      ...app({ name: 'idle' }).slice(1),
    ];
    const h = await released({ objects: shop('web:1') });
    const { run, ended } = begin(h, shop('web:2'), { steps: [weight(50), hold(5_000)] });
    await until(h, run, event => event.type === 'judged');
    expect([sizeOf(h, 'web-canary'), sizeOf(h, 'api-canary'), sizeOf(h, 'idle-canary')]).toEqual([1, 1, undefined]);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expectUnharmed(h);
  });
});

describe('what changes together with the version', () => {
  it.each(['pods', 'service'] as const)(
    'a new size is that of the promoted stable, and again is a no-op (%s)',
    async traffic => {
      const h = await released({ objects: app({ replicas: 3 }) });
      const objects = app({ replicas: 5, image: 'web:2' });
      const wish = { traffic, steps: [weight(traffic === 'pods' ? 34 : 100)] };
      expect((await deployNow(h, objects, wish)).phase).toBe('succeeded');
      h.clock.advance(60_000);
      expect(sizeOf(h, 'web')).toBe(5);
      const mark = h.laws.mark();
      expect((await deployNow(h, objects, wish)).phase).toBe('unchanged');
      expect(h.laws.writesSince(mark)).toEqual([]);
      const smaller = app({ replicas: 2, image: 'web:3' });
      expect((await deployNow(h, smaller, wish)).phase).toBe('succeeded');
      expect(sizeOf(h, 'web')).toBe(2);
      expectUnharmed(h);
    },
  );

  it.each(['success', 'reject'])(
    'two-namespaces: objects of one name in two namespaces move in step (%s)',
    async ending => {
      const both = (image: string, config: string): KubeObject[] =>
        app({ image, config }).flatMap(object => [
          object,
          { ...object, metadata: { ...object.metadata, namespace: 'other' } },
        ]);
      const h = harness({
        objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } }, ...both('web:1', '1')],
        traffic: QUIET,
      });
      const paused = await deployNow(h, both('web:2', '2'), {
        strategy: 'blue-green',
        steps: [weight(100), hold(3_000), approve],
      });
      expect(paused.phase).toBe('paused');
      const images = (name: string): (string | undefined)[] =>
        [NAMESPACE, 'other'].map(
          namespace =>
            (h.api.get('apps/Deployment', namespace, name) as Sized | undefined)?.spec?.template.spec.containers[0]
              ?.image,
        );
      expect([images('web'), images('web-preview')]).toEqual([
        ['web:1', 'web:1'],
        ['web:2', 'web:2'],
      ]);
      await commandNow(h, ending === 'success' ? promote : reject);
      expect(images('web')).toEqual(ending === 'success' ? ['web:2', 'web:2'] : ['web:1', 'web:1']);
      h.clock.advance(60_000);
      h.laws.endOfRelease('other');
      expectUnharmed(h);
    },
  );

  it('a Service that comes with the release reaches stable alone until the end', async () => {
    const h = await released();
    const extra = webService('metrics', { app: 'web' });
    const objects = [...app({ image: 'web:2' }), extra];
    const paused = await deployNow(h, objects, {
      strategy: 'blue-green',
      service: 'web',
      steps: [weight(100), hold(3_000), approve],
    });
    expect(paused.phase).toBe('paused');
    expect(selectorOf(h, 'metrics')).toEqual({ app: 'web', 'sluice.dev/track': 'stable' });
    await commandNow(h, promote);
    expect(selectorOf(h, 'metrics')).toEqual({ app: 'web' });
    expectUnharmed(h);
  });
});

describe('promote, reject, roll back', () => {
  it('reject-mid-canary: traffic goes back before anything is scaled down, and stable is as it was', async () => {
    const h = await released({ objects: app({ replicas: 5 }) });
    const before = stateOf(h.api);
    await deployNow(h, app({ replicas: 5, image: 'web:2', config: '2' }), { steps: [weight(40), approve] });
    expect([sizeOf(h, 'web'), sizeOf(h, 'web-canary')]).toEqual([3, 2]);
    expect(await commandNow(h, reject)).toMatchObject({ phase: 'rolled-back', revision: 2, serving: 1 });
    h.clock.advance(60_000);
    expect(stateOf(h.api)).toEqual(before);
    expectUnharmed(h);
  });

  it('promotion-fails: the side that works keeps serving, nothing of it is deleted, and the run fails loudly', async () => {
    const h = await released({}, { strategy: 'blue-green' });
    // The new version works as a twin, and not once it has the real ConfigMap.
    const { run, ended } = begin(h, app({ image: 'web:2', config: '2' }), {
      strategy: 'blue-green',
      traffic: 'service',
      steps: [weight(100), hold(5_000)],
      timeoutMs: 30_000,
    });
    await until(h, run, event => event.type === 'step-started' && event.name.startsWith('Promote'));
    const nodes = h.api.list('Node');
    for (const node of nodes)
      h.api.update({ ...structuredClone(node), spec: { unschedulable: true } }, { manager: 'test' });
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.phase).not.toBe('succeeded');
    expect(outcome.error?.message).toBeTruthy();
    expect(h.laws.violations).toEqual([]);
    expect(h.traffic?.losses).toEqual([]);
    h.stop();
  });

  it('rollback-to-stable: the old version again takes the new one away, without steps, and is green', async () => {
    const h = await released();
    await deployNow(h, app({ image: 'web:2' }), { steps: [weight(50), approve] });
    const { run, ended } = begin(h, app());
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(run.events.filter(({ type }) => type === 'judged')).toEqual([]);
    expect([sizeOf(h, 'web-canary'), imageOf(h, 'web')]).toEqual([undefined, 'web:1']);
    expect(recordsOf(h.api)).toEqual(['1 succeeded', '2 superseded', '3 succeeded']);
    expectUnharmed(h);
  });

  it('supersede: a newer version takes the unfinished one away and starts at step 1; stable is still the old one', async () => {
    const h = await released();
    await deployNow(h, app({ image: 'web:2' }), { steps: [weight(50), approve] });
    const { run, ended } = begin(h, app({ image: 'web:3' }), { steps: [weight(50), approve] });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('paused');
    expect(shiftsOf(run)).toEqual([0, 50]);
    expect([imageOf(h, 'web'), imageOf(h, 'web-canary')]).toEqual(['web:1', 'web:3']);
    expect(h.laws.violations).toEqual([]);
    h.stop();
  });

  it('supersede: an engine at work is told, takes its version back and gives the lock up', async () => {
    const h = await released();
    const first = begin(h, app({ image: 'web:2' }), { steps: [weight(50), hold(HOUR_MS)] });
    await until(h, first.run, event => event.type === 'shifted');
    const second = begin(h, app({ image: 'web:3' }), { steps: [weight(50), hold(5_000)], concurrency: 'supersede' });
    const [one, two] = await h.run(Promise.all([first.ended, second.ended]), LIMIT_MS);
    expect(one).toMatchObject({ phase: 'rolled-back', error: { code: 'superseded' } });
    expect(two).toMatchObject({ phase: 'succeeded', revision: 3 });
    expectUnharmed(h);
  });

  it('retry: the same version again after a reject starts at step 1', async () => {
    const h = await released();
    const wish = { steps: [weight(50), approve] };
    await deployNow(h, app({ image: 'web:2' }), wish);
    await commandNow(h, reject);
    const { run, ended } = begin(h, app({ image: 'web:2' }), wish);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('paused');
    expect(shiftsOf(run)).toEqual([50]);
    expect(recordsOf(h.api)).toEqual(['1 succeeded', '2 rolled-back', '3 paused']);
    h.stop();
  });

  it('promote-later: an hour later, from another machine, exactly the recorded manifests are promoted', async () => {
    const h = await released();
    await deployNow(h, app({ image: 'web:2', config: '2' }), { steps: [weight(50), approve] });
    h.clock.advance(HOUR_MS);
    const outcome = await commandNow(h, promote);
    expect(outcome).toMatchObject({ phase: 'succeeded', revision: 2 });
    expect(imageOf(h, 'web')).toBe('web:2');
    expect(get<{ data: unknown }>(h, 'ConfigMap', 'conf').data).toEqual({ value: '2' });
    expectUnharmed(h);
  });

  it('the same version again while it waits for an approval: nothing is written', async () => {
    const h = await released();
    const wish = { steps: [weight(50), approve] };
    await deployNow(h, app({ image: 'web:2' }), wish);
    const mark = h.laws.mark();
    expect((await deployNow(h, app({ image: 'web:2' }), wish)).phase).toBe('paused');
    expect(h.laws.writesSince(mark)).toEqual([]);
    h.stop();
  });

  it('again is a no-op: a second run of a finished release makes no write', async () => {
    const h = await released();
    for (const strategy of ['canary', 'blue-green'] as const) {
      const objects = app({ image: `web:${strategy}` });
      expect((await deployNow(h, objects, { strategy })).phase).toBe('succeeded');
      h.clock.advance(60_000);
      const mark = h.laws.mark();
      expect((await deployNow(h, objects, { strategy })).phase).toBe('unchanged');
      expect(h.laws.writesSince(mark)).toEqual([]);
    }
    expectUnharmed(h);
  });
});

describe('words of other runs', () => {
  it('reject-while-running: the engine obeys within two seconds, and the other run reports it', async () => {
    const h = await released();
    const { run, ended } = begin(h, app({ image: 'web:2' }), { steps: [weight(50), hold(HOUR_MS)] });
    await until(h, run, event => event.type === 'shifted');
    await h.run(sleep(h.clock, 20_000));
    const saidAt = h.clock.now();
    const writes = run.process.writes.length;
    const [engine, other] = await h.run(Promise.all([ended, commandNow(h, reject)]), LIMIT_MS);
    const first = run.process.writes
      .slice(writes)
      .find(({ path, verb }) => verb === 'patch' && path.includes('deployments'));
    expect(first && first.at - saidAt).toBeLessThan(2_000);
    expect(engine).toMatchObject({
      phase: 'rolled-back',
      error: { code: 'rejected', message: expect.stringContaining('ada') },
    });
    expect(other).toMatchObject({ phase: 'rolled-back', revision: 2 });
    expectUnharmed(h);
  });

  it('pause stops a hold where it is, and resume goes on with it', async () => {
    const h = await released();
    const { run, ended } = begin(h, app({ image: 'web:2' }), { steps: [weight(50), hold(HOUR_MS)] });
    await until(h, run, event => event.type === 'shifted');
    const [engine, other] = await h.run(Promise.all([ended, commandNow(h, pause)]), LIMIT_MS);
    expect([engine.phase, other.phase]).toEqual(['paused', 'paused']);
    expect([sizeOf(h, 'web'), sizeOf(h, 'web-canary')]).toEqual([1, 1]);
    expect((await commandNow(h, resume)).phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('promote ends a hold, and with `full` leaves out the steps that are left', async () => {
    const h = await released({ objects: app({ replicas: 4 }) });
    const steps = [weight(25), hold(HOUR_MS), weight(50), hold(HOUR_MS), weight(75), hold(HOUR_MS)];
    const { run, ended } = begin(h, app({ replicas: 4, image: 'web:2' }), { steps });
    await until(h, run, event => event.type === 'shifted');
    const began = h.clock.now();
    await commandNow(h, promote);
    await until(h, run, event => event.type === 'shifted' && event.weight === 50);
    await commandNow(h, promote, { full: true });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(shiftsOf(run)).toEqual([25, 50, 75, 0]);
    expect(h.clock.now() - began).toBeLessThan(HOUR_MS);
    expectUnharmed(h);
  });

  it.each([promote, reject, pause, resume])(
    '%p of a release that is over is refused, and nothing is written',
    async act => {
      const h = await released();
      const run = openRun(h);
      await expect(h.run(act(run.deps, commandRequest(run)))).rejects.toMatchObject({ code: 'no-release' });
      expect(run.process.writes).toEqual([]);
      h.stop();
    },
  );
});

describe('time', () => {
  it('a hold beyond max-run ends the run as paused; advance waits for its time, checks, and goes on', async () => {
    const h = await released();
    const paused = await deployNow(h, app({ image: 'web:2' }), {
      steps: [weight(50), hold(3 * HOUR_MS)],
      maxRunMs: HOUR_MS,
    });
    expect(paused.phase).toBe('paused');
    expect((await commandNow(h, advanceAll)).phase).toBe('unchanged');
    h.clock.advance(3 * HOUR_MS);
    const { run, ended } = ((): { run: Run; ended: Promise<Outcome> } => {
      const one = openRun(h);
      return { run: one, ended: advanceAll(one.deps, commandRequest(one)) };
    })();
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(run.events.find(({ type }) => type === 'judged')).toMatchObject({ verdict: 'pass' });
    expectUnharmed(h);
  });

  it('advance takes back what has become unhealthy meanwhile', async () => {
    const h = await released({ traffic: false });
    await deployNow(h, app({ image: 'web:2', annotations: { 'sandbox.sluice.dev/unready-after': '30m' } }), {
      steps: [weight(50), hold(3 * HOUR_MS)],
      maxRunMs: HOUR_MS,
    });
    h.clock.advance(3 * HOUR_MS);
    expect(await commandNow(h, advanceAll)).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    expectUnharmed(h);
  });
});

describe('drift', () => {
  const drifting = async (
    onDrift: 'correct' | 'fail' | 'ignore',
  ): Promise<{ h: Harness; run: Run; outcome: Outcome; size: number | undefined }> => {
    const h = await released({ objects: app({ replicas: 4 }) });
    const { run, ended } = begin(h, app({ replicas: 4, image: 'web:2' }), {
      steps: [weight(50), hold(60_000), approve],
      onDrift,
    });
    await until(h, run, event => event.type === 'step-started' && event.name.startsWith('Hold'));
    const live = structuredClone(get<Sized>(h, 'apps/Deployment', 'web'));
    h.api.update({ ...live, spec: { ...live.spec, replicas: 4 } } as KubeObject, { manager: 'gitops' });
    const outcome = await h.run(ended, LIMIT_MS);
    return { h, run, outcome, size: sizeOf(h, 'web') };
  };

  it('gitops-reset: is reported and corrected', async () => {
    const { h, run, outcome, size } = await drifting('correct');
    expect({ phase: outcome.phase, size }).toEqual({ phase: 'paused', size: 2 });
    expect(run.events.find(({ type }) => type === 'drift')).toMatchObject({
      corrected: true,
      found: ['Deployment default/web has 4 replicas instead of 2'],
    });
    h.stop();
  });

  it('stops the release where the policy says so', async () => {
    const { h, outcome } = await drifting('fail');
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'drift' } });
    expectUnharmed(h);
  });

  it('is only told where the policy says so', async () => {
    const { h, run, outcome, size } = await drifting('ignore');
    expect({ phase: outcome.phase, size }).toEqual({ phase: 'paused', size: 4 });
    expect(run.events.filter(({ type }) => type === 'drift')).toHaveLength(1);
    h.stop();
  });
});

describe('blue/green and configuration', () => {
  it('bg-pre-fail: the selector never changes when a check fails before the switch', async () => {
    const h = await released();
    const selectors = new Set<string>();
    h.sandbox.core.onWrite.add(({ after }) => {
      if (after?.kind === 'Service' && after.metadata.name === 'web')
        selectors.add(JSON.stringify((after.spec as { selector: unknown }).selector));
    });
    const objects = app({ image: 'web:2', annotations: { 'sandbox.sluice.dev/crash-after': '3s' } });
    const outcome = await deployNow(h, objects, { strategy: 'blue-green', steps: [hold(10_000), weight(100)] });
    expect(outcome).toMatchObject({ phase: 'rolled-back', error: { code: 'check-failed' } });
    expect([...selectors].filter(one => one.includes('preview'))).toEqual([]);
    expectUnharmed(h);
  });

  it('bg-saturated: a preview with fewer ready pods than stable is never switched to', async () => {
    const h = await released({ objects: app({ replicas: 4 }) });
    const { run, ended } = begin(h, app({ replicas: 4, image: 'web:2' }), {
      strategy: 'blue-green',
      steps: [hold(20_000), weight(100)],
      timeoutMs: 30_000,
    });
    await until(h, run, event => event.type === 'sampled');
    const pod = h.api
      .list('Pod', NAMESPACE)
      .find(({ metadata }) => metadata.labels?.['sluice.dev/track'] === 'preview');
    for (const node of h.api.list('Node'))
      h.api.update({ ...structuredClone(node), spec: { unschedulable: true } }, { manager: 'test' });
    h.api.delete('Pod', NAMESPACE, pod?.metadata.name ?? '', {});
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome.phase).toBe('rolled-back');
    expect(shiftsOf(run).filter(percent => percent > 0)).toEqual([]);
    expectUnharmed(h);
  });

  it('config-pair: a ConfigMap that changes together with the image stays as it is for stable, also when rejected', async () => {
    const h = await released();
    await deployNow(h, app({ image: 'web:2', config: '2' }), { steps: [weight(50), approve] });
    expect(get<{ data: unknown }>(h, 'ConfigMap', 'conf').data).toEqual({ value: '1' });
    const twin = get<
      KubeObject<{ template: { spec: { containers: { envFrom: { configMapRef: { name: string } }[] }[] } } }>
    >(h, 'apps/Deployment', 'web-canary');
    const copy = twin.spec?.template.spec.containers[0]?.envFrom[0]?.configMapRef.name ?? '';
    expect(get<{ data: unknown }>(h, 'ConfigMap', copy).data).toEqual({ value: '2' });
    await commandNow(h, reject);
    expect(get<{ data: unknown }>(h, 'ConfigMap', 'conf').data).toEqual({ value: '1' });
    expectUnharmed(h);
  });

  it('a configuration that changes alone is a new version, too', async () => {
    const h = await released();
    const { run, ended } = begin(h, app({ config: '2' }), { steps: [weight(50)] });
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expect(shiftsOf(run)).toEqual([50, 0]);
    expectUnharmed(h);
  });

  it('first-deploy: without a stable version it goes straight to full, and says why', async () => {
    const h = harness({ objects: [configMap('0', 'other')], traffic: false });
    for (const [kind, name] of [
      ['apps/Deployment', 'web'],
      ['Service', 'web'],
    ] as const)
      h.api.delete(kind, NAMESPACE, name, {});
    h.clock.advance(30_000);
    const { run, ended } = begin(h, app({ image: 'web:1' }));
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    const started = run.events.find(event => event.type === 'started');
    expect(started?.type === 'started' && started.plan.notes?.join()).toContain('first deploy');
    expect(shiftsOf(run)).toEqual([]);
    h.stop();
  });

  it('a name that the twin needs and somebody has is an error before any write', async () => {
    const taken = { ...webDeployment(), metadata: { name: 'web-canary', namespace: NAMESPACE } };
    const h = await released({ objects: [...app(), taken] }, { strategy: 'rolling' });
    h.stop();
    const other = harness({ objects: [...app(), taken], traffic: false });
    const run = openRun(other);
    await expect(
      other.run(deploy(run.deps, deployRequest(run, app({ image: 'web:2' }), { force: true }))),
    ).rejects.toThrow(/web-canary exists already/);
    expect(run.process.writes).toEqual([]);
    other.stop();
  });
});

function autoscaler(minReplicas: number, maxReplicas: number): KubeObject {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: NAMESPACE },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas, maxReplicas },
  };
}

function statefulApp(image: string): KubeObject[] {
  const labels = { app: 'db' };
  const container = { name: 'db', image, readinessProbe: { httpGet: { path: '/', port: 80 } } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'db', namespace: NAMESPACE },
      spec: { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: NAMESPACE },
      spec: {
        serviceName: 'db',
        replicas: 4,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [container] } },
      },
    },
  ];
}
