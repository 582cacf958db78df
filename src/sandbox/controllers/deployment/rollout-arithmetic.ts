import { type IntOrPercent, scaledValue } from '../int-or-percent.ts';

/** How far a rolling update may go above and below the wanted number of pods. */
export interface Fenceposts {
  surge: number;
  unavailable: number;
}

/** Surge is rounded up and unavailability down; where both come out as 0 one pod may be unavailable, or nothing would ever move. */
export function fenceposts(
  maxSurge: IntOrPercent | undefined,
  maxUnavailable: IntOrPercent | undefined,
  replicas: number,
): Fenceposts {
  const surge = scaledValue(maxSurge, replicas, 'up');
  const unavailable = scaledValue(maxUnavailable, replicas, 'down');
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

/** The size of the new ReplicaSet that keeps the total within the surge. Never smaller than it is. */
export function newReplicaSetSize(wanted: number, surge: number, total: number, current: number): number {
  const room = wanted + surge - total;
  return room <= 0 ? current : current + Math.max(0, Math.min(room, wanted - current));
}

/** How many pods the old ReplicaSets may lose in all, ready or not. */
export function oldScaleDownLimit(total: number, minAvailable: number, newSize: number, newAvailable: number): number {
  return Math.max(0, total - minAvailable - (newSize - newAvailable));
}

export interface Share {
  size: number;
  /** The total of the Deployment (wanted + surge) when this ReplicaSet was last sized. */
  totalBefore: number;
}

/**
 * The sizes of ReplicaSets after the Deployment was scaled in the middle of a rollout: each gets its proportion, in the
 * order given (largest first), and the first takes what rounding leaves over.
 */
export function proportionalSizes(shares: readonly Share[], wanted: number, surge: number): number[] {
  const total = shares.reduce((sum, { size }) => sum + size, 0);
  const toAdd = (wanted > 0 ? wanted + surge : 0) - total;
  if (toAdd === 0) return shares.map(({ size }) => size);
  let added = 0;
  const sizes = shares.map(({ size, totalBefore }) => {
    if (size === 0 || toAdd === added) return size;
    const fraction = wanted === 0 ? -size : roundHalfAway((size * (wanted + surge)) / totalBefore) - size;
    const allowed = toAdd - added;
    const proportion = toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
    added += proportion;
    return size + proportion;
  });
  return sizes.map((size, index) => (index === 0 ? Math.max(0, size + toAdd - added) : size));
}

function roundHalfAway(value: number): number {
  return value < 0 ? Math.ceil(value - 0.5) : Math.floor(value + 0.5);
}
