import type { CompareConfig } from '../../config/check-config.ts';
import type { Sample } from '../check.ts';
import { type Histogram, type LatencyTest, openLatencyTest } from '../statistics/latency-test.ts';
import { openSequentialTest, type SequentialState } from '../statistics/sequential-test.ts';
import { followCounters, type Growth, type Snapshot } from './counters.ts';
import { type Subject, verdictText } from './words.ts';

/** How the counters of bad requests are named, and of good ones: what follows tells them apart. */
export const BAD = 'bad';
export const GOOD = 'good';
/** The bucket that holds all requests; buckets are named by their upper bounds in seconds. */
export const ALL = 'Infinity';

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
  const canaryCounters = followCounters();
  const stableCounters = followCounters();
  const test = config.of === 'errors' ? errorTest(config, alpha) : slownessTest(config, alpha);
  let began: number | undefined;
  let inHold = { canary: 0, stable: 0 };
  return {
    newHold() {
      inHold = { canary: 0, stable: 0 };
      test.newHold();
    },
    look(canary, stable, now, isLast) {
      began ??= now;
      const grown = { canary: canaryCounters.grow(canary), stable: stableCounters.grow(stable) };
      inHold = {
        canary: inHold.canary + test.requestsIn(grown.canary),
        stable: inHold.stable + test.requestsIn(grown.stable),
      };
      test.look(grown.canary, grown.stable, stable);
      const { state, subject } = test.state();
      const said = { ...names, subject, alpha, minEffect: config.minEffect, ms: now - began, isLast };
      const value = state?.canary.rate === undefined ? {} : { value: state.canary.rate };
      if (state?.verdict === 'harm') return { outcome: 'fail', message: verdictText({ ...said, state }), ...value };
      const silent = [...(canary.size === 0 ? [names.canary] : []), ...(stable.size === 0 ? [names.stable] : [])];
      const few =
        silent.length > 0
          ? `no requests of ${silent.join(' and ')} are counted; is it scraped, and do source, labels and metrics say what they are called there`
          : fewText(inHold, config, names);
      // Early in a hold that only means that there is nothing to say yet.
      if (few !== undefined || state === undefined)
        return {
          outcome: isLast ? 'no-data' : 'too-early',
          message: few ?? `${names.stable} has no buckets to compare by yet`,
        };
      const message = verdictText({ ...said, state });
      return state.verdict === 'excluded'
        ? { outcome: 'pass', message, isSettled: true, ...value }
        : { outcome: 'undecided', message, ...value };
    },
  };
}

/** Of this hold alone: what an earlier one has seen says nothing of this weight. */
function fewText(
  inHold: { canary: number; stable: number },
  { minRequests }: CompareConfig,
  names: Names,
): string | undefined {
  const side = inHold.canary < minRequests ? 'canary' : 'stable';
  if (inHold[side] >= minRequests) return undefined;
  return `${inHold[side]} requests to ${names[side]} in this hold so far: too few to pass, which takes ${minRequests} (min-requests)`;
}

interface Test {
  newHold(): void;
  requestsIn(growth: Growth): number;
  /** `history`: the cumulative counters of stable. */
  look(canary: Growth, stable: Growth, history: Snapshot): void;
  state(): { state: SequentialState | undefined; subject: Subject };
}

function errorTest({ minEffect }: CompareConfig, alpha: number): Test {
  const test = openSequentialTest({ alpha, minEffect });
  return {
    newHold: () => test.newHold(),
    requestsIn: growth => countsOf(growth).requests,
    look: (canary, stable) => test.look(countsOf(canary), countsOf(stable)),
    state: () => ({ state: test.state(), subject: { of: 'errors' } }),
  };
}

function countsOf(growth: Growth): { requests: number; bad: number } {
  const sum = (which: readonly [string, number][]): number =>
    which.reduce((total, [, count]) => total + Math.round(count), 0);
  const all = [...growth];
  return { requests: sum(all), bad: sum(all.filter(([name]) => name.startsWith(BAD))) };
}

function slownessTest({ minEffect }: CompareConfig, alpha: number): Test {
  let test: LatencyTest | undefined;
  return {
    newHold: () => test?.newHold(),
    requestsIn: growth => Math.round(growth.get(ALL) ?? 0),
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
  // Parts of a histogram say nothing.
  if (!counts.has(ALL)) return new Map();
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
