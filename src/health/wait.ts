import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { SluiceError } from '../errors.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import { makeBoard } from './board.ts';
import { explain } from './explain.ts';
import { condensed, PATIENCE } from './finding.ts';
import { follow } from './follow.ts';
import { isWorkload } from './health.ts';
import { makeInquiries } from './inquiries.ts';
import { failureOf, type HealthFailure, outcomeError } from './outcome.ts';
import { STEADY_MS } from './steadiness.ts';
import type { Tracked } from './tracked.ts';
import type { HealthStatus, Replicas } from './verdict.ts';
import { watchesFor } from './watches.ts';

export type { HealthFailure } from './outcome.ts';

export interface HealthRequest {
  cluster: Cluster;
  clock: Clock;
  /** Ends the wait with its reason as the error. */
  signal: AbortSignal;
  /** Takes Secret values out of what the cluster says. */
  redact: (text: string) => string;
  /** As the API answered the apply: those that are healthy already are not watched. */
  objects: readonly KubeObject[];
  waitFor: 'all' | 'workloads';
  timeoutMs: number;
  /** Called when something changed for an object, and once at the beginning. */
  onProgress: (progress: HealthProgress) => void;
}

export interface HealthProgress {
  ref: ObjectRef;
  status: HealthStatus;
  /** What it waits for, or what it has reached. */
  message: string;
  reason?: string;
  replicas?: Replicas;
  /** A trouble of its pods that is no failure yet. */
  concern?: string;
}

export type HealthOutcome =
  | { healthy: true; objects: readonly HealthProgress[] }
  | {
      healthy: false;
      error: SluiceError;
      /** What failed, then what was about to; when the deadline passed, all that was not healthy. */
      failures: readonly HealthFailure[];
      /** How every object stood at the end. */
      objects: readonly HealthProgress[];
    };

/** Thrown where a wait for health is a part of something larger: the failure with all that explains it. */
export class UnhealthyError extends SluiceError {
  readonly failures: readonly HealthFailure[];

  constructor(error: SluiceError, failures: readonly HealthFailure[]) {
    super(error.code, error.message, {
      ...(error.hint ? { hint: error.hint } : {}),
      problems: error.problems,
      cause: error,
    });
    this.failures = failures;
  }
}

/**
 * Waits until all objects are healthy at once, or the first has failed, or the time is over. Everything is watched, nothing
 * is asked for twice; ReplicaSets, events and logs are read only where something looks wrong.
 */
export async function waitForHealth(request: HealthRequest): Promise<HealthOutcome> {
  const { cluster, clock, redact, signal } = request;
  signal.throwIfAborted();
  const awaited = request.objects.filter(object => request.waitFor === 'all' || isWorkload(object));
  if (awaited.length === 0) return { healthy: true, objects: [] };
  const end = Promise.withResolvers<'healthy' | 'failed' | 'deadline'>();
  const inquiries = makeInquiries(cluster);
  const onChange = (one: Tracked): void => report(one, request);
  const board = makeBoard(awaited, { clock, inquiries, onChange, onEnd: end.resolve, onError: end.reject });
  const podsTold = new Set<string>();
  const watching = new AbortController();
  const onAbort = (): void => end.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  let cancelDeadline = (): void => undefined;
  try {
    board.start();
    const pending = board.all.filter(({ health }) => health.status === 'progressing').map(({ object }) => object);
    if (!board.all.some(({ health }) => health.status === 'failed')) {
      cancelDeadline = clock.after(request.timeoutMs, () => {
        if (!board.isSteadying()) return end.resolve('deadline');
        // All is well, and only has to stay so for a moment longer.
        cancelDeadline = clock.after(STEADY_MS, () => end.resolve('deadline'));
      });
      for (const watch of watchesFor(pending)) {
        follow(watch, { cluster, board, inquiries, podsTold, signal: watching.signal }).catch(end.reject);
      }
    }
    const how = await end.promise;
    board.stop();
    watching.abort();
    const objects = board.all.map(one => progressOf(one, redact));
    if (how === 'healthy') return { healthy: true, objects };
    const unwell = board.all.filter(one => (how === 'failed' ? isInTrouble(one) : one.health.status !== 'healthy'));
    unwell.sort((a, b) => Number(b.health.status === 'failed') - Number(a.health.status === 'failed'));
    const causes = await explain(unwell, { cluster, clock, signal, inquiries, pods: board.pods, podsTold });
    signal.throwIfAborted();
    const failures = unwell.map(one => failureOf(one, causes.get(one) ?? [], redact));
    const notes = [...inquiries.notes].map(redact);
    const error = outcomeError(failures, how, { timeoutMs: request.timeoutMs, total: awaited.length, notes });
    return { healthy: false, error, failures, objects };
  } finally {
    board.stop();
    watching.abort();
    cancelDeadline();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Failed, or about to fail of something that would be the same in a minute: one run tells as much as it can. */
function isInTrouble({ health, findings }: Tracked): boolean {
  if (health.status !== 'progressing') return health.status === 'failed';
  return health.patienceMs !== undefined || findings.some(({ reason }) => Number.isFinite(PATIENCE[reason].afterMs));
}

function report(one: Tracked, { redact, onProgress }: HealthRequest): void {
  const progress = progressOf(one, redact);
  const text = JSON.stringify(progress);
  if (text === one.reported) return;
  one.reported = text;
  onProgress(progress);
}

function progressOf(one: Tracked, redact: (text: string) => string): HealthProgress {
  const { status, message, reason, replicas } = one.health;
  const concern =
    status === 'progressing' ? condensed(one.told ? [...one.findings, one.told] : one.findings)[0]?.message : undefined;
  return {
    ref: one.ref,
    status,
    message: redact(message),
    ...(reason ? { reason } : {}),
    ...(replicas ? { replicas } : {}),
    ...(concern ? { concern: redact(concern) } : {}),
  };
}
