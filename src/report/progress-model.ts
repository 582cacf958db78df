import type { ObjectRef } from '../kube.ts';

/** The parts of a report that only a release has which moves traffic in steps. */
export interface TrafficReport {
  router: string;
  /** `canary` or `preview`. */
  track: string;
  /** The share of the requests, in percent, that the new version was to have at the end: 100 once it is promoted. */
  now: number;
  /** What that comes to, by workload. */
  actual: readonly ActualShare[];
  /** Every move of traffic, in its order. */
  weights: readonly WeightReport[];
}

export interface WeightReport {
  /** Absent where it was before this run; its shares are what the plan expected. */
  at?: number;
  /** In percent. */
  asked: number;
  /** By workload. */
  actual: readonly ActualShare[];
  /** All requests went to stable: which is the new version by then, or the old one again. */
  end?: 'promoted' | 'taken-back';
}

export interface ActualShare {
  workload: ObjectRef;
  /** In percent. */
  share: number;
  /** Where the number of pods makes the share. */
  pods?: { twin: number; stable: number };
}

/** One check in one hold. */
export interface CheckRow {
  name: string;
  /** Name of the hold. */
  step: string;
  /** `undecided`: the hold ended before its time, by a person's word or a cut. */
  verdict: 'pass' | 'fail' | 'error' | 'inconclusive' | 'undecided';
  /** It has no say. */
  dryRun: boolean;
  samples: number;
  failures: number;
  errors: number;
  noData: number;
  /** The sample that decided, or the last one. */
  message: string;
}

export interface PauseReport {
  why: 'approval' | 'time' | 'command' | 'check-failed' | 'check-error' | 'check-inconclusive' | 'failed' | 'cancelled';
  at: number;
  resumeAt?: number;
  detail?: string;
}

export interface Decision {
  at: number;
  /** `promote` */
  verb: string;
  /** Who, and where: `ada in https://…/runs/7`. */
  by: string;
}

/** How a release stands that was only asked about. */
export interface StandingReport {
  status: 'in-progress' | 'paused' | 'succeeded' | 'rolled-back' | 'failed' | 'aborted' | 'superseded';
  startedAt: number;
  endedAt?: number;
  /** URL of the run that works on it. */
  holder?: string;
  /** Why it is taken back, or was. */
  back?: string;
}
