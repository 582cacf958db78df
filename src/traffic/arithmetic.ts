/** Sizes of the two versions of one workload, in pods. */
export interface Sizes {
  twin: number;
  stable: number;
}

/** Pods that a version needs for this share (percent) of the requests that `size` pods serve; at least 1 for any share. */
export function podsFor(weight: number, size: number): number {
  return weight <= 0 ? 0 : Math.max(1, Math.ceil((weight * size) / 100));
}

/**
 * Sizes that come nearest to the weight where requests are spread evenly over pods; the larger new version on a tie.
 * Between 0 and 100 neither side is empty: a single pod gets one more beside it.
 */
export function podSplit(weight: number, size: number): Sizes {
  if (weight <= 0 || size === 0) return { twin: 0, stable: size };
  if (weight >= 100) return { twin: size, stable: 0 };
  if (size === 1) return { twin: 1, stable: 1 };
  const twin = Math.min(size - 1, Math.max(1, Math.floor((weight * size) / 100 + 0.5)));
  return { twin, stable: size - twin };
}

/** As `podSplit` where an autoscaler owns stable's size: the new version comes on top, and is never larger than stable. */
export function podsOnTop(weight: number, stable: number): Sizes {
  if (weight <= 0 || stable === 0) return { twin: 0, stable };
  if (weight >= 100) return { twin: stable, stable };
  const exact = (weight * stable) / (100 - weight);
  const [low, high] = [Math.max(1, Math.floor(exact)), Math.max(1, Math.ceil(exact))];
  const off = (twin: number): number => Math.abs(shareOf({ twin, stable }) - weight);
  return { twin: Math.min(stable, off(low) < off(high) ? low : high), stable };
}

/** The share in percent that the new version gets where requests are spread evenly over pods. */
export function shareOf({ twin, stable }: Sizes): number {
  return twin + stable === 0 ? 0 : (100 * twin) / (twin + stable);
}

/** What runs now: sizes as they are asked for, and how many of each can serve. */
export interface Standing extends Sizes {
  readyTwin: number;
  readyStable: number;
  /** That get requests, though they may not count as available yet; where absent, those that can serve. */
  servingTwin?: number;
  servingStable?: number;
}

/**
 * The next sizes on the way to others, so that never fewer than `size` pods can serve and never more than `size + surge` are
 * asked for; equal to the present ones where something must become ready first. Pods that get no requests go first when a side
 * is made smaller, so taking them away costs nothing.
 */
export function nextSizes(now: Standing, to: Sizes, size: number, surge: number): Sizes {
  let room = Math.max(0, size + surge - now.twin - now.stable);
  let spare = now.readyTwin + now.readyStable - size;
  const move = (from: number, serving: number, target: number): number => {
    if (target > from) {
      const more = Math.min(target - from, room);
      room -= more;
      return from + more;
    }
    const less = Math.max(0, Math.min(from - target, Math.max(0, spare) + Math.max(0, from - serving)));
    spare -= Math.max(0, less - (from - serving));
    return from - less;
  };
  const servingTwin = Math.min(now.twin, now.servingTwin ?? now.readyTwin);
  const servingStable = Math.min(now.stable, now.servingStable ?? now.readyStable);
  // What is to grow grows first: what shrinks waits for it.
  if (to.stable > now.stable) {
    const stable = move(now.stable, servingStable, to.stable);
    return { stable, twin: move(now.twin, servingTwin, to.twin) };
  }
  const twin = move(now.twin, servingTwin, to.twin);
  return { twin, stable: move(now.stable, servingStable, to.stable) };
}
