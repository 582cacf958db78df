import type { Reason } from '../errors.ts';
import type { ObjectRef } from '../kube.ts';
import type { Origin } from '../release/record.ts';
import type { CheckRow, Decision, PauseReport, StandingReport, TrafficReport } from './progress-model.ts';

/**
 * What a run has to tell: the only thing that reports are made of. Plain data; every text is taken as it came from
 * cluster and user (Secret values already removed) and is escaped where it is rendered. Times are milliseconds since the epoch.
 */
export interface ReportModel {
  /** Of Sluice, `deploy`. */
  action: string;
  release: string;
  /** Of this run, or the one that stands where nothing was changed; absent when it ended before there was any. */
  revision?: number;
  /** Of record and objects, the record's first. */
  namespaces: readonly string[];
  cluster: { server?: string; context?: string };
  /** Empty where it did not become known. */
  strategy: string;
  phase: ReportPhase;
  reason?: Reason;
  headline: Headline;
  facts: Facts;
  /** Of the run that began the release; absent before that is known. `facts` are this run's. */
  origin?: Origin;
  startedAt: number;
  endedAt: number;
  /** A release without anything before it: nothing to roll back to. */
  firstDeploy?: boolean;
  workloads: readonly WorkloadReport[];
  /** What is not a workload, by what was done to it. */
  objects: readonly ObjectChange[];
  substitutions: readonly ImageSubstitution[];
  timeline: readonly TimelineStep[];
  /** Where the way forward of a release with a plan stands, or ended. */
  step?: StepReport;
  /** What a reader should know of the plan. */
  notes: readonly string[];
  /** Only for a release that moves traffic. */
  traffic?: TrafficReport;
  checks: readonly CheckRow[];
  /** Also where the run left a failed release as it was, for a person. */
  pause?: PauseReport;
  /** What people said while the release was under way. */
  decisions: readonly Decision[];
  /** For the action `status`. */
  standing?: StandingReport;
  /** The run that works on the release has taken this run's word. */
  taken?: { verb: string; holder: string };
  failure?: FailureReport;
  rollback?: RollbackReport;
  warnings: readonly string[];
  nextSteps: readonly NextStep[];
  /** Of the action `advance`: the other releases that it went on with. */
  others?: readonly ReportModel[];
}

export type ReportPhase = 'succeeded' | 'paused' | 'rolled-back' | 'failed' | 'aborted' | 'unchanged';

/** Sentences, each with its full stop. The verdict itself (did it work?) is the renderer's, from phase, release and revision. */
export interface Headline {
  /** `Revision 7 serves, on 3 workloads in shop.` */
  serves: string;
  /** `Fix the image tag and push again.` Absent where there is nothing to do. */
  next?: string;
}

export interface Facts {
  commit?: string;
  /** `refs/heads/main` */
  ref?: string;
  actor?: string;
  runUrl?: string;
  /** `https://github.com/owner/name`: commits are linked below it. */
  repositoryUrl?: string;
  /** This action as a workflow names it: `owner/sluice@v0`. */
  uses?: string;
  pullRequest?: number;
}

export type ReportChange = 'created' | 'changed' | 'unchanged' | 'restored' | 'pruned';

export interface WorkloadReport {
  ref: ObjectRef;
  /** Absent where the run ended before it was written. */
  change?: ReportChange;
  images: readonly ContainerImage[];
  /** `updated` run the wanted version: fewer than desired where a rollout is paused or partitioned. */
  replicas?: { ready: number; desired: number; updated?: number };
  health: 'healthy' | 'progressing' | 'failed' | 'unknown';
  /** The controller's words: `Waiting for 2 of 3 replicas to become available`. */
  message?: string;
  /** From its write until it was healthy, or until the run ended. */
  seconds?: number;
  /** Pods that the release has given it, where it moves traffic by their number. */
  resized?: number;
  /** The new version beside it, while the release has one. */
  twin?: Pick<WorkloadReport, 'ref' | 'replicas' | 'health' | 'message'>;
  /** Fresh pods of the old version, with which the new one is compared. */
  baseline?: NonNullable<WorkloadReport['twin']>;
}

export interface ContainerImage {
  container: string;
  /** What served before this run; absent for a new container. */
  from?: string;
  /** What this run wanted, also where it did not stay. */
  to: string;
}

export interface ObjectChange {
  change: ReportChange;
  objects: readonly ObjectRef[];
}

export interface ImageSubstitution {
  /** As asked: `ghcr.io/acme/web:2.0`. */
  wanted: string;
  /** What it replaced, and where. */
  matches: readonly { ref: ObjectRef; container: string; from: string; to: string }[];
}

export interface TimelineStep {
  name: string;
  startedAt?: number;
  endedAt?: number;
  outcome: 'done' | 'failed' | 'stopped' | 'paused' | 'running' | 'pending';
  detail?: string;
  /** It came to this before the run began. */
  earlier?: boolean;
  /** Belongs to the way back, not to the release. */
  rollback?: boolean;
  /** Where it belongs to another revision than the report: one that was superseded. */
  revision?: number;
}

export interface StepReport {
  /** Counts from 1. */
  index: number;
  of: number;
  name: string;
  /** Stable itself is being changed. */
  promoting?: boolean;
}

export interface FailureReport {
  /** One sentence: `web cannot start: its image does not exist.` */
  headline: string;
  object?: ObjectRef;
  /** More words, where there are: what was waited for, the API's message. */
  explanation?: string;
  findings: readonly FailureFinding[];
  events: readonly ClusterEvent[];
  logTail?: LogTail;
  /** Places in the user's files. */
  problems?: readonly { message: string; file?: string; line?: number; column?: number }[];
}

export interface FailureFinding {
  pod?: string;
  container?: string;
  reason: string;
  message: string;
  exitCode?: number;
  /** Further pods that show the same. */
  alike?: number;
}

export interface ClusterEvent {
  time?: number;
  reason: string;
  /** `Pod/web-5d9c-x2x` */
  object: string;
  message: string;
  count?: number;
}

export interface LogTail {
  pod: string;
  container: string;
  /** Of the container that ran before this one. */
  previous: boolean;
  lines: readonly string[];
}

export interface NextStep {
  text: string;
  /** To copy into a shell. */
  command?: string;
  /** To copy into a workflow: YAML. */
  workflow?: string;
}

export interface RollbackReport {
  /** Absent where what served before was not a revision of this release. */
  toRevision?: number;
  outcome: 'succeeded' | 'failed' | 'stopped';
  detail?: string;
}
