import { describe, expect, it } from '@jest/globals';
import { type KubeObject, type ObjectRef, refOf } from '../../../src/kube.ts';
import type { Pair, RouterName } from '../../../src/release/plan.ts';
import type { Change } from '../../../src/sandbox/laws/change.ts';
import { beginHistory } from '../../../src/sandbox/laws/history.ts';
import type { Release } from '../../../src/sandbox/laws/release.ts';
import { stableUntouched } from '../../../src/sandbox/laws/stable-untouched.ts';
import { trafficFollowsCapacity } from '../../../src/sandbox/laws/traffic-follows-capacity.ts';
import { kindOf, type World } from '../../../src/sandbox/laws/world.ts';
import type { Write } from '../../../src/sandbox/server/core.ts';
import { harness } from '../harness.ts';
import { deployment } from './script.ts';

const LABEL = 'sluice.dev/track';

function worldOf(...objects: readonly KubeObject[]): World {
  const all = <T extends KubeObject>(kind: string, namespace?: string): T[] =>
    objects.filter(
      object => kindOf(object) === kind && (namespace === undefined || object.metadata.namespace === namespace),
    ) as T[];
  return {
    now: 0,
    version: 0,
    get: <T extends KubeObject>(kind: string, namespace: string | undefined, name: string) =>
      all<T>(kind, namespace).find(({ metadata }) => metadata.name === name),
    list: all,
  };
}

/** An object at the start of a release, changed by us. */
function change(
  before: KubeObject | undefined,
  after: KubeObject,
  others: readonly KubeObject[],
  release: Release,
): Change {
  const write = {
    verb: 'patch',
    manager: 'sluice',
    origin: { sent: { at: 0, version: 0 } },
    ...(before ? { before } : {}),
    after,
  };
  return {
    write: write as unknown as Write,
    before: worldOf(...others, ...(before ? [before] : [])),
    after: worldOf(...others, after),
    releases: [release],
    history: beginHistory([]),
  };
}

function release(router: RouterName, pair: Pair, existing: readonly KubeObject[]): Release {
  return {
    record: { release: 'shop', namespace: 'default', revision: 1, status: 'in-progress', cursor: 0 },
    plan: { strategy: 'canary', steps: [] },
    traffic: { router, track: 'canary', settleMs: 0, drainMs: 0, pairs: [pair], pins: [], floors: [] },
    existing: new Set(existing.map(({ metadata }) => metadata.uid ?? '')),
    manifests: () => [],
  };
}

const withSpec = (object: KubeObject, spec: object): KubeObject => ({
  ...object,
  spec: { ...(object.spec as object), ...spec },
});

describe('law 2, by itself', () => {
  const set: KubeObject = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'default', uid: 'db', labels: { 'sluice.dev/revision': '1' } },
    spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 3 } }, template: { spec: { image: 'db:1' } } },
  };
  const check = (before: KubeObject, after: KubeObject, pair: Pair): readonly string[] =>
    stableUntouched(change(before, after, [], release('pods', pair, [before])));
  const ownTwin: Pair = { stable: refOf(set), twin: refOf(set), size: 3, surge: 1 };

  it('lets a StatefulSet that is its own twin have the new pods, and nothing else', () => {
    const labels = { 'sluice.dev/revision': '2' };
    const moved = withSpec(
      { ...set, metadata: { ...set.metadata, labels } },
      { updateStrategy: { rollingUpdate: { partition: 2 } }, template: { spec: { image: 'db:2' } } },
    );
    expect(check(set, moved, ownTwin)).toEqual([]);
    const grown = withSpec(moved, { replicas: 4 });
    expect(check(set, grown, ownTwin)).toEqual([
      'StatefulSet default/db changes before release default/shop (revision 1) is promoted: spec.replicas',
    ]);
  });

  it('lets the floor of an autoscaler be held, and nothing else of it', () => {
    const autoscaler: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'db', namespace: 'default', uid: 'hpa' },
      spec: { minReplicas: 1, maxReplicas: 5 },
    };
    expect(check(autoscaler, { ...autoscaler, spec: { minReplicas: 3, maxReplicas: 5 } }, ownTwin)).toEqual([]);
    expect(check(autoscaler, { ...autoscaler, spec: { minReplicas: 3, maxReplicas: 6 } }, ownTwin)).toHaveLength(1);
  });

  it('leaves alone what belongs to another release', () => {
    const theirs = { ...set, metadata: { ...set.metadata, labels: { 'sluice.dev/release': 'other' } } };
    expect(check(theirs, { ...theirs, spec: { replicas: 9 } }, ownTwin)).toEqual([]);
  });
});

describe('law 1, by itself', () => {
  const stable = deployment('web', 'stable', 3);
  const twin = deployment('web-canary', 'canary', 2);
  const pods = (count: number, track: string): KubeObject[] =>
    Array.from({ length: count }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `${track}-${index}`, namespace: 'default', labels: { app: 'web', [LABEL]: track } },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    }));
  const autoscaler: ObjectRef = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', name: 'web' };
  const pair: Pair = { stable: refOf(stable), twin: refOf(twin), size: 5, surge: 1, autoscaler };
  const smaller = withSpec(twin, { replicas: 0 });

  it('asks for the size that an autoscaler gives stable now', () => {
    const check = (ready: number): readonly string[] =>
      trafficFollowsCapacity(
        change(twin, smaller, [stable, ...pods(ready, 'stable'), ...pods(2, 'canary')], release('pods', pair, [])),
      );
    expect(check(3)).toEqual([]);
    expect(check(2)).toEqual([expect.stringMatching(/2 ready pods of both versions remain, and 3 are needed$/)]);
  });
});

describe('law 7, over real clients', () => {
  it('forgives what was under way when the lock was taken over', async () => {
    const world = harness({ traffic: false });
    const [one, two] = [world.open(), world.open()];
    const lease = (holder: string): KubeObject => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'sluice.shop', namespace: 'default' },
      spec: { holderIdentity: holder },
    });
    const settings = (name: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
    });
    await world.run(one.cluster.create(lease('run-1')));
    world.sandbox.faults.add({ effect: { kind: 'slow', milliseconds: 5000 }, resource: 'configmaps' });
    const slow = one.cluster.create(settings('slow'));
    const work = async (): Promise<void> => {
      await two.cluster.apply(lease('run-2'), { force: true });
      await slow;
    };
    await world.run(work());
    expect(world.laws.violations).toEqual([]);
    await world.run(one.cluster.create(settings('late')));
    expect(world.laws.violations).toMatchObject([
      { law: 7, write: 'create ConfigMap default/late by sluice (sluice-1)' },
    ]);
  });
});
