import { type Interval, openConfidenceSequence } from './confidence-sequence.ts';
import { type Counts, NOTHING, openPairing, plus } from './counts.ts';
import { detectableRatio, type MinEffect } from './detectable.ts';
import { openEstimate } from './estimate.ts';
import { type Evidence, openEvidence } from './evidence.ts';

export interface SequentialOptions {
  /** The chance that harm is ever shown in a release without any, however often one looks; so for its exclusion, in each hold. */
  readonly alpha: number;
  /** Harm matters if the canary's rate is at least `ratio` times stable's and at least `points`, a share, above it. */
  readonly minEffect: MinEffect;
}

export type Verdict = 'harm' | 'excluded' | 'open';

export interface Side extends Counts {
  /** Undefined without requests. */
  readonly rate: number | undefined;
}

export interface SequentialState {
  /** `excluded`: harm that matters is excluded, of this hold. */
  readonly verdict: Verdict;
  /** The largest e-values so far, of the release and of the hold; what shows is 1/α. */
  readonly eHarm: number;
  readonly eExcluded: number;
  /** The canary's rate by stable's, and less it (a share), over all looks with requests on both sides; see {@link openEstimate}. */
  readonly ratio: number | undefined;
  readonly points: number | undefined;
  /** For the ratio, at the level 1 − α at all looks at once. */
  readonly interval: Interval;
  readonly canary: Side;
  readonly stable: Side;
  /** See {@link detectableRatio}. */
  readonly detectableRatio: number | undefined;
}

export interface SequentialTest {
  /** What was counted since the last look, and no running totals. */
  look(canary: Counts, stable: Counts): void;
  /** Harm is judged over the whole release, its exclusion over one hold. What waits for the other side's requests is forgotten. */
  newHold(): void;
  /** As in the state, which costs more. */
  verdict(): Verdict;
  state(): SequentialState;
  evidence(): Standing;
}

/** What a verdict over several tests is made of. */
export interface Standing {
  /** The natural logarithm of the present e-value: of these an average is an e-value, and not of the largest so far. */
  readonly harm: number;
  /** The natural logarithm of the largest e-value of this hold. */
  readonly excluded: number;
  /** Whether the present estimate is of harm that matters. */
  readonly matters: boolean;
}

/**
 * Tells whether a canary's requests are bad more often than stable's, at any number of looks; see {@link openEvidence} for why that is
 * allowed. Harm is shown when the e-value against "no more often" ever reached 1/α and the present estimate is of harm that matters.
 * Whoever needs only verdicts pays neither for the interval nor for the rest of the state.
 */
export function openSequentialTest({ alpha, minEffect }: SequentialOptions): SequentialTest {
  const pairing = openPairing();
  const harm = openEvidence({ direction: 'above', ratio: 1, points: 0 });
  let exclusion = openExclusion(minEffect);
  const estimate = openEstimate();
  const interval = openConfidenceSequence(alpha);
  let canaryTotal = NOTHING;
  let stableTotal = NOTHING;
  const threshold = Math.log(1 / alpha);

  const matters = (): boolean =>
    (estimate.ratio() ?? 0) >= minEffect.ratio && (estimate.points() ?? 0) >= minEffect.points;
  function verdict(): Verdict {
    if (harm.peak() >= threshold && matters()) return 'harm';
    return exclusion.peak() >= threshold ? 'excluded' : 'open';
  }
  return {
    look(canary, stable) {
      const look = pairing.pair(canary, stable);
      canaryTotal = plus(canaryTotal, canary);
      stableTotal = plus(stableTotal, stable);
      if (!look) return;
      harm.add(look);
      exclusion.add(look);
      estimate.add(look);
      interval.add(look);
    },
    newHold() {
      pairing.clear();
      exclusion = openExclusion(minEffect);
    },
    verdict,
    state: () => ({
      verdict: verdict(),
      eHarm: Math.exp(harm.peak()),
      eExcluded: Math.exp(exclusion.peak()),
      ratio: estimate.ratio(),
      points: estimate.points(),
      interval: interval.interval(),
      canary: sideOf(canaryTotal),
      stable: sideOf(stableTotal),
      detectableRatio: detectableRatio(canaryTotal, stableTotal, alpha, minEffect),
    }),
    evidence: () => ({ harm: harm.now(), excluded: exclusion.peak(), matters: matters() }),
  };
}

const sideOf = (counts: Counts): Side => ({
  ...counts,
  rate: counts.requests > 0 ? counts.bad / counts.requests : undefined,
});

/**
 * Evidence against "harm that matters", which is "at least `ratio` times stable's rate, and at least `points` above it". Under it both halves
 * hold, so that an e-value against either is one, and so is their average.
 */
function openExclusion({ ratio, points }: MinEffect): Evidence {
  const byRatio = openEvidence({ direction: 'below', ratio, points: 0 });
  if (points === 0) return byRatio;
  const byPoints = openEvidence({ direction: 'below', ratio: 1, points });
  if (ratio === 1) return byPoints;
  let peak = 0;
  const now = (): number => {
    const larger = Math.max(byRatio.now(), byPoints.now());
    const smaller = Math.min(byRatio.now(), byPoints.now());
    return larger + Math.log((1 + Math.exp(smaller - larger)) / 2);
  };
  return {
    add(look) {
      byRatio.add(look);
      byPoints.add(look);
      peak = Math.max(peak, now());
    },
    now,
    peak: () => peak,
  };
}
