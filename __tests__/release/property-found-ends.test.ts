import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { reject } from '../../src/release/commands.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import { recordsOf } from './cluster-state.ts';
import {
  begin,
  expectUnharmed,
  imageOf,
  QUIET,
  SANDBOX,
  type Sized,
  SWITCHED,
  say,
  serving,
  slowly,
  starts,
  until,
  when,
  workload,
} from './property/found-rig.ts';
import {
  app,
  approve,
  commandRequest,
  configMap,
  deployNow,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  weight,
} from './rig.ts';

/* What the property test found about the ends of releases, each in the fewest words that show it. */

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

describe('a stable that somebody has made smaller', () => {
  it('by its autoscaler, before the floor was held: the way back waits for the size that it has now', async () => {
    const desired = `${SANDBOX}desired-replicas`;
    const scaler: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: NAMESPACE, annotations: { [desired]: '4' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 8,
      },
    };
    const h = serving([...app({ annotations: slowly }), scaler], false);
    const objects = app({ image: 'web:2', annotations: slowly });
    const { run, ended } = begin(h, objects, { ...SWITCHED, steps: [weight(100), approve] });
    when(run, starts('Adopt'), () => {
      const live = structuredClone(h.api.get('autoscaling/HorizontalPodAutoscaler', NAMESPACE, 'web') as KubeObject);
      const metadata = { ...live.metadata, annotations: { [desired]: '2' } };
      h.api.update({ ...live, metadata }, { manager: 'load' });
    });
    await h.run(ended, LIMIT_MS);
    expect(await say(h, reject)).toMatchObject({ phase: 'rolled-back' });
    h.stop();
    expect(h.traffic?.losses).toEqual([]);
  });

  it('gets its pods back before it gets its traffic back', async () => {
    const h = serving(app({ replicas: 4 }));
    await deployNow(h, app({ replicas: 4, image: 'web:2' }), { ...SWITCHED, steps: [weight(100), approve] });
    const live = structuredClone(workload(h));
    h.api.update({ ...live, spec: { ...live.spec, replicas: 2 } } as KubeObject, { manager: 'somebody' });
    h.clock.advance(10_000);
    expect(await say(h, reject)).toMatchObject({ phase: 'rolled-back' });
    expectUnharmed(h);
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

  it('that somebody has made smaller than its partition is not promoted without a pod of the new version', async () => {
    const h = begun(set('web:1', 4));
    const broken = set('web:2', 4, { [`${SANDBOX}image-pull-failure`]: 'true' });
    const smaller = structuredClone(workload(h, 'StatefulSet'));
    const { run, ended } = begin(h, broken, { steps: [weight(25), hold(20_000)] });
    when(run, starts('Shift'), () =>
      h.api.update({ ...smaller, spec: { ...smaller.spec, replicas: 2 } } as KubeObject, { manager: 'somebody' }),
    );
    await h.run(ended, LIMIT_MS);
    h.stop();
    const isPromoted = run.events.some(event => event.type === 'step-started' && event.name.startsWith('Promote'));
    expect(isPromoted).toBe(false);
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
