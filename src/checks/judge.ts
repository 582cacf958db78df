import type { CheckSettings, CompareConfig } from '../config/check-config.ts';
import type { Sample } from './check.ts';

/** What the samples of one check in one hold came to. */
export interface Tally {
  samples: number;
  passes: number;
  /** A sample without data is one where `no-data: fail` says so. */
  failures: number;
  undecided: number;
  noData: number;
  tooEarly: number;
  /** In a row, up to now: one answer of any kind resets them. */
  errors: number;
  last: Sample | undefined;
  /** The last sample that could be taken. */
  answer: Sample | undefined;
  /** The last sample that was neither a pass nor undecided. */
  trouble: Sample | undefined;
}

export type Verdict = 'pass' | 'fail' | 'error' | 'inconclusive';

/** The settings that verdicts go by. */
export type JudgedBy = CheckSettings & Partial<Pick<CompareConfig, 'undecided'>>;

export const NOTHING_SAMPLED: Tally = {
  samples: 0,
  passes: 0,
  failures: 0,
  undecided: 0,
  noData: 0,
  tooEarly: 0,
  errors: 0,
  last: undefined,
  answer: undefined,
  trouble: undefined,
};

export function counted(tally: Tally, sample: Sample, { noData }: CheckSettings): Tally {
  const { outcome } = sample;
  const isFailure = outcome === 'fail' || (outcome === 'no-data' && noData === 'fail');
  const one = (isOne: boolean): number => (isOne ? 1 : 0);
  return {
    samples: tally.samples + 1,
    passes: tally.passes + one(outcome === 'pass'),
    failures: tally.failures + one(isFailure),
    undecided: tally.undecided + one(outcome === 'undecided'),
    noData: tally.noData + one(outcome === 'no-data'),
    tooEarly: tally.tooEarly + one(outcome === 'too-early'),
    errors: outcome === 'error' ? tally.errors + 1 : 0,
    last: sample,
    answer: outcome === 'error' ? tally.answer : sample,
    trouble: isTrouble(outcome) ? sample : tally.trouble,
  };
}

function isTrouble(outcome: Sample['outcome']): boolean {
  return outcome === 'fail' || outcome === 'no-data' || outcome === 'error';
}

export interface Rule {
  /** As docs/checks.md says it. */
  when: string;
  holds: (tally: Tally, settings: JudgedBy) => boolean;
  verdict: Verdict;
  /** Certain before the hold ends, and then ends it. */
  isEarly?: true;
}

function isDataless(sample: Sample | undefined): boolean {
  return sample?.outcome === 'no-data' || sample?.outcome === 'too-early';
}

/** The verdict of one check: that of the first rule that holds. The table in docs/checks.md is made from this one. */
export const RULES: readonly Rule[] = [
  {
    when: 'more samples than `failure-limit` have failed (with `no-data: fail`, one without data has failed)',
    holds: ({ failures }, { failureLimit }) => failures > failureLimit,
    verdict: 'fail',
    isEarly: true,
  },
  {
    when: 'more samples in a row than `error-limit` could not be taken',
    holds: ({ errors }, { errorLimit }) => errors > errorLimit,
    verdict: 'error',
    isEarly: true,
  },
  {
    when: 'all samples of `count` were tried, and none could be taken',
    holds: ({ samples, answer }, { count }) => count !== undefined && samples >= count && answer === undefined,
    verdict: 'error',
    isEarly: true,
  },
  {
    when: 'there was no sample, with `no-data: ignore`',
    holds: ({ samples }, { noData }) => samples === 0 && noData === 'ignore',
    verdict: 'pass',
  },
  {
    when: 'there was no sample, with `no-data: fail`',
    holds: ({ samples }, { noData }) => samples === 0 && noData === 'fail',
    verdict: 'fail',
  },
  { when: 'there was no sample', holds: ({ samples }) => samples === 0, verdict: 'inconclusive' },
  {
    when: 'the last sample that could be taken had no data, or came too early to have any, with `no-data: inconclusive`',
    holds: ({ answer }, { noData }) => isDataless(answer) && noData === 'inconclusive',
    verdict: 'inconclusive',
  },
  {
    when: 'the last sample that could be taken came too early to have data, with `no-data: fail`',
    holds: ({ answer }, { noData }) => answer?.outcome === 'too-early' && noData === 'fail',
    verdict: 'fail',
  },
  {
    when: 'the last sample that could be taken was undecided, with `undecided: fail`',
    holds: ({ answer }, { undecided }) => answer?.outcome === 'undecided' && undecided === 'fail',
    verdict: 'fail',
  },
  {
    when: 'the last sample that could be taken was undecided, with `undecided: inconclusive`',
    holds: ({ answer }, { undecided }) => answer?.outcome === 'undecided' && undecided === 'inconclusive',
    verdict: 'inconclusive',
  },
  {
    when: 'at least one sample passed, or was undecided',
    holds: ({ passes, undecided }) => passes + undecided > 0,
    verdict: 'pass',
  },
  { when: 'at least one failed', holds: ({ failures }) => failures > 0, verdict: 'fail' },
  {
    when: 'at least one had no data, with `no-data: ignore`',
    holds: ({ noData, tooEarly }, settings) => noData + tooEarly > 0 && settings.noData === 'ignore',
    verdict: 'pass',
  },
  {
    when: 'at least one had no data',
    holds: ({ noData, tooEarly }) => noData + tooEarly > 0,
    verdict: 'inconclusive',
  },
  { when: 'none of them could be taken', holds: () => true, verdict: 'error' },
];

/** What is certain before the hold ends. */
export function earlyVerdict(tally: Tally, settings: JudgedBy): 'fail' | 'error' | undefined {
  const rule = RULES.find(({ isEarly, holds }) => isEarly && holds(tally, settings));
  return rule?.verdict as 'fail' | 'error' | undefined;
}

export function finalVerdict(tally: Tally, settings: JudgedBy): Verdict {
  return (RULES.find(({ holds }) => holds(tally, settings)) as Rule).verdict;
}

/** One check in its hold, as the gate sees it. */
export interface Judged {
  tally: Tally;
  settings: JudgedBy;
  /** Whether its question can be settled before the hold is over, and may then end it. */
  mayEndHold: boolean;
  /** Whether all that it looks back at lies within the hold by now. */
  isFilled: boolean;
}

/**
 * Whether nothing more is to be learnt in this hold, and all is well: a check has settled its question, and every other that has
 * a say passes, by its last sample too, has looked at one whole window of the hold, settled its own question where it can, and taken
 * its `count` where it has one.
 */
export function isSettled(checks: readonly Judged[]): boolean {
  const counting = checks.filter(({ settings }) => !settings.dryRun);
  const isDone = ({ tally, settings, mayEndHold, isFilled }: Judged): boolean =>
    isFilled &&
    finalVerdict(tally, settings) === 'pass' &&
    tally.last?.outcome === 'pass' &&
    (!mayEndHold || tally.last.isSettled === true) &&
    (settings.count === undefined || tally.samples >= settings.count);
  return counting.some(({ mayEndHold }) => mayEndHold) && counting.every(isDone);
}

const ORDER: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];

/** The verdict of several checks together; those that only look on (`dry-run`) have no say. */
export function gateVerdict(verdicts: readonly { verdict: Verdict; dryRun: boolean }[]): Verdict {
  const counting = verdicts.filter(({ dryRun }) => !dryRun).map(({ verdict }) => verdict);
  return ORDER.find(verdict => counting.includes(verdict)) ?? 'pass';
}
