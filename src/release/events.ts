import type { Sample } from '../checks/check.ts';
import type { Verdict } from '../checks/judge.ts';
import type { SluiceError } from '../errors.ts';
import type { HealthFailure, HealthProgress } from '../health/wait.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { CommandVerb } from './mailbox.ts';
import type { Match, Plan, Step } from './plan.ts';
import type { Origin, Pause, ReleaseRecord } from './record.ts';

export type Phase = 'succeeded' | 'paused' | 'rolled-back' | 'failed' | 'aborted' | 'unchanged';

/** How one check stood when its hold ended. */
export interface CheckReport {
  name: string;
  /** `undecided`: others ended the hold before this one had shown anything. */
  verdict: Verdict | 'undecided';
  dryRun: boolean;
  samples: number;
  failures: number;
  errors: number;
  noData: number;
  /** The sample that decided, or the last one. */
  message: string;
}

/** What a write did to an object, against the last good revision (or against what was there before the first). */
export type Change = 'created' | 'changed' | 'unchanged' | 'restored' | 'pruned';

/** What happens in a release, as facts: reports are made of these and of nothing else. */
export type ReleaseEvent =
  /** `postponed`: cannot be asked about before the release has made their namespace or kind. */
  | { type: 'checked'; objects: number; creates: number; postponed: number }
  | { type: 'waiting-for-lock'; holder: string }
  /** `previous`: the manifests of the last good revision. */
  | {
      type: 'started';
      revision: number;
      origin: Origin;
      plan: Plan;
      previous: readonly KubeObject[];
      firstDeploy: boolean;
    }
  | { type: 'step-started'; index: number; name: string }
  | {
      type: 'step-ended';
      index: number;
      name: string;
      outcome: 'done' | 'failed' | 'stopped' | 'paused';
      detail?: string;
    }
  | { type: 'written'; ref: ObjectRef; change: Change }
  | { type: 'health'; progress: HealthProgress }
  /** The release goes on at this step; `by` began it. */
  | {
      type: 'resumed';
      revision: number;
      /** Of the run that began it. */
      origin: Origin;
      plan: Plan;
      cursor: number;
      by?: string;
      objects: readonly KubeObject[];
      previous: readonly KubeObject[];
    }
  /** Somebody's word, that this run obeys. */
  | { type: 'commanded'; verb: CommandVerb; by: string }
  /** The engine that works on the release has taken this run's word. */
  | { type: 'command-taken'; verb: CommandVerb; holder: string }
  /** `replicas` of the new version for a StatefulSet. */
  | { type: 'resized'; ref: ObjectRef; replicas: number }
  /** `actual`: what the router really gives, by workload. */
  | { type: 'matched'; match: Match }
  | { type: 'shifted'; weight: number; actual: readonly { workload: ObjectRef; share: number }[] }
  | { type: 'sampled'; check: string; sample: Sample; dryRun: boolean }
  /** `early`: before the end of the hold, since a check has settled its question and all others pass. */
  | { type: 'judged'; verdict: Verdict; checks: readonly CheckReport[]; early?: { leftMs: number } }
  /** Others changed what the release had written; `corrected`: it was written again. */
  | { type: 'drift'; found: readonly string[]; corrected: boolean }
  /** `isOwn`: this run has written it, where it does nothing else. */
  | { type: 'paused'; pause: Pause; record: ReleaseRecord; isOwn?: boolean }
  /** The way back after a release that moves traffic; `error` says why. */
  | {
      type: 'going-back';
      revision: number;
      origin: Origin;
      plan: Plan;
      /** Index of the plan's step at which the way forward ended. */
      reached: number;
      steps: readonly Step[];
      /** Index of the step to begin with: another run may have gone a part of the way. */
      cursor: number;
      error: SluiceError;
      objects: readonly KubeObject[];
      previous: readonly KubeObject[];
    }
  /** What was under way is taken back: what follows is about the revision that takes its place. */
  | { type: 'superseded'; outcome: Outcome }
  /** With `advance`: what follows is about this release. */
  | { type: 'advancing'; release: string }
  /** `outcome` is absent where nothing was due. */
  | { type: 'advanced'; release: string; outcome?: Outcome }
  | { type: 'status'; record: ReleaseRecord; holder?: string }
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
