import type { CompareConfig } from '../../config/check-config.ts';
import type { Sample } from '../check.ts';
import { type Histogram, type LatencyTest, openLatencyTest } from '../statistics/latency-test.ts';
import { openSequentialTest, type SequentialState } from '../statistics/sequential-test.ts';
import { followCounters, type Growth, type Snapshot } from './counters.ts';
import { type Subject, verdictText } from './words.ts';

/** Keys of what is counted beside the upper bounds of a histogram in seconds, of which `Infinity` stands for all requests. */
export const ALL = 'Infinity';
export const BAD = 'bad';

/** Requests of stable from which the bounds of a histogram can be chosen. */
const ENOUGH_HISTORY = 100;

/** What is known of one workload in one release, from look to look and from hold to hold. */
export interface Study {
  newHold(): void;
  look(canary: Snapshot, stable: Snapshot, now: number, isLast: boolean): Sample;
}

export interface Names {
  canary: string;
  stable: string;
}

/** `alpha`: of this workload alone. */
export function openStudy(config: CompareConfig, alpha: number, names: Names): Study {
  const canaryCounters = followCounters(ALL);
  const stableCounters = followCounters(ALL);
  const test = config.of === 'errors' ? errorTest(config, alpha) : slownessTest(config, alpha);
  let began: number | undefined;
  return {
    newHold: () => test.newHold(),
    look(canary, stable, now, isLast) {
      began ??= now;
      test.look(canaryCounters.grow(canary), stableCounters.grow(stable), stable);
      const { state, subject } = test.state();
      const few =
        state === undefined ? `${names.stable} has no buckets to compare by yet` : fewText(state, config, names);
      // Early in a hold that only means that there is nothing to say yet.
      if (few !== undefined && state?.verdict !== 'harm')
        return { outcome: isLast ? 'no-data' : 'undecided', message: few };
      if (state === undefined) throw new Error('Without a state there are no requests.');
      const message = verdictText({
        ...names,
        subject,
        state,
        alpha,
        minEffect: config.minEffect,
        ms: now - began,
        isLast,
      });
      const value = state.canary.rate === undefined ? {} : { value: state.canary.rate };
      switch (state.verdict) {
        case 'harm':
          return { outcome: 'fail', message, ...value };
        case 'excluded':
          return { outcome: 'pass', message, isSettled: true, ...value };
        case 'open':
          return { outcome: 'undecided', message, ...value };
      }
    },
  };
}

function fewText(
  { canary, stable }: SequentialState,
  { minRequests }: CompareConfig,
  names: Names,
): string | undefined {
  const side = canary.requests < minRequests ? { ...canary, name: names.canary } : { ...stable, name: names.stable };
  if (side.requests >= minRequests) return undefined;
  return `${side.requests} requests to ${side.name} so far, of the ${minRequests} that a comparison needs`;
}

interface Test {
  newHold(): void;
  /** `history`: the cumulative counters of stable. */
  look(canary: Growth, stable: Growth, history: Snapshot): void;
  state(): { state: SequentialState | undefined; subject: Subject };
}

function errorTest({ minEffect }: CompareConfig, alpha: number): Test {
  const test = openSequentialTest({ alpha, minEffect });
  return {
    newHold: () => test.newHold(),
    look: (canary, stable) => test.look(countsOf(canary), countsOf(stable)),
    state: () => ({ state: test.state(), subject: { of: 'errors' } }),
  };
}

function countsOf(growth: Growth): { requests: number; bad: number } {
  const requests = Math.round(growth.get(ALL) ?? 0);
  // A process that started anew between two scrapes may have lost requests, and none of its errors.
  return { requests, bad: Math.min(requests, Math.round(growth.get(BAD) ?? 0)) };
}

function slownessTest({ minEffect }: CompareConfig, alpha: number): Test {
  let test: LatencyTest | undefined;
  return {
    newHold: () => test?.newHold(),
    look(canary, stable, history) {
      if (test) test.look(histogramOf(canary), histogramOf(stable));
      else test = openWith(history, alpha, minEffect);
    },
    state() {
      const { worst, verdict } = test?.state() ?? {};
      return {
        // The verdict is that of all bounds together; the numbers are those of the bound with the most evidence.
        state: worst && verdict && { ...worst, verdict },
        subject: { of: 'latency', le: worst?.le ?? Number.NaN },
      };
    },
  };
}

/** The bounds must not be chosen by what is judged: by what stable has counted before. */
function openWith(history: Snapshot, alpha: number, minEffect: CompareConfig['minEffect']): LatencyTest | undefined {
  const sum = new Map<string, number>();
  for (const counts of history.values()) for (const [le, n] of counts) sum.set(le, (sum.get(le) ?? 0) + n);
  if ((sum.get(ALL) ?? 0) < ENOUGH_HISTORY) return undefined;
  const test = openLatencyTest({ alpha, minEffect, history: histogramOf(sum) });
  return test.state().bounds.length > 0 ? test : undefined;
}

/** Cumulative and whole, whatever was lost between two scrapes. */
function histogramOf(counts: Growth): Histogram {
  const rising = [...counts].map(([le, n]) => [Number(le), Math.round(n)] as const).sort(([a], [b]) => a - b);
  const all = rising.at(-1)?.[1] ?? 0;
  let most = 0;
  return new Map(
    rising.map(([le, n]) => {
      most = Math.min(all, Math.max(most, n));
      return [le, most];
    }),
  );
}
