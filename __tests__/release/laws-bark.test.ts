import { describe, expect, it } from '@jest/globals';
import type { Cluster, KindRef } from '../../src/cluster/cluster.ts';
import type { View } from '../../src/cluster/view.ts';
import type { KubeObject, ObjectRef } from '../../src/kube.ts';
import { promote, reject } from '../../src/release/commands.ts';
import { deploy } from '../../src/release/deploy.ts';
import { TRACK_LABEL } from '../../src/release/labels.ts';
import { promotionStart, type Step, type TrafficPlan } from '../../src/release/plan.ts';
import { decodeRecord, encodeRecord, type ReleaseRecord } from '../../src/release/record.ts';
import { makeStage, openStageView } from '../../src/release/stage.ts';
import { planWayBack } from '../../src/strategies/way-back.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import {
  app,
  approve,
  commandRequest,
  deployNow,
  deployRequest,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  type Run,
  type Wish,
  weight,
} from './rig.ts';

/*
 * Each law with the part of the code switched off that keeps it: the monitor must bark. A plan is data and a cluster an
 * argument, so nothing needs to be mocked: a step is taken out of the plan, or the engine is told what is not so.
 */

const SWITCHED: Wish = { strategy: 'blue-green', traffic: 'service', steps: [weight(100), hold(3_000), approve] };
const BY_HAND = { manager: 'test' };

const begin = (): Harness => harness({ objects: app({ replicas: 3 }), traffic: false });
const lawsOf = (h: Harness): number[] => [...new Set(h.laws.violations.map(({ law }) => law))].sort((a, b) => a - b);

/** Waits for an approval with all the traffic on the preview. */
async function paused(): Promise<Harness> {
  const h = begin();
  const outcome = await deployNow(h, app({ replicas: 3, image: 'web:2', config: '2' }), SWITCHED);
  expect({ phase: outcome.phase, broken: h.laws.violations }).toEqual({ phase: 'paused', broken: [] });
  return h;
}

/** Changes what the record says, as another version of the code would have written it. */
function rewrite(h: Harness, change: (record: ReleaseRecord) => Partial<ReleaseRecord>): void {
  const secret = h.api.get('Secret', NAMESPACE, 'sluice.shop.1') as KubeObject;
  const record = decodeRecord([secret]);
  const [{ data }] = encodeRecord({ ...record, ...change(record) });
  h.api.update({ ...structuredClone(secret), data } as KubeObject, BY_HAND);
}

function withSteps(change: (steps: readonly Step[], record: ReleaseRecord) => readonly Step[]) {
  return (record: ReleaseRecord): Partial<ReleaseRecord> => ({
    plan: { ...record.plan, steps: change(record.plan.steps, record) },
  });
}

async function goOn(h: Harness, act: typeof promote | typeof reject): Promise<void> {
  const run = openRun(h);
  await h.run(act(run.deps, commandRequest(run)), LIMIT_MS);
  h.clock.advance(60_000);
}

/** Says of pods and endpoints that all of them are ready. */
function liar(cluster: Cluster): Cluster {
  const improved = (object: KubeObject): KubeObject => {
    const { kind, spec, status } = object as KubeObject<{ replicas?: number }, Record<string, unknown>>;
    if (kind === 'Deployment')
      return {
        ...object,
        status: {
          ...status,
          observedGeneration: 99,
          availableReplicas: spec?.replicas ?? 0,
          updatedReplicas: spec?.replicas ?? 0,
          replicas: spec?.replicas ?? 0,
          readyReplicas: spec?.replicas ?? 0,
        },
      };
    if (kind !== 'EndpointSlice') return object;
    const endpoints = (object as { endpoints?: object[] }).endpoints ?? [];
    return { ...object, endpoints: endpoints.map(endpoint => ({ ...endpoint, conditions: { ready: true } })) };
  };
  return {
    ...cluster,
    bound: (signal, check) => liar(cluster.bound(signal, check)),
    apply: async (object, options) => {
      const applied = await cluster.apply(object, options);
      return { ...applied, object: improved(applied.object) as typeof applied.object };
    },
    async *watch(kind, selection, signal) {
      for await (const event of cluster.watch<never>(kind, selection, signal))
        yield event.type === 'synced'
          ? event
          : { ...event, object: improved({ ...(event.object as KubeObject), kind: kind.kind }) as never };
    },
  };
}

/** The same of the endpoints of a view. */
function lying(view: View): View {
  const everyPod = (): object[] =>
    view.list({ apiVersion: 'v1', kind: 'Pod' }, NAMESPACE).map(({ metadata: { name } }) => ({ targetRef: { name } }));
  const told = (object: KubeObject): KubeObject => {
    const status = { ...(object.status as object), availableReplicas: 99 };
    const ports = [{ name: '', port: 80 }];
    return object.kind === 'EndpointSlice' ? { ...object, ports, endpoints: everyPod() } : { ...object, status };
  };
  return {
    ...view,
    get: <T extends KubeObject>(ref: ObjectRef) => {
      const object = view.get<T>(ref);
      return object && (told(object) as T);
    },
    list: <T extends KubeObject>(kind: KindRef, namespace: string | undefined) =>
      view.list<T>(kind, namespace).map(object => told(object) as T),
  };
}

describe('the monitor of the laws barks', () => {
  it('1: when traffic moves to pods of which it is only said that they are ready', async () => {
    const h = begin();
    const run = openRun(h);
    run.deps.cluster = liar(run.deps.cluster);
    const wish = { ...SWITCHED, steps: [weight(100), hold(1_000)], checks: [] };
    await h.run(deploy(run.deps, deployRequest(run, app({ replicas: 3, image: 'web:2-unready' }), wish)), LIMIT_MS);
    expect(lawsOf(h)).toContain(1);
    h.stop();
  });

  it('2: when a step changes stable before the promotion', async () => {
    const h = await paused();
    rewrite(
      h,
      withSteps((steps, { cursor }) => {
        const early = steps.find(step => step.do === 'apply' && step.promotion) as Step & { do: 'apply' };
        const { promotion: _promotion, ...plain } = early;
        return [...steps.slice(0, cursor + 1), plain, ...steps.slice(cursor + 1)];
      }),
    );
    await goOn(h, promote);
    expect(lawsOf(h)).toEqual([2]);
    h.stop();
  });

  it('3: when the preview is removed as soon as the traffic has left it', async () => {
    const h = await paused();
    rewrite(h, record => ({
      plan: {
        ...record.plan,
        steps: record.plan.steps.filter((step, index) => step.do !== 'drain' || index < promotionStart(record.plan)),
      },
    }));
    await goOn(h, promote);
    expect(lawsOf(h)).toEqual([3]);
    h.stop();
  });

  it('4: when the way back deletes before it moves the traffic', async () => {
    const h = await paused();
    rewrite(h, record => {
      const steps = planWayBack({
        plan: record.plan as never,
        cursor: record.cursor,
        before: record.before ?? [],
        made: record.made ?? [],
        created: record.created,
      });
      const first = steps.filter(step => step.do === 'remove');
      return {
        status: 'in-progress',
        back: {
          code: 'rejected',
          message: 'x',
          cursor: 0,
          startedAt: record.startedAt,
          steps: [...first, ...steps.filter(step => step.do !== 'remove')],
        },
      };
    });
    await goOn(h, reject);
    expect(lawsOf(h)).toContain(4);
    h.stop();
  });

  it('5: when a promotion gives the traffic to a stable of which it is only said that it serves', async () => {
    const h = await paused();
    rewrite(h, ({ plan }) => ({ status: 'in-progress', cursor: promotionStart(plan) + 1 }));
    for (const node of h.api.list('Node'))
      h.api.update({ ...structuredClone(node), spec: { unschedulable: true } }, BY_HAND);
    for (const { metadata } of h.api.list('Pod', NAMESPACE))
      if (metadata.labels?.[TRACK_LABEL] === 'stable') h.api.delete('Pod', NAMESPACE, metadata.name, {});
    h.clock.advance(60_000);
    const { deps } = openRun(h);
    const record = decodeRecord([h.api.get('Secret', NAMESPACE, 'sluice.shop.1') as KubeObject]);
    const view = lying(await h.run(openStageView(deps, record.plan.traffic as TrafficPlan, record.before ?? [])));
    const stage = makeStage({
      deps,
      record,
      view,
      control: undefined,
      endsAt: 0,
      memory: new Map(),
      reported: new Set(),
      haste: { until: 0 },
      shifted: { at: undefined },
    });
    await h.run(stage.router.shift(0, { promoted: true }));
    expect(lawsOf(h)).toContain(5);
    h.stop();
  });

  it('7: when an engine that stood still trusts its own clock instead of the Lease', async () => {
    const h = begin();
    const stood = Promise.withResolvers<void>();
    const objects = app({ replicas: 3, image: 'web:2' });
    const wish: Wish = { steps: [weight(50), hold(3_000)] };
    const first: Run = openRun(h, {
      onCall: (_n, { path, method }) => {
        if (method !== 'PATCH' || !path.endsWith('/deployments/web-canary')) return 'execute';
        first.process.freeze();
        stood.resolve();
        return 'execute';
      },
    });
    const { clock } = first.deps;
    const frozenAt = clock.now();
    first.deps.clock = { now: () => frozenAt, after: () => () => undefined };
    const slow = deploy(first.deps, deployRequest(first, objects, wish)).catch(() => undefined);
    await h.run(stood.promise, LIMIT_MS);
    const second = openRun(h);
    second.listeners.add(({ type }) => {
      if (type === 'resumed') first.process.thaw();
    });
    await h.run(Promise.race([slow, deploy(second.deps, deployRequest(second, objects, wish))]), LIMIT_MS);
    expect(lawsOf(h)).toContain(7);
    h.stop();
  });

  it('10: when nothing is cleared away', async () => {
    const h = await paused();
    rewrite(
      h,
      withSteps(steps => steps.filter(step => step.do !== 'remove' && step.do !== 'unguard')),
    );
    await goOn(h, promote);
    h.laws.endOfRelease(NAMESPACE);
    expect(lawsOf(h)).toEqual([10]);
    h.stop();
  });

  it('11: when a finished release is written once more', async () => {
    const h = begin();
    const objects = app({ replicas: 3, image: 'web:2' });
    await deployNow(h, objects, { strategy: 'canary' });
    h.clock.advance(60_000);
    const mark = h.laws.mark();
    await deployNow(h, objects, { strategy: 'canary' });
    expect(h.laws.writesSince(mark)).toEqual([]);
    // The record of success is what makes it a no-op.
    const secret = h.api.get('Secret', NAMESPACE, 'sluice.shop.1') as KubeObject;
    h.api.delete('Secret', NAMESPACE, secret.metadata.name, {});
    await deployNow(h, objects, { strategy: 'canary' });
    expect(h.laws.writesSince(mark)).not.toEqual([]);
    h.stop();
  });
});
