import { SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { podsFor } from './arithmetic.ts';
import { awaitCapacity, currentSize, hasCapacity, within } from './capacity.ts';
import { sizeOf } from './readiness.ts';
import type { Router, RouterContext } from './router.ts';

/** How often a write that does not last is repeated. */
const WRITES = 8;

/** What the routes are to do. */
export interface RouteShare {
  weight: number;
  matched: boolean;
}

/** How the weights of a pair get into the objects of one kind of router, which splits by the percent. */
export interface RouteWriter {
  /** Shares in percent that the new version of the pair has now, one for each place; none where nothing sends to it. */
  shares(pair: Pair): number[];
  /** What is otherwise than it should be, in words; empty where all is as written. */
  differences(share: RouteShare): string[];
  /** Writes what is otherwise, if `may` still says so at the last moment. */
  write(share: RouteShare, may: () => boolean): Promise<void>;
  /** What the data plane has not taken yet, in words. */
  pending(share: RouteShare): string | undefined;
  carried?(object: KubeObject): KubeObject;
  undo(options: { promoted: boolean }): Promise<void>;
}

/** A router over two Services and the routes that lead to them: capacity first, then the write, then the data plane's word. */
export function routedRouter(context: RouterContext, writer: RouteWriter): Router {
  const pairs = context.traffic.pairs.filter(({ service }) => service);

  return {
    read(pair) {
      const shares = writer.shares(pair);
      return shares.length > 0 ? Math.min(...shares) : 0;
    },
    async shift(weight, { promoted = false, matched = false } = {}) {
      const share = { weight, matched };
      for (let left = WRITES; writer.differences(share).length > 0; left -= 1) {
        if (left <= 0) throw undone(writer.differences(share));
        const needs = pairs.flatMap(pair => needsOf(context, writer, pair, share, promoted));
        await Promise.all(needs.map(({ pair, side, needed }) => awaitCapacity(context, pair, side, needed)));
        // Between the look and the write pods may be lost: the last look is the one that counts.
        const may = (): boolean => needs.every(({ pair, side, needed }) => hasCapacity(context, pair, side, needed()));
        await writer.write(share, may);
        // To have waited in vain is no fight with anybody.
        if (!may()) left = WRITES;
      }
      await within(
        context,
        () => (writer.pending(share) === undefined ? true : undefined),
        () => `${writer.pending(share)}`,
        'Look at the status of the route and at the controller of its parents; the traffic stays where it is until they have taken it.',
      );
    },
    drift(weight, matched) {
      const small = pairs.flatMap(pair => {
        const [now, needed] = [sizeOf(context.view, pair.twin), podsFor(weight, currentSize(context, pair))];
        return pair.autoscaler || now >= needed
          ? []
          : [`${pair.twin.kind} ${pair.twin.namespace}/${pair.twin.name} has ${now} replicas instead of ${needed}`];
      });
      return [...writer.differences({ weight, matched }), ...small];
    },
    ...(writer.carried ? { carried: writer.carried } : {}),
    undo: options => writer.undo(options),
  };
}

function undone(differences: readonly string[]): SluiceError {
  return new SluiceError(
    'drift',
    `What the release writes is changed again at once, ${WRITES} times in a row: ${differences.join('; ')}.`,
    {
      hint: 'Look for a webhook, a controller or a GitOps tool that writes these fields, and let it leave them alone.',
    },
  );
}

/** What no write can put right. */
export function lostRoutes(texts: readonly string[]): SluiceError {
  return new SluiceError('drift', `The traffic cannot be moved: ${texts.join('; ')}.`, {
    hint: 'Somebody has changed or deleted the route during the release. Put it back and run again, or reject the release.',
  });
}

interface Need {
  pair: Pair;
  side: 'twin' | 'stable';
  needed: () => number;
}

/** Whoever gets more must have the pods for it. */
function needsOf(
  context: RouterContext,
  writer: RouteWriter,
  pair: Pair,
  { weight, matched }: RouteShare,
  promoted: boolean,
): Need[] {
  const { view } = context;
  // Promoted, stable may have another size than before.
  const size = (): number =>
    promoted && (pair.autoscaler || context.wantedSize(pair) !== undefined)
      ? sizeOf(view, pair.stable)
      : currentSize(context, pair);
  const shares = writer.shares(pair);
  const grows = shares.some(share => share < weight) || matched;
  const shrinks = shares.some(share => share > weight);
  return [
    ...(grows
      ? [
          {
            pair,
            side: 'twin' as const,
            needed: () => Math.max(Number(matched), podsFor(weight, currentSize(context, pair))),
          },
        ]
      : []),
    ...(shrinks ? [{ pair, side: 'stable' as const, needed: () => podsFor(100 - weight, size()) }] : []),
  ];
}
