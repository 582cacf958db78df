import type { Counts } from './counts.ts';
import { EFFECTS, GRID_END, ratioAt } from './effects.ts';
import { logMixture } from './evidence.ts';

/** What has to be shown; see {@link SequentialOptions}. */
export interface MinEffect {
  readonly ratio: number;
  readonly points: number;
}

const LOG_RATIOS = EFFECTS.map(({ ratio }) => Math.log(ratio));
/** Four times in five a normal variable is above its mean less this many standard deviations. */
const QUANTILE = 0.8416;
/** Half of the grid's step is a thirty-fifth. */
const BISECTIONS = 12;

/**
 * The smallest ratio that would have been shown with a chance of 80 %, had the canary had it from the start, given the requests so far
 * and stable's rate; undefined when not even 64 would.
 *
 * Of the numbers of bad requests, taken for independent Poisson variables with the expectations θp·n_c and p·n_s, the e-value's logarithm is a
 * convex function. It is taken at the expectations, less its standard deviation by the delta method times 0.84, and has to be ln(1/α); so are
 * the logarithm of the estimated ratio and the estimated difference, which have to be the least effect. All looks are taken as one, with the
 * share of the totals. A stable side without anything bad is taken to have had half a bad request.
 */
export function detectableRatio(
  canary: Counts,
  stable: Counts,
  alpha: number,
  minEffect: MinEffect,
): number | undefined {
  if (canary.requests === 0 || stable.requests === 0) return undefined;
  const rate = Math.max(stable.bad, 0.5) / stable.requests;
  const largest = Math.min(ratioAt(GRID_END), 1 / rate);
  const isShown = (ratio: number): boolean =>
    lowEvidence(ratio * rate * canary.requests, rate * stable.requests, canary, stable) >= Math.log(1 / alpha) &&
    isLargeEnough(ratio, rate, canary, stable, minEffect);
  if (!isShown(largest)) return undefined;
  let low = 0;
  let high = Math.log(largest);
  for (let round = 0; round < BISECTIONS; round++) {
    const middle = (low + high) / 2;
    if (isShown(Math.exp(middle))) high = middle;
    else low = middle;
  }
  return Math.exp(high);
}

function lowEvidence(canaryBad: number, stableBad: number, canary: Counts, stable: Counts): number {
  const share = canary.requests / (canary.requests + stable.requests);
  const logShares = EFFECTS.map(({ ratio }) => Math.log(1 + share * (ratio - 1)));
  const sums = Float64Array.from(
    LOG_RATIOS,
    (log, index) => canaryBad * log - (canaryBad + stableBad) * (logShares[index] ?? 0),
  );
  const mean = logMixture(sums);
  let perCanaryBad = 0;
  let perStableBad = 0;
  EFFECTS.forEach(({ weight }, index) => {
    const posterior = weight * Math.exp((sums[index] ?? 0) - mean);
    perCanaryBad += posterior * ((LOG_RATIOS[index] ?? 0) - (logShares[index] ?? 0));
    perStableBad -= posterior * (logShares[index] ?? 0);
  });
  return mean - QUANTILE * Math.sqrt(canaryBad * perCanaryBad ** 2 + stableBad * perStableBad ** 2);
}

function isLargeEnough(ratio: number, rate: number, canary: Counts, stable: Counts, minEffect: MinEffect): boolean {
  const ofCanary = 1 / (ratio * rate * canary.requests);
  const ofStable = 1 / (rate * stable.requests);
  const logRatio = Math.log(ratio) - QUANTILE * Math.sqrt(ofCanary + ofStable);
  const points =
    (ratio - 1) * rate - QUANTILE * rate * Math.sqrt(ratio / (rate * canary.requests) + 1 / (rate * stable.requests));
  return (
    (minEffect.ratio <= 1 || logRatio >= Math.log(minEffect.ratio)) &&
    (minEffect.points <= 0 || points >= minEffect.points)
  );
}
