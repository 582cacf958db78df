import type { Point } from './value.ts';

/** A sample this much farther from the edge than from its neighbour says that the series began or ended within the range. */
const GAP = 1.1;

/**
 * How much a counter grew within the range, beyond its samples up to the edges: `extrapolatedRate` of Prometheus 2, resets
 * included. (Prometheus 3 differs for counters that begin near zero between half a step and a step before their first sample.)
 */
export function increaseOf(points: readonly Point[], start: number, end: number): number | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return undefined;
  let grown = last[1] - first[1];
  for (const [index, [, value]] of points.slice(1).entries()) {
    const before = points[index]?.[1] ?? value;
    if (value < before) grown += before;
  }
  const sampled = (last[0] - first[0]) / 1000;
  const step = sampled / (points.length - 1);
  let toStart = (first[0] - start) / 1000;
  const toEnd = (end - last[0]) / 1000;
  // A counter cannot have been below zero.
  if (grown > 0 && first[1] >= 0) toStart = Math.min(toStart, sampled * (first[1] / grown));
  const beyond = (gap: number): number => (gap < step * GAP ? gap : step / 2);
  return (grown * (sampled + beyond(toStart) + beyond(toEnd))) / sampled;
}
