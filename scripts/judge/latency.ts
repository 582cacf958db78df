import { type Histogram, openLatencyTest } from '../../src/checks/statistics/latency-test.ts';
import { upperTail } from '../../src/checks/statistics/normal.ts';
import { METHODS, rivals } from './methods.ts';
import { openPoisson, type Random } from './random.ts';
import { ALPHA, HOLD_LOOKS, LOOK_SECONDS, type Method, type Traffic } from './trial.ts';

/** Prometheus's default buckets, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, Number.POSITIVE_INFINITY];
/** Of stable's log-normal latencies. */
const MEDIAN_SECONDS = 0.1;
const SPREAD = 0.6;
/** What the canary's 99th percentile may be above stable's. */
const MARGIN = 1.25;

/** Requests up to each of the bounds. */
type Buckets = readonly number[];

export const LATENCY_METHODS: readonly Method<Buckets>[] = [
  {
    name: METHODS[0],
    open(history) {
      const test = openLatencyTest({
        alpha: ALPHA,
        minEffect: { ratio: 1, points: 0 },
        history: histogramOf(history),
      });
      return (canary, stable) => {
        test.look(histogramOf(canary), histogramOf(stable));
        return test.verdict() === 'harm';
      };
    },
  },
  ...rivals<Buckets>({
    empty: BOUNDS.map(() => 0),
    plus: (one, other) => one.map((count, index) => count + (other[index] as number)),
    value: buckets => quantile(0.5, buckets),
    isTooBad(canary, stable) {
      const ofCanary = quantile(0.99, canary);
      const ofStable = quantile(0.99, stable);
      return ofCanary === undefined || ofStable === undefined ? undefined : ofCanary > ofStable * MARGIN;
    },
  }),
];

const histogramOf = (buckets: Buckets): Histogram =>
  new Map(buckets.map((count, index) => [BOUNDS[index] as number, count]));

/** As Prometheus's `histogram_quantile`: linear within a bucket, and the last finite bound beyond it. */
function quantile(q: number, buckets: Buckets): number | undefined {
  const total = buckets.at(-1) as number;
  if (total === 0) return undefined;
  const rank = q * total;
  const index = buckets.findIndex(count => count >= rank);
  const high = BOUNDS[index] as number;
  const low = BOUNDS[index - 1] ?? 0;
  if (high === Number.POSITIVE_INFINITY) return low;
  const before = buckets[index - 1] ?? 0;
  return low + ((high - low) * (rank - before)) / ((buckets[index] as number) - before);
}

export interface LatencyCell {
  readonly requestsPerSecond: number;
  /** The canary's share of the requests. */
  readonly weight: number;
  /** How many times stable's all of the canary's latencies are. */
  readonly effect: number;
}

export function latencyTraffic({ requestsPerSecond, weight, effect }: LatencyCell): Traffic<Buckets> {
  const perLook = requestsPerSecond * LOOK_SECONDS;
  return {
    canary: sideOf(perLook * weight, MEDIAN_SECONDS * effect),
    stable: sideOf(perLook * (1 - weight), MEDIAN_SECONDS),
    history: sideOf(perLook * HOLD_LOOKS, MEDIAN_SECONDS),
  };
}

function sideOf(requests: number, median: number): (random: Random) => Buckets {
  const above = BOUNDS.map(bound => upperTail(Math.log(bound / median) / SPREAD));
  const draws = above.map((chance, index) => openPoisson(requests * Math.max(0, (above[index - 1] ?? 1) - chance)));
  return random => {
    let sum = 0;
    return draws.map(draw => {
      sum += draw(random);
      return sum;
    });
  };
}
