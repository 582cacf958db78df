import type { Look } from './counts.ts';
import { EFFECTS } from './effects.ts';

/** Looked up once: in the inner loops, within a VM's context, that costs more than what they compute. */
const { exp, log, log1p, max } = Math;

export interface Hypothesis {
  /**
   * `above` gathers evidence against "the canary's rate is at most the bound", `below` against "it is at least the bound", where the
   * bound is ratio · (p + points · (1 − p)) and p is stable's rate.
   */
  readonly direction: 'above' | 'below';
  readonly ratio: number;
  /** A share: 0.005 is half a percentage point. */
  readonly points: number;
}

export interface Evidence {
  add(look: Look): void;
  /** The natural logarithm of the present e-value. */
  now(): number;
  /** The natural logarithm of the largest e-value at any look, 0 at least. */
  peak(): number;
}

/**
 * An e-value against a hypothesis, for as many looks as one likes.
 *
 * With the canary's share w of a look's requests, an effect θ and the base ratio m, let q_θ = θw/(θw + 1 − w): the chance that a bad
 * request came from the canary, if it has θ times stable's rate. A look's likelihood ratio is a^{e_c} · b^{e_s}, with
 * a = q_θ/q_m, b = (1 − q_θ)/(1 − q_m), and e_c, e_s the bad requests.
 *
 * Be p stable's rate, and the canary's p_c ≤ mp, for θ > m (or p_c ≥ mp, for θ < m). Independent requests, N = n_c + n_s of them, give
 *
 *     E[a^{e_c} b^{e_s}] = (1 + p_c(a − 1))^{n_c} (1 + p(b − 1))^{n_s} ≤ exp(pN[wm(a − 1) + (1 − w)(b − 1)]) = 1,
 *
 * since with D = mw + 1 − w we have wm = q_m·D and 1 − w = (1 − q_m)·D, so that the bracket is D(q_θ − q_m) + D(q_m − q_θ) = 0.
 * This holds for any p and w of the look: the product over looks is a supermartingale even while rate and share change, and so is
 * a mixture of such products over θ, with weights fixed beforehand. By Ville's inequality it ever exceeds 1/α with a chance of at most α.
 *
 * Points δ: let each good request of stable be bad with the chance δ in addition. Stable's rate is then p + δ(1 − p), and the average
 * over that lot, a^{e_c} b^{e_s} (1 − δ + δb)^{n_s − e_s}, is an e-value, being an average of e-values.
 */
export function openEvidence({ direction, ratio, points }: Hypothesis): Evidence {
  const base = ratio - 1;
  const sign = direction === 'above' ? 1 : -1;
  const excess = Float64Array.from(EFFECTS, effect => ratio * effect.ratio ** sign - 1);
  const ofCanary = Float64Array.from(EFFECTS, effect => sign * Math.log(effect.ratio));
  const sums = new Float64Array(EFFECTS.length);
  let now = 0;
  let peak = 0;
  return {
    add({ canary, stable }) {
      const bad = canary.bad + stable.bad;
      if (bad === 0 && points === 0) return;
      const share = canary.requests / (canary.requests + stable.requests);
      const good = stable.requests - stable.bad;
      for (let index = 0; index < sums.length; index++) {
        const b = (1 + share * base) / (1 + share * (excess[index] as number));
        // a/b is θ/m, the effect itself.
        let gain = canary.bad * (ofCanary[index] as number) + bad * log(b);
        if (points > 0) gain += good * log1p(points * (b - 1));
        sums[index] = (sums[index] as number) + gain;
      }
      now = logMixture(sums);
      peak = max(peak, now);
    },
    now: () => now,
    peak: () => peak,
  };
}

const WEIGHTS = Float64Array.from(EFFECTS, effect => effect.weight);

/** ln Σ weight · exp(sum), over the effects. */
export function logMixture(sums: Float64Array): number {
  let largest = -Infinity;
  for (let index = 0; index < sums.length; index++) largest = max(largest, sums[index] as number);
  let total = 0;
  for (let index = 0; index < sums.length; index++)
    total += (WEIGHTS[index] as number) * exp((sums[index] as number) - largest);
  return largest + log(total);
}
