import { type HealthOutcome, type HealthProgress, type HealthRequest, waitForHealth } from '../../src/health/wait.ts';
import type { KubeObject } from '../../src/kube.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type FakeCluster, fakeCluster } from './fake-cluster.ts';
import type { Recorded } from './lifecycle.ts';

export interface Waiting {
  cluster: FakeCluster;
  clock: VirtualClock;
  abort: AbortController;
  progress: HealthProgress[];
  /** Set once the wait is over. */
  outcome: HealthOutcome | undefined;
  error: unknown;
  endedAt: number | undefined;
  /** Moves the clock and lets everything that follows happen. */
  pass(milliseconds: number): Promise<void>;
}

/** Starts a wait for these objects, of which the cluster holds others too. */
export async function waiting(
  objects: readonly KubeObject[],
  options: Partial<HealthRequest> & { also?: readonly KubeObject[]; setUp?: (cluster: FakeCluster) => void } = {},
): Promise<Waiting> {
  const { also = [], setUp, ...request } = options;
  const cluster = fakeCluster(...objects, ...also);
  setUp?.(cluster);
  const clock = virtualClock();
  const abort = new AbortController();
  const state: Waiting = {
    cluster,
    clock,
    abort,
    progress: [],
    outcome: undefined,
    error: undefined,
    endedAt: undefined,
    pass,
  };
  async function pass(milliseconds: number): Promise<void> {
    await settled();
    clock.advance(milliseconds);
    await settled();
  }
  waitForHealth({
    cluster,
    clock,
    signal: abort.signal,
    redact: text => text,
    objects,
    waitFor: 'all',
    timeoutMs: 60_000,
    onProgress: progress => state.progress.push(progress),
    ...request,
  }).then(
    outcome => {
      state.outcome = outcome;
      state.endedAt = clock.now();
    },
    error => {
      state.error = error;
      state.endedAt = clock.now();
    },
  );
  await settled();
  return state;
}

/** Lets every promise that can resolve do so; timers are the clock's alone. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
}

/** Plays the rest of a recorded lifecycle into the cluster, at its own pace. */
export async function play(state: Waiting, records: readonly Recorded[]): Promise<void> {
  let at = records[0]?.at ?? 0;
  for (const record of records) {
    if (state.outcome) return;
    await state.pass(record.at - at);
    at = record.at;
    if (record.event) state.cluster.put(record.event);
    else if (record.object && record.type === 'DELETED') state.cluster.delete(record.object);
    else if (record.object) state.cluster.put(record.object);
  }
  await state.pass(0);
}

/** The outcome of a wait that must have failed by now. */
export function failureOf(state: Waiting): Extract<HealthOutcome, { healthy: false }> {
  if (!state.outcome || state.outcome.healthy)
    throw new Error(`the wait has not failed: ${JSON.stringify(state.outcome)}`);
  return state.outcome;
}
