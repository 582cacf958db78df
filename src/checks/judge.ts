import type { CheckSettings } from '../config/release-config.ts';
import type { Sample } from './check.ts';

/** What the samples of one check in one hold came to. */
export interface Tally {
  samples: number;
  passes: number;
  failures: number;
  /** In a row, up to now: one answer of any kind resets them. */
  errors: number;
  noData: number;
  last: Sample | undefined;
  /** The last sample that was not a pass. */
  trouble: Sample | undefined;
}

export type Verdict = 'pass' | 'fail' | 'error' | 'inconclusive';

export const NOTHING_SAMPLED: Tally = {
  samples: 0,
  passes: 0,
  failures: 0,
  errors: 0,
  noData: 0,
  last: undefined,
  trouble: undefined,
};

export function counted(tally: Tally, sample: Sample, { noData }: CheckSettings): Tally {
  const isFailure = sample.outcome === 'fail' || (sample.outcome === 'no-data' && noData === 'fail');
  return {
    samples: tally.samples + 1,
    passes: tally.passes + (sample.outcome === 'pass' ? 1 : 0),
    failures: tally.failures + (isFailure ? 1 : 0),
    errors: sample.outcome === 'error' ? tally.errors + 1 : 0,
    noData: tally.noData + (sample.outcome === 'no-data' ? 1 : 0),
    last: sample,
    trouble: sample.outcome === 'pass' ? tally.trouble : sample,
  };
}

/** What is certain before the hold ends; docs/checks.md has the rules as a table. */
export function earlyVerdict(tally: Tally, { failureLimit, errorLimit }: CheckSettings): 'fail' | 'error' | undefined {
  if (tally.failures > failureLimit) return 'fail';
  return tally.errors > errorLimit ? 'error' : undefined;
}

export function finalVerdict(tally: Tally, settings: CheckSettings): Verdict {
  const early = earlyVerdict(tally, settings);
  if (early) return early;
  const { noData } = settings;
  // Never asked: there is no data.
  if (tally.samples === 0) return noData === 'ignore' ? 'pass' : noData;
  if (tally.last?.outcome === 'no-data' && noData === 'inconclusive') return 'inconclusive';
  // Not one answer: nothing was learnt, but for what somebody said to let pass.
  if (tally.passes + tally.failures > 0 || (noData === 'ignore' && tally.noData > 0)) return 'pass';
  return 'error';
}

const ORDER: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

/** The verdict of several checks together; those that only look on (`dry-run`) have no say. */
export function gateVerdict(verdicts: readonly { verdict: Verdict; dryRun: boolean }[]): Verdict {
  const counting = verdicts.filter(({ dryRun }) => !dryRun).map(({ verdict }) => verdict);
  return ORDER.find(verdict => counting.includes(verdict)) ?? 'pass';
}
