import { type KubeObject, refText } from '../kube.ts';
import { borrow, giveBack, giveBackOwnership } from '../release/borrow.ts';
import type { Pair } from '../release/plan.ts';
import { nextSizes, podSplit, podsOnTop, type Sizes, type Standing, shareOf } from './arithmetic.ts';
import { currentSize, sizeText, within } from './capacity.ts';
import { partitionDrift, readPartition, shiftPartition } from './partition.ts';
import { readyOf, servingOf, sizeOf } from './readiness.ts';
import type { Router, RouterContext } from './router.ts';

const REPLICAS = ['spec', 'replicas'] as const;

/** The Service selects both versions, and the number of pods decides. */
export function podsRouter(context: RouterContext): Router {
  const { traffic, cluster } = context;

  const split = (pair: Pair, weight: number): Sizes => {
    const size = currentSize(context, pair);
    return pair.autoscaler ? podsOnTop(weight, size) : podSplit(weight, size);
  };

  return {
    read: pair => (isPartitioned(pair) ? readPartition(context, pair) : shareOf(sizesOf(context, pair))),
    async shift(weight, { promoted = false } = {}) {
      // Once it is promoted, stable has the size that the manifests say, or that it had where they say none.
      const target = (pair: Pair): Sizes =>
        promoted ? { twin: 0, stable: finalSize(context, pair) } : split(pair, weight);
      await Promise.all(
        traffic.pairs.map(pair =>
          isPartitioned(pair)
            ? shiftPartition(context, pair, weight)
            : moveTo(context, pair, () => target(pair), { back: weight === 0, promoted }),
        ),
      );
    },
    drift(weight) {
      if (weight === 0) return [];
      return traffic.pairs.flatMap(pair => {
        if (pair.autoscaler) return [];
        if (isPartitioned(pair)) return partitionDrift(context, pair, weight);
        const wanted = split(pair, weight);
        const now = sizesOf(context, pair);
        return [
          ...(now.stable === wanted.stable ? [] : [sizeText(pair.stable, now.stable, wanted.stable)]),
          // A `replicas` step may have made it larger.
          ...(now.twin >= wanted.twin ? [] : [sizeText(pair.twin, now.twin, wanted.twin)]),
        ];
      });
    },
    async undo({ promoted }) {
      for (const pair of traffic.pairs) {
        const before = context.before(pair.stable);
        const isDecided = promoted && context.wantedSize(pair) !== undefined;
        if (!before || pair.autoscaler || isPartitioned(pair)) continue;
        // What the manifests say is theirs already; we only stop to own it for a time.
        if (isDecided) await giveBackOwnership(cluster, pair.stable, undefined, REPLICAS);
        else await giveBack(cluster, pair.stable, REPLICAS, before);
      }
    },
  };
}

export function isPartitioned({ stable, twin }: Pair): boolean {
  return stable.name === twin.name;
}

function finalSize(context: RouterContext, pair: Pair): number {
  const isDecided = pair.autoscaler !== undefined || context.wantedSize(pair) !== undefined;
  return isDecided ? sizeOf(context.view, pair.stable) : pair.size;
}

function sizesOf({ view }: RouterContext, pair: Pair): Sizes {
  return { twin: sizeOf(view, pair.twin), stable: sizeOf(view, pair.stable) };
}

/** Brings a pair to other sizes, never with fewer pods that can serve than stable had; on the way back all of stable starts at once. */
async function moveTo(
  context: RouterContext,
  pair: Pair,
  target: () => Sizes,
  { back, promoted }: { back: boolean; promoted: boolean },
): Promise<void> {
  const { view } = context;
  const standing = (): Standing => ({
    ...sizesOf(context, pair),
    readyTwin: readyOf(view, pair, 'twin'),
    readyStable: readyOf(view, pair, 'stable'),
    servingTwin: servingOf(view, pair, 'twin'),
    servingStable: servingOf(view, pair, 'stable'),
  });
  const next = (): Sizes => {
    const size = promoted ? finalSize(context, pair) : currentSize(context, pair);
    const to = target();
    // Under an autoscaler stable's size is not ours to move.
    return nextSizes(standing(), to, size, back || pair.autoscaler ? 2 * size : pair.surge);
  };
  let hasGrown = back && !promoted;
  for (;;) {
    const now = standing();
    const to = target();
    hasGrown ||= now.stable < to.stable;
    const isReady = now.readyTwin >= to.twin && (now.readyStable >= to.stable || !hasGrown);
    // A stable that was broken before must not keep a version away that is not.
    if (now.twin === to.twin && now.stable === to.stable && isReady) return;
    const sizes = next();
    if (sizes.twin === now.twin && sizes.stable === now.stable)
      await somethingMoves(context, pair, standing, next, back);
    else await resize(context, pair, now, sizes);
  }
}

async function resize(context: RouterContext, pair: Pair, now: Sizes, next: Sizes): Promise<void> {
  const { view, cluster, deps } = context;
  context.signal.throwIfAborted();
  if (next.stable > now.stable) await resizeStable(context, pair, next.stable);
  if (next.twin !== now.twin) {
    const { object } = await cluster.apply(context.twinAt(pair, next.twin), { force: true });
    view.enter(object);
    deps.emit({ type: 'resized', ref: pair.twin, replicas: next.twin });
  }
  if (next.stable < now.stable) await resizeStable(context, pair, next.stable);
}

async function resizeStable({ view, cluster, deps }: RouterContext, pair: Pair, replicas: number): Promise<void> {
  view.enter(await borrow(cluster, pair.stable, REPLICAS, () => replicas));
  deps.emit({ type: 'resized', ref: pair.stable, replicas });
}

/** Waits until pods have become ready; fails early, with the reason, where they cannot. */
async function somethingMoves(
  context: RouterContext,
  pair: Pair,
  standing: () => Standing,
  next: () => Sizes,
  back: boolean,
): Promise<void> {
  const { view } = context;
  const before = JSON.stringify(standing());
  const growing = [back ? pair.stable : pair.twin].flatMap(ref => view.get<KubeObject>(ref) ?? []);
  const unwell = new AbortController();
  const bounded = { ...context, signal: AbortSignal.any([context.signal, unwell.signal]) };
  const watched = context.healthy(growing, unwell.signal).catch((error: unknown) => unwell.abort(error));
  try {
    await within(
      bounded,
      () => {
        const now = standing();
        const sizes = next();
        const moves = sizes.twin !== now.twin || sizes.stable !== now.stable || JSON.stringify(now) !== before;
        return moves ? true : undefined;
      },
      () => waitText(pair, standing()),
    );
  } finally {
    unwell.abort(new Error('no longer waited for'));
    await watched;
  }
}

function waitText(pair: Pair, now: Standing): string {
  return `${refText(pair.twin)} has ${now.readyTwin} of ${now.twin} pods that can serve, ${refText(pair.stable)} ${now.readyStable} of ${now.stable}, and the release needs ${pair.size} at any time`;
}
