import { ERROR_METHODS, type ErrorCell, errorTraffic } from './errors.ts';
import { LATENCY_METHODS, type LatencyCell, latencyTraffic } from './latency.ts';
import { openRandom } from './random.ts';
import { ALPHA, type Method, type Outcome, outcomesOf, type Traffic } from './trial.ts';

export const RATES = [1, 10, 100, 1_000];
const BASES = [0.001, 0.005, 0.01];
const WEIGHTS = [0.05, 0.1, 0.25, 0.5];
/** Where the time to detect is measured. */
export const REFERENCE = { base: 0.005, weight: 0.1 };
const LONGEST_MEDIAN_SECONDS = 45;

export interface Result<Cell> {
  readonly cell: Cell;
  readonly outcomes: readonly Outcome[];
}

export interface Figures {
  /** In each cell. */
  readonly releases: number;
  /** No difference between the sides. */
  readonly healthy: readonly Result<ErrorCell>[];
  readonly errors: readonly Result<ErrorCell>[];
  /** Has cells without a difference, too. */
  readonly latency: readonly Result<LatencyCell>[];
}

export interface Run {
  readonly releases: number;
  readonly seed: number;
  /** Fewer than {@link RATES}, for those who are in a hurry. */
  readonly rates?: readonly number[];
  progress?(text: string): void;
}

/** Each cell has a stream of random numbers of its own. */
export function figuresOf({ releases, seed, rates = RATES, progress }: Run): Figures {
  let stream = 0;
  const run = <Cell, Side>(
    cells: readonly Cell[],
    methods: readonly Method<Side>[],
    trafficOf: (cell: Cell) => Traffic<Side>,
  ): Result<Cell>[] =>
    cells.map(cell => {
      progress?.(JSON.stringify(cell));
      return { cell, outcomes: outcomesOf(methods, trafficOf(cell), releases, openRandom(seed, stream++)) };
    });
  const healthy = rates.flatMap(requestsPerSecond =>
    BASES.flatMap(base => WEIGHTS.map(weight => ({ requestsPerSecond, base, weight, effect: 1 }))),
  );
  const errors = rates.flatMap(requestsPerSecond =>
    [2, 5, 20].map(effect => ({ requestsPerSecond, ...REFERENCE, effect })),
  );
  const latency = rates.flatMap(requestsPerSecond =>
    [1, 1.2, 2].map(effect => ({ requestsPerSecond, weight: REFERENCE.weight, effect })),
  );
  return {
    releases,
    healthy: run(healthy, ERROR_METHODS, errorTraffic),
    errors: run(errors, ERROR_METHODS, errorTraffic),
    latency: run(latency, LATENCY_METHODS, latencyTraffic),
  };
}

export const outcomeOf = ({ outcomes }: Result<unknown>, method: string): Outcome =>
  outcomes.find(one => one.method === method) as Outcome;

/** Sentences about what `compare` promises and does not hold. */
export function brokenPromises({ healthy, errors, latency }: Figures): string[] {
  const unchanged = [...healthy, ...latency.filter(({ cell }) => cell.effect === 1)];
  const alarming = unchanged
    .filter(result => outcomeOf(result, 'compare').alarms > ALPHA)
    .map(
      result =>
        `compare has ${outcomeOf(result, 'compare').alarms} false alarms in ${JSON.stringify(result.cell)}; ${ALPHA} is the limit.`,
    );
  const slow = errors
    .filter(({ cell }) => cell.requestsPerSecond === 100 && cell.effect === 5)
    .map(result => outcomeOf(result, 'compare').median)
    .filter(median => median > LONGEST_MEDIAN_SECONDS)
    .map(median => `compare takes ${median} s to see five times the errors; ${LONGEST_MEDIAN_SECONDS} s is the limit.`);
  return [...alarming, ...slow];
}
