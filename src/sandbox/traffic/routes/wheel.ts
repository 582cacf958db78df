/** Takes turns by weight, so that after each full turn the shares are exact. */
export interface Wheel {
  /** Index of the one whose turn it is; the weights must not all be 0. */
  next(weights: readonly number[]): number;
}

/**
 * Smooth weighted round robin. Where the weights change it begins anew, at its own `phase` (from 0 to 1) of the turn: proxies
 * that did so in step would all leave out a small share for the same time.
 */
export function createWheel(phase: number): Wheel {
  let known: readonly number[] = [];
  let credits: number[] = [];

  function step(): number {
    credits = credits.map((credit, index) => credit + (known[index] ?? 0));
    const chosen = credits.indexOf(Math.max(...credits));
    credits[chosen] = (credits[chosen] ?? 0) - known.reduce((sum, weight) => sum + weight, 0);
    return chosen;
  }

  return {
    next(weights) {
      if (weights.length !== known.length || weights.some((weight, index) => weight !== known[index])) {
        known = [...weights];
        credits = weights.map(() => 0);
        const turn = known.reduce((sum, weight) => sum + weight, 0) / Math.min(...known.filter(weight => weight > 0));
        for (let steps = Math.floor(turn * phase); steps > 0; steps -= 1) step();
      }
      return step();
    },
  };
}
