import type { SluiceError } from '../errors.ts';
import type { HealthFailure, HealthProgress } from '../health/wait.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { Plan } from './plan.ts';

export type Phase = 'succeeded' | 'rolled-back' | 'failed' | 'aborted' | 'unchanged';

/** What a write did to an object, against the last good revision (or against what was there before the first). */
export type Change = 'created' | 'changed' | 'unchanged' | 'restored' | 'pruned';

/** What happens in a release, as facts: reports are made of these and of nothing else. */
export type ReleaseEvent =
  /** `postponed`: cannot be asked about before the release has made their namespace or kind. */
  | { type: 'checked'; objects: number; creates: number; postponed: number }
  | { type: 'waiting-for-lock'; holder: string }
  /** `previous`: the manifests of the last good revision. */
  | { type: 'started'; revision: number; plan: Plan; previous: readonly KubeObject[]; firstDeploy: boolean }
  | { type: 'step-started'; index: number; name: string }
  | { type: 'step-ended'; index: number; name: string; outcome: 'done' | 'failed' | 'stopped'; detail?: string }
  | { type: 'written'; ref: ObjectRef; change: Change }
  | { type: 'health'; progress: HealthProgress }
  | { type: 'failed'; error: SluiceError; failures: readonly HealthFailure[] }
  | { type: 'rollback-started'; revision: number; steps: readonly string[] }
  /** From `locking` to `unlocked` a Lease may be left behind by a run that is killed. */
  | { type: 'locking' | 'unlocked' }
  | { type: 'warning'; message: string }
  | { type: 'ended'; outcome: Outcome };

/** A fact and when it became one, in milliseconds since the epoch. */
export type TimedEvent = ReleaseEvent & { at: number };

export interface Outcome {
  phase: Phase;
  /** The revision of this release, or that which serves where nothing was changed; absent before there is any. */
  revision?: number;
  /** The revision that serves now, as far as Sluice knows. */
  serving?: number;
  /** Why, for every phase but `succeeded` and `unchanged`. */
  error?: SluiceError;
}
