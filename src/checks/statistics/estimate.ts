import type { Look } from './counts.ts';

export interface Estimate {
  add(look: Look): void;
  /** The canary's rate by stable's. Infinity when stable had nothing bad, undefined when neither had. */
  ratio(): number | undefined;
  /** The canary's rate less stable's, a share; undefined before the first look. */
  points(): number | undefined;
}

/**
 * Mantel and Haenszel's estimates, with each look as a stratum: Σ e_c n_s/N by Σ e_s n_c/N for the ratio, and
 * Σ (e_c n_s − e_s n_c)/N by Σ n_c n_s/N for the difference. Totals would take a bad hour at a small weight for the canary's merit; within a
 * look both sides had the same hour.
 */
export function openEstimate(): Estimate {
  let ofCanary = 0;
  let ofStable = 0;
  let weight = 0;
  return {
    add({ canary, stable }) {
      const all = canary.requests + stable.requests;
      ofCanary += (canary.bad * stable.requests) / all;
      ofStable += (stable.bad * canary.requests) / all;
      weight += (canary.requests * stable.requests) / all;
    },
    ratio: () => (ofCanary + ofStable > 0 ? ofCanary / ofStable : undefined),
    points: () => (weight > 0 ? (ofCanary - ofStable) / weight : undefined),
  };
}
