import type { Cluster } from '../../src/cluster/cluster.ts';
import { acquireLock } from '../../src/cluster/lease.ts';
import { type KubeObject, type ObjectRef, refOf, refText } from '../../src/kube.ts';
import { lockName } from '../../src/release/labels.ts';
import type { Plan } from '../../src/release/plan.ts';
import { digestOf, type ReleaseRecord } from '../../src/release/record.ts';
import { createRecord } from '../../src/release/records.ts';
import { type InProcess, inProcessCluster } from '../../src/sandbox/in-process.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { seeded } from '../../src/sandbox/seeded.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { runVirtual } from '../../src/sandbox/virtual-run.ts';
import { HEAD } from '../github/commands/acme.ts';

/** How the release of pull request 7 stands. */
export const STATES = ['absent', 'running', 'paused', 'finished', 'superseded', 'locked'] as const;
export type State = (typeof STATES)[number];

/** A run has come to what it would write first: so it was allowed to. */
export class FirstWrite extends Error {}

/** A cluster that can be asked, and is never changed. */
export interface Watched {
  cluster: Cluster;
  clock: VirtualClock;
  /** Requests so far, of every kind. */
  requests(): number;
  process: InProcess;
}

const NAMESPACE = 'default';
const OTHER_RUN = 'https://github.com/acme/shop/actions/runs/12#another';
const CANARY: Plan = {
  strategy: 'canary',
  steps: [
    { do: 'scale', name: 'Scale to 25 %', weight: 25 },
    { do: 'shift', name: 'Shift to 25 %', weight: 25 },
    { do: 'hold', name: 'Hold at 25 %', ms: 3_600_000, weight: 25 },
    { do: 'approve', name: 'Wait for approval at 25 %', weight: 25 },
    { do: 'shift', name: 'Shift to 50 %', weight: 50 },
  ],
  traffic: { router: 'pods', track: 'canary', settleMs: 0, drainMs: 0, pairs: [], pins: [], floors: [] },
};

/** A cluster of its own for a state, at this moment of a virtual clock; the records began so many milliseconds before. */
export async function clusterIn(state: State, at: number, ageMs: number): Promise<Watched> {
  const clock = virtualClock(at - ageMs);
  const sandbox = createSandbox({ clock, random: seeded(1) });
  clock.advance(ageMs);
  const others = inProcessCluster(sandbox, { client: 'others' }).cluster;
  const prepare = async (): Promise<void> => {
    for (const record of recordsOf(state, new Date(at - ageMs).toISOString())) await createRecord(others, record);
    // Who has it renews it, as long as the clock goes on.
    if (state === 'running' || state === 'locked')
      await acquireLock({
        cluster: others,
        clock,
        signal: new AbortController().signal,
        namespace: NAMESPACE,
        name: lockName('shop'),
        holder: OTHER_RUN,
        waitMs: 0,
        onWait: () => undefined,
      });
  };
  await runVirtual(clock, prepare());
  const process = inProcessCluster(sandbox, { client: 'sluice' });
  return { cluster: unchanged(process.cluster), clock, requests: () => process.calls, process };
}

function recordsOf(state: State, startedAt: string): ReleaseRecord[] {
  const first = recordOf(1, { status: 'succeeded', startedAt, endedAt: startedAt });
  const second = { startedAt, stepStartedAt: startedAt };
  switch (state) {
    case 'absent':
      return [];
    case 'finished':
      return [first, recordOf(2, { ...second, status: 'succeeded', endedAt: startedAt, cursor: 5 })];
    case 'running':
      return [first, recordOf(2, { ...second, status: 'in-progress', plan: CANARY, cursor: 2 })];
    case 'paused':
    case 'locked': {
      const pause = { why: 'approval', at: startedAt } as const;
      return [first, recordOf(2, { ...second, status: 'paused', plan: CANARY, cursor: 3, pause })];
    }
    case 'superseded': {
      const old = recordOf(2, { ...second, status: 'superseded', plan: CANARY });
      const origin = { repository: 'acme/shop', commit: 'f'.repeat(40), pullRequest: 8 };
      return [first, old, recordOf(3, { ...second, status: 'in-progress', plan: CANARY, origin })];
    }
  }
}

function recordOf(revision: number, more: Partial<ReleaseRecord>): ReleaseRecord {
  const objects: KubeObject[] = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'conf', namespace: NAMESPACE },
      data: { revision: `${revision}` },
    },
  ];
  return {
    schema: 2,
    release: 'shop',
    namespace: NAMESPACE,
    revision,
    status: 'succeeded',
    digest: digestOf(objects),
    startedAt: '',
    origin: { repository: 'acme/shop', commit: HEAD, ref: 'refs/heads/feature/cart', pullRequest: 7 },
    holder: OTHER_RUN,
    plan: { strategy: 'rolling', steps: [] },
    cursor: 0,
    objects,
    created: [],
    unpruned: [],
    history: [],
    ...more,
  };
}

/** The same cluster, where whoever is about to change something is stopped. What changes nothing is let through. */
function unchanged(inner: Cluster): Cluster {
  const stop = (verb: string, ref: ObjectRef): never => {
    throw new FirstWrite(`${verb} ${refText(ref)}`);
  };
  return {
    ...inner,
    kind: kind => inner.kind(kind),
    serves: kind => inner.serves(kind),
    get: ref => inner.get(ref),
    list: (kind, selection) => inner.list(kind, selection),
    watch: (kind, selection, signal) => inner.watch(kind, selection, signal),
    logTail: (pod, options) => inner.logTail(pod, options),
    proxied: (to, request, signal) => inner.proxied(to, request, signal),
    apply: async (object, options) => (options?.dryRun ? inner.apply(object, options) : stop('apply', refOf(object))),
    create: async object => {
      const isQuestion = object.kind.endsWith('Review');
      // What exists already is not created: the answer says so.
      if (isQuestion || (await inner.get(refOf(object)))) return inner.create(object);
      return stop('create', refOf(object));
    },
    replace: async object => stop('replace', refOf(object)),
    patch: async ref => stop('patch', ref),
    remove: async ref => stop('remove', ref),
    bound: (signal, check) => unchanged(inner.bound(signal, check)),
    close: () => inner.close(),
  };
}
