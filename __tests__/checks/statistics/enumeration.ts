import { readFileSync } from 'node:fs';
import type { Look } from '../../../src/checks/statistics/counts.ts';
import type { Hypothesis } from '../../../src/checks/statistics/evidence.ts';

/** What evidence.py computed. */
export const fixtures = <Cases>(): Cases =>
  JSON.parse(readFileSync(new URL('fixtures/evidence.json', import.meta.url), 'utf8')) as Cases;

/** The order of the fixtures. */
export const lookOf = (canary: number, canaryBad: number, stable: number, stableBad: number): Look => ({
  canary: { requests: canary, bad: canaryBad },
  stable: { requests: stable, bad: stableBad },
});

/** The chances of 0 … n. */
export function binomial(n: number, p: number): number[] {
  let coefficient = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    if (k > 0) coefficient *= (n - k + 1) / k;
    return coefficient * p ** k * (1 - p) ** (n - k);
  });
}

export const boundOf = ({ ratio, points }: Hypothesis, rate: number): number => ratio * (rate + points * (1 - rate));
