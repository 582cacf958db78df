import { labelsKey, NAME, withoutLabels } from '../labels.ts';
import type { Vector, VectorSample } from './value.ts';

interface Bucket {
  bound: number;
  count: number;
}

/** `histogram_quantile` of Prometheus: of each histogram in the vector, between the bounds of the bucket that has the rank. */
export function histogramQuantile(quantile: number, samples: Vector): Vector {
  const histograms = new Map<string, { labels: VectorSample['labels']; buckets: Bucket[] }>();
  for (const { labels, value } of samples) {
    const bound = boundOf(labels['le']);
    if (bound === undefined) continue;
    const own = withoutLabels(labels, [NAME, 'le']);
    const key = labelsKey(own);
    const histogram = histograms.get(key) ?? { labels: own, buckets: [] };
    histograms.set(key, histogram);
    const known = histogram.buckets.find(bucket => bucket.bound === bound);
    if (known) known.count += value;
    else histogram.buckets.push({ bound, count: value });
  }
  return [...histograms.values()].map(({ labels, buckets }) => ({ labels, value: quantileOf(quantile, buckets) }));
}

function boundOf(le: string | undefined): number | undefined {
  if (le === undefined || le.trim() === '') return undefined;
  const bound = /^\+?inf$/i.test(le) ? Number.POSITIVE_INFINITY : Number(le);
  return Number.isNaN(bound) ? undefined : bound;
}

function quantileOf(quantile: number, unordered: readonly Bucket[]): number {
  if (Number.isNaN(quantile)) return Number.NaN;
  if (quantile < 0) return Number.NEGATIVE_INFINITY;
  if (quantile > 1) return Number.POSITIVE_INFINITY;
  const buckets = monotonic([...unordered].sort((a, b) => a.bound - b.bound));
  const all = buckets.at(-1);
  if (all?.bound !== Number.POSITIVE_INFINITY || buckets.length < 2 || all.count === 0) return Number.NaN;
  const rank = quantile * all.count;
  const place = buckets.slice(0, -1).findIndex(({ count }) => count >= rank);
  const found = buckets[place];
  // Beyond the highest bound nothing more is known.
  if (!found) return buckets.at(-2)?.bound ?? Number.NaN;
  if (place === 0 && found.bound <= 0) return found.bound;
  const { bound: start, count: below } = buckets[place - 1] ?? { bound: 0, count: 0 };
  return start + (found.bound - start) * ((rank - below) / (found.count - below));
}

/** Extrapolation may give a bucket less than those within it. */
function monotonic(buckets: readonly Bucket[]): Bucket[] {
  let most = Number.NEGATIVE_INFINITY;
  return buckets.map(({ bound, count }) => {
    most = Math.max(most, count);
    return { bound, count: most };
  });
}
