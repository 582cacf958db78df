import { formatDuration } from '../config/values.ts';
import { SluiceError } from '../errors.ts';
import { type ObjectRef, refText } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { readyOf, sizeOf } from './readiness.ts';
import type { RouterContext } from './router.ts';

/**
 * Waits until a side of the pair has so many pods that can serve, or more than the other side: to move to the side that works
 * is never wrong. Fails at the deadline, naming what is missing.
 */
export async function awaitCapacity(
  context: RouterContext,
  pair: Pair,
  side: 'twin' | 'stable',
  needed: () => number,
): Promise<void> {
  await within(
    context,
    () => (hasCapacity(context, pair, side, needed()) ? true : undefined),
    () =>
      isServiceGone(context, pair)
        ? `${refText(pair.service?.stable as ObjectRef)}, which has its traffic, is gone: put it back`
        : `${refText(pair[side])} has ${readyOf(context.view, pair, side)} pods that can serve, and ${needed()} are needed`,
  );
}

function isServiceGone({ view }: RouterContext, { service }: Pair): boolean {
  return service !== undefined && view.get(service.stable) === undefined;
}

export function hasCapacity({ view }: RouterContext, pair: Pair, side: 'twin' | 'stable', needed: number): boolean {
  const ready = readyOf(view, pair, side);
  return ready >= needed || (side === 'stable' && ready > readyOf(view, pair, 'twin'));
}

/** Pods that serve all requests: what stable had when the release began, or what its autoscaler says now. */
export function currentSize({ view }: RouterContext, pair: Pair): number {
  return pair.autoscaler ? Math.max(sizeOf(view, pair.stable), 1) : pair.size;
}

export function sizeText(ref: ObjectRef, now: number, wanted: number): string {
  return `${refText(ref)} has ${now} replicas instead of ${wanted}`;
}

/** Waits for a condition over the view, for at most the time-out; `missing` says what was not reached, `hint` what to do then. */
export async function within<T>(
  { deps, view, signal, timeoutMs }: RouterContext,
  test: () => T | undefined,
  missing: () => string,
  hint = 'See what keeps its pods from becoming ready, or raise `timeout` if they only take long.',
): Promise<T> {
  const late = new AbortController();
  const cancel = deps.clock.after(timeoutMs, () =>
    late.abort(new SluiceError('deadline-exceeded', `After ${formatDuration(timeoutMs)}, ${missing()}.`, { hint })),
  );
  try {
    return await view.until(test, AbortSignal.any([signal, late.signal]));
  } finally {
    cancel();
  }
}
