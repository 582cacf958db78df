import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { View } from '../cluster/view.ts';
import type { CheckConfig } from '../config/check-config.ts';
import type { Finding } from '../health/finding.ts';
import type { ObjectRef } from '../kube.ts';
import type { Pair, RouterName } from '../release/plan.ts';

/** What one look at the new version's health answered. */
export interface Sample {
  /**
   * No data and an error to measure are not failures, and are counted apart. `undecided`: there is data, and neither harm nor its
   * absence is shown. `too-early`: nothing can be said yet, which is fine before the end of a hold, and no data at its end.
   */
  outcome: 'pass' | 'fail' | 'undecided' | 'too-early' | 'no-data' | 'error';
  /** What was seen, with its numbers: `2 of 2 pods ready`. */
  message: string;
  /** The number that was measured, for charts. */
  value?: number;
  /** Whether the question has its answer and need not be asked any longer in this hold; only with `pass`. */
  isSettled?: boolean;
  /** Where a pod of a workload is the trouble. */
  trouble?: { workload: ObjectRef; finding: Finding };
}

/** The world outside the cluster, as checks may use it. */
export interface Outside {
  fetch: typeof fetch;
  /** The value of a line of the input `credentials`; undefined where there is none of that name. */
  credential: (name: string) => string | undefined;
  /** Of the run: where cloud credentials are. */
  env: Readonly<Record<string, string | undefined>>;
}

/** Facts of the release, as they are at the hold. */
export interface ReleaseFacts {
  release: string;
  /** Of the record. */
  namespace: string;
  revision: number;
  /** When the release began, in milliseconds since the epoch. */
  startedAt: number;
  commit?: string;
  runUrl?: string;
  pullRequest?: number;
  /** Percent that the new version should have. */
  weight: number;
  router: RouterName;
}

export interface CheckContext {
  view: View;
  pairs: readonly Pair[];
  clock: Clock;
  /** When the step began, where nobody has looked since: in milliseconds since the epoch. */
  since?: number;
  facts: ReleaseFacts;
  cluster: Cluster;
  outside: Outside;
  /** Takes Secret values and credentials out of what others say. */
  redact: (text: string) => string;
  /** What checks keep from one hold to the next of this run, by their names. */
  memory: Map<string, unknown>;
}

/** One question about the new version, asked again and again while the release holds. */
export interface Check<C extends CheckConfig = CheckConfig> {
  readonly config: C;
  /** One sample; `isLast`: of this hold, so that it must say all that it can. Never throws: what goes wrong is the outcome `error`. */
  sample(signal: AbortSignal, isLast: boolean): Promise<Sample>;
  /** For checks that see trouble as it happens: called after every change of the view, and a failure ends the wait for the next sample. */
  alarm?(): Sample | undefined;
}
