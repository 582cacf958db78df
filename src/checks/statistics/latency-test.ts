import { type Counts, NOTHING } from './counts.ts';
import { openSequentialTest, type SequentialOptions, type SequentialState, type Verdict } from './sequential-test.ts';

/** Upper bounds in seconds, Infinity for all requests, each with the number of requests that took no longer. */
export type Histogram = ReadonlyMap<number, number>;

export interface LatencyState {
  readonly verdict: Verdict;
  readonly eHarm: number;
  readonly eExcluded: number;
  /** The bounds that are looked at, in seconds and rising. None when the history had none to choose from. */
  readonly bounds: readonly number[];
  /**
   * The bound with the most evidence for harm, bad requests being those that took longer. Its verdict, the interval and what could have been
   * detected allow for the number of bounds.
   */
  readonly worst: (SequentialState & { readonly le: number }) | undefined;
}

export interface LatencyTest {
  /** What was counted since the last look, and no running totals. */
  look(canary: Histogram, stable: Histogram): void;
  newHold(): void;
  verdict(): Verdict;
  state(): LatencyState;
}

export interface LatencyOptions extends SequentialOptions {
  /** Of stable, before the first look: bounds that were chosen by what is judged would make the test invalid. */
  readonly history: Histogram;
}

/**
 * The test of {@link openSequentialTest} for the shares of requests that take longer than some bounds. The average of their e-values is an
 * e-value against "slower at none of them"; harm that matters is excluded when it is at every one of them, which needs no allowance
 * for their number.
 */
export function openLatencyTest({ alpha, minEffect, history }: LatencyOptions): LatencyTest {
  const bounds = boundsFor(history);
  const tests = bounds.map(le => ({ le, test: openSequentialTest({ alpha: alpha / bounds.length, minEffect }) }));
  const threshold = Math.log(1 / alpha);
  let peak = 0;

  function worst(): (typeof tests)[number] | undefined {
    const evidence = tests.map(({ test }) => test.evidence().harm);
    return tests[evidence.indexOf(Math.max(...evidence))];
  }
  const logExcluded = (): number =>
    tests.length > 0 ? Math.min(...tests.map(({ test }) => test.evidence().excluded)) : 0;
  function verdict(): Verdict {
    if (peak >= threshold && worst()?.test.evidence().matters) return 'harm';
    return logExcluded() >= threshold ? 'excluded' : 'open';
  }
  return {
    look(canary, stable) {
      if (tests.length === 0) return;
      for (const { le, test } of tests) test.look(slowerThan(le, canary), slowerThan(le, stable));
      peak = Math.max(peak, logAverage(tests.map(({ test }) => test.evidence().harm)));
    },
    newHold() {
      for (const { test } of tests) test.newHold();
    },
    verdict,
    state() {
      const one = worst();
      return {
        verdict: verdict(),
        eHarm: Math.exp(peak),
        eExcluded: Math.exp(logExcluded()),
        bounds,
        worst: one && { le: one.le, ...one.test.state() },
      };
    },
  };
}

/** A side whose histogram does not have the bound says nothing there. */
function slowerThan(le: number, histogram: Histogram): Counts {
  const faster = histogram.get(le);
  const requests = histogram.get(Number.POSITIVE_INFINITY) ?? 0;
  return faster === undefined ? NOTHING : { requests, bad: requests - faster };
}

const SMALLEST_SHARE = 0.01;
const LARGEST_SHARE = 0.6;
const MOST_BOUNDS = 6;

/**
 * Bounds that 1 % to 60 % of the requests were above: few above say little soon, and many hide what the slow ones do. When there are
 * none, then the first one that fewer are above.
 */
function boundsFor(history: Histogram): readonly number[] {
  const above = [...history.keys()]
    .filter(le => le < Number.POSITIVE_INFINITY)
    .sort((one, other) => one - other)
    .map(le => ({ le, ...slowerThan(le, history) }))
    .filter(({ requests, bad }) => requests > 0 && bad <= LARGEST_SHARE * requests);
  const fit = above.filter(({ requests, bad }) => bad >= SMALLEST_SHARE * requests);
  const chosen = fit.length > 0 ? fit : above.slice(0, 1);
  if (chosen.length <= MOST_BOUNDS) return chosen.map(({ le }) => le);
  return Array.from({ length: MOST_BOUNDS }, (_, index) => {
    const spread = Math.round((index * (chosen.length - 1)) / (MOST_BOUNDS - 1));
    return (chosen[spread] as (typeof chosen)[number]).le;
  });
}

function logAverage(logs: readonly number[]): number {
  const largest = Math.max(...logs);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}
