import type { View } from '../cluster/view.ts';
import type { CheckConfig } from '../config/release-config.ts';
import type { Finding } from '../health/finding.ts';
import type { ObjectRef } from '../kube.ts';
import type { Pair } from '../release/plan.ts';

/** What one look at the new version's health answered. No data and an error to measure are not failures, and are counted apart. */
export interface Sample {
  outcome: 'pass' | 'fail' | 'no-data' | 'error';
  /** What was seen, with its numbers: `2 of 2 pods ready`. */
  message: string;
  /** Where a pod of a workload is the trouble. */
  trouble?: { workload: ObjectRef; finding: Finding };
}

export interface CheckContext {
  view: View;
  pairs: readonly Pair[];
  /** Milliseconds since the epoch, from the engine's clock. */
  now: () => number;
  /** When the step began, where nobody has looked since: in milliseconds since the epoch. */
  since?: number;
  /** Takes Secret values out of what the cluster says. */
  redact: (text: string) => string;
}

/** One question about the new version, asked again and again while the release holds. */
export interface Check {
  readonly config: CheckConfig;
  /** One sample. Never throws: what goes wrong while measuring is the outcome `error`. */
  sample(signal: AbortSignal): Promise<Sample>;
  /** For checks that see trouble as it happens: called after every change of the view, and a failure ends the wait for the next sample. */
  alarm?(): Sample | undefined;
}
