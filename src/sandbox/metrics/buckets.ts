/** Upper bounds of histograms in milliseconds, as each kind of program has them by default. */
export const CLIENT_BUCKETS = [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000];
/** Of Envoy: `supported_buckets` of its histogram statistics. */
export const ENVOY_BUCKETS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];
/** Of linkerd2-proxy: one, two, three, four and five of each power of ten. */
export const LINKERD_BUCKETS = [1, 10, 100, 1000, 10_000].flatMap(ten => [1, 2, 3, 4, 5].map(times => times * ten));
/** Of Traefik, whose `buckets` are 0.1, 0.3, 1.2 and 5 seconds. */
export const TRAEFIK_BUCKETS = [100, 300, 1200, 5000];

const ALL = [...new Set([CLIENT_BUCKETS, ENVOY_BUCKETS, LINKERD_BUCKETS, TRAEFIK_BUCKETS].flat())].sort(
  (a, b) => a - b,
);

/** Latencies that were counted, finely enough for the buckets of everybody. */
export interface Tally {
  total: number;
  sumMs: number;
  /** By the smallest bound of all that holds the latency; the last place has those beyond them. */
  byBound: number[];
}

export function newTally(): Tally {
  return { total: 0, sumMs: 0, byBound: new Array<number>(ALL.length + 1).fill(0) };
}

export function countLatency(tally: Tally, milliseconds: number): void {
  const place = ALL.findIndex(bound => milliseconds <= bound);
  const index = place < 0 ? ALL.length : place;
  tally.total += 1;
  tally.sumMs += milliseconds;
  tally.byBound[index] = (tally.byBound[index] ?? 0) + 1;
}

export function addTally(sum: Tally, more: Tally): void {
  sum.total += more.total;
  sum.sumMs += more.sumMs;
  sum.byBound = sum.byBound.map((count, index) => count + (more.byBound[index] ?? 0));
}

/** How many latencies are within each of the bounds, which must be some of those above. */
export function cumulative(tally: Tally, bounds: readonly number[]): number[] {
  let [within, index] = [0, 0];
  return bounds.map(bound => {
    for (; (ALL[index] ?? Number.POSITIVE_INFINITY) <= bound; index += 1) within += tally.byBound[index] ?? 0;
    return within;
  });
}
