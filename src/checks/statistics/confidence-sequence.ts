import type { Look } from './counts.ts';
import { EFFECTS, GRID_END, ratioAt } from './effects.ts';

/** Looked up once: in the inner loops, within a VM's context, that costs more than what they compute. */
const { exp, log } = Math;

export interface Interval {
  /** 0 when no ratio is too small. */
  readonly low: number;
  /** Infinity when no ratio is too large. */
  readonly high: number;
}

export interface ConfidenceSequence {
  add(look: Look): void;
  interval(): Interval;
}

const RATIOS = Float64Array.from({ length: 2 * GRID_END + 1 }, (_, index) => ratioAt(index - GRID_END));
const LOGS = RATIOS.map(Math.log);

/**
 * An interval for the ratio of the rates that holds it at every look at once with a chance of at least 1 − α.
 *
 * "The ratio is at most m" is rejected for those m of a grid whose e-value (see {@link openEvidence}, of which this is the case
 * m, δ = 0) ever reached 2/α, and so is "at least m". From an end of the grid only those m count before which all were rejected: a bound that
 * goes too far then has rejected the m next to the true ratio, which is one test's error, α/2, and not a family's. What the alternatives of
 * an m have beyond the grid is left out: it makes the interval wider, and never wrong.
 *
 * The interval is what all looks so far have left. If that is nothing, then the ratio has changed, and it is what the present e-values
 * leave, which is never nothing and holds more than the former.
 */
export function openConfidenceSequence(alpha: number): ConfidenceSequence {
  const threshold = Math.log(2 / alpha);
  // Up to a constant, the log-likelihood of each ratio.
  const levels = new Float64Array(RATIOS.length);
  let unread: Look[] = [];
  let low = -1;
  let high = RATIOS.length;

  function isRejected(base: number, sign: 1 | -1): boolean {
    const level = levels[base];
    if (level === undefined) return false;
    let total = 0;
    for (const { step, weight } of EFFECTS) {
      const alternative = levels[base + sign * step];
      if (alternative === undefined) break;
      total += weight * exp(alternative - level);
    }
    return log(total) >= threshold;
  }
  function lastRejected(from: number, sign: 1 | -1): number {
    let last = from;
    while (isRejected(last + sign, sign)) last += sign;
    return last;
  }
  function read({ canary, stable }: Look): void {
    const bad = canary.bad + stable.bad;
    if (bad === 0) return;
    const share = canary.requests / (canary.requests + stable.requests);
    for (let index = 0; index < levels.length; index++) {
      const excess = (RATIOS[index] as number) - 1;
      const gain = canary.bad * (LOGS[index] as number) - bad * log(1 + share * excess);
      levels[index] = (levels[index] as number) + gain;
    }
    low = lastRejected(low, 1);
    high = lastRejected(high, -1);
  }
  return {
    add(look) {
      // Many looks, at which nobody asks for the interval, would cost more than all the rest of the test.
      unread.push(look);
    },
    interval() {
      unread.forEach(read);
      unread = [];
      const isEmpty = low >= high;
      const lower = isEmpty ? lastRejected(-1, 1) : low;
      const upper = isEmpty ? lastRejected(RATIOS.length, -1) : high;
      return { low: RATIOS[lower] ?? 0, high: RATIOS[upper] ?? Number.POSITIVE_INFINITY };
    },
  };
}
