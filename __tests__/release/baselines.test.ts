import { describe, expect, it } from '@jest/globals';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { ApiError } from '../../src/cluster/errors.ts';
import { type KubeObject, type ObjectRef, refKey } from '../../src/kube.ts';
import { admitBaselines, dismiss } from '../../src/release/baselines.ts';
import { requirePermissions } from '../../src/release/permissions.ts';
import type { Pair, TrafficPlan } from '../../src/release/plan.ts';
import type { Stage } from '../../src/release/stage.ts';
import { handView, NAMESPACE, PAIR, pod, ref, slice, workload } from '../traffic/hand-view.ts';

const BASELINE = ref('Deployment', 'web-baseline');
const LABELS = { app: 'web', 'sluice.dev/baseline': 'true' };
const PAIRED: Pair = { ...PAIR, baseline: BASELINE };
const TRAFFIC: TrafficPlan = {
  router: 'gateway-api',
  track: 'canary',
  settleMs: 5_000,
  drainMs: 0,
  pairs: [PAIRED],
  routes: [],
  pins: [],
  floors: [],
};
const onTrack = (name: string, track?: string): KubeObject =>
  pod(name, { ...LABELS, ...(track ? { 'sluice.dev/track': track } : {}) });

type Patch = { metadata: { resourceVersion: string; labels: Record<string, string> } };

/** A stage of which only the baselines' pods matter: `live` is what the API server has, `seen` what the view still shows. */
function stageOf(live: readonly KubeObject[], seen = live, more: readonly KubeObject[] = []) {
  const baseline = workload(BASELINE, LABELS, { replicas: seen.length });
  const view = handView(workload(PAIR.stable, { app: 'web' }, { replicas: 2 }), baseline, ...seen, ...more);
  const objects = new Map(live.map(one => [one.metadata.name, one]));
  const patches: { name: string; body: Patch }[] = [];
  const slept: number[] = [];
  let answers: (() => Error | undefined)[] = [];
  const cluster = {
    get: async ({ name }: ObjectRef) => versioned(objects.get(name)),
    patch: async ({ name }: ObjectRef, body: Patch) => {
      const error = answers.shift()?.();
      if (error) throw error;
      patches.push({ name, body });
      const { metadata, ...rest } = objects.get(name) as KubeObject;
      const patched = { ...rest, metadata: { ...metadata, labels: { ...metadata.labels, ...body.metadata.labels } } };
      objects.set(name, patched);
      return patched;
    },
  } as unknown as Cluster;
  const clock = {
    now: () => 0,
    after: (ms: number, call: () => void) => {
      // Of the time-outs none comes to its end.
      if (ms !== TRAFFIC.settleMs) return () => undefined;
      slept.push(ms);
      call();
      return () => undefined;
    },
  };
  const signal = new AbortController().signal;
  const looking = {
    ...view,
    until: async <T>(test: () => T | undefined) => test() ?? Promise.reject(new Error('it waits')),
  };
  const deps = { cluster, clock, signal, emit: () => undefined };
  const stage = {
    deps,
    view: looking,
    traffic: TRAFFIC,
    shifted: { at: undefined },
    made: new Map([[refKey(BASELINE), baseline]]),
    context: { deps, cluster, signal, view: looking, timeoutMs: 60_000, healthy: async () => undefined },
  } as unknown as Stage;
  return {
    stage,
    patches,
    slept,
    view,
    fail: (...errors: (Error | undefined)[]) => {
      answers = errors.map(error => () => error);
    },
    tracks: () => [...objects.values()].map(({ metadata }) => metadata.labels?.['sluice.dev/track']),
  };
}

const versioned = (object: KubeObject | undefined): KubeObject | undefined =>
  object && { ...object, metadata: { ...object.metadata, resourceVersion: '41' } };
const refused = (status: number): ApiError =>
  new ApiError('api-error', '', undefined, {
    verb: 'patch',
    object: 'Pod a',
    group: '',
    resource: 'pods',
    status,
    apiReason: '',
    apiMessage: '',
    causes: [],
    conflicts: [],
  });
const DISMISSAL = { do: 'dismiss', name: '', baselines: [BASELINE] } as const;

describe('pods of a baseline', () => {
  it('are let in for the very state in which they had no track yet', async () => {
    const { stage, patches, tracks } = stageOf([onTrack('a'), onTrack('b')]);
    await admitBaselines(stage);
    expect(tracks()).toEqual(['stable', 'stable']);
    expect(patches.map(({ body }) => body.metadata.resourceVersion)).toEqual(['41', '41']);
  });

  it('that have been taken out already are not let in again, whatever the view still shows', async () => {
    const { stage, patches, tracks } = stageOf([onTrack('a', 'baseline')], [onTrack('a')]);
    await admitBaselines(stage);
    expect(patches).toEqual([]);
    expect(tracks()).toEqual(['baseline']);
  });

  it('are waited for until all of them are ready', async () => {
    const { stage, patches } = stageOf([onTrack('a'), pod('b', LABELS, { isReady: false })]);
    await expect(admitBaselines(stage)).rejects.toThrow('it waits');
    expect(patches).toEqual([]);
  });

  it('are taken out whether they were let in or not, and then it settles', async () => {
    const { stage, tracks, slept } = stageOf([onTrack('a', 'stable'), onTrack('b')]);
    await dismiss(stage, DISMISSAL);
    expect(tracks()).toEqual(['baseline', 'baseline']);
    expect(slept).toEqual([5_000]);
    expect(stage.shifted.at).toBe(0);
  });

  it('are waited for until no EndpointSlice of stable’s Service has them', async () => {
    const listed = slice('web', 'web-1', ['a', 'other'], true);
    const { stage, view, slept } = stageOf([onTrack('a', 'stable')], undefined, [listed]);
    await expect(dismiss(stage, DISMISSAL)).rejects.toThrow('it waits');
    expect(slept).toEqual([]);
    view.put(slice('web', 'web-1', ['other'], true));
    await dismiss(stage, DISMISSAL);
    expect(slept).toEqual([5_000]);
  });

  it('are looked at once more where somebody else has written them, and may be gone', async () => {
    const overtaken = stageOf([onTrack('a', 'stable')]);
    overtaken.fail(refused(409));
    await dismiss(overtaken.stage, DISMISSAL);
    expect(overtaken.tracks()).toEqual(['baseline']);
    const gone = stageOf([onTrack('a', 'stable')]);
    gone.fail(refused(404));
    await dismiss(gone.stage, DISMISSAL);
    expect(gone.patches).toEqual([]);
    const forbidden = stageOf([onTrack('a', 'stable')]);
    forbidden.fail(refused(403));
    await expect(dismiss(forbidden.stage, DISMISSAL)).rejects.toBeInstanceOf(ApiError);
  });

  it('that were never let in may be beyond our rights, and keep no release from its way back', async () => {
    const { stage, fail, slept, tracks } = stageOf([onTrack('a'), onTrack('b')]);
    fail(refused(403));
    await dismiss(stage, DISMISSAL);
    expect(tracks()).toEqual([undefined, 'baseline']);
    expect(slept).toEqual([5_000]);
  });

  it('that were never let in are waited for all the same where an EndpointSlice has them', async () => {
    const listed = slice('web', 'web-1', ['a'], true);
    const { stage, fail, slept } = stageOf([onTrack('a')], undefined, [listed]);
    fail(refused(403));
    await expect(dismiss(stage, DISMISSAL)).rejects.toThrow('it waits');
    expect(slept).toEqual([]);
  });

  it.each([
    ['was let in after it was looked at', [onTrack('a', 'stable')], [onTrack('a')], 403],
    ['cannot be marked for another reason', [onTrack('a')], [onTrack('a')], 500],
  ])('are not given up where one %s', async (_what, live, seen, status) => {
    const { stage, fail, view, slept } = stageOf(live, seen);
    const { signal } = stage.deps;
    // The watch tells it while the request is under way.
    stage.deps.cluster.get = async () => {
      view.put(...live);
      return versioned(live[0]) as never;
    };
    fail(refused(status));
    await expect(dismiss(stage, DISMISSAL)).rejects.toBeInstanceOf(ApiError);
    expect([slept, signal.aborted]).toEqual([[], false]);
  });
});

describe('the rights for a baseline', () => {
  const clusterWith = (verbs: readonly string[]): Cluster =>
    ({
      kind: async ({ kind }: { kind: string }) => ({ plural: `${kind.toLowerCase()}s` }),
      create: async () => ({
        status: {
          resourceRules: [
            { verbs: ['*'], apiGroups: ['*'], resources: ['secrets', 'leases', 'services', 'endpointslices'] },
            { verbs, apiGroups: [''], resources: ['pods'] },
          ],
        },
      }),
    }) as unknown as Cluster;
  const lacking = (pair: Pair, ...verbs: readonly string[]): Promise<string> =>
    requirePermissions(clusterWith(verbs), NAMESPACE, [], {
      traffic: { ...TRAFFIC, pairs: [pair] },
      before: [],
      made: [],
      checks: [],
    }).then(
      () => '',
      ({ message }: Error) => message,
    );

  it('are those to get and patch pods, and without a baseline they are not asked for', async () => {
    expect(await lacking(PAIRED, 'list', 'watch')).toContain('get, patch on pods');
    expect(await lacking(PAIRED, 'list', 'watch', 'patch')).toContain(': get on pods');
    expect(await lacking(PAIRED, 'get', 'list', 'watch', 'patch')).not.toContain('pods');
    expect(await lacking(PAIR)).not.toContain('pods');
  });
});
