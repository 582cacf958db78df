import { type KubeObject, type ObjectRef, refKey, refText } from '../kube.ts';
import { borrow } from '../release/borrow.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Pair } from '../release/plan.ts';
import { awaitCapacity, currentSize, hasCapacity, sizeText } from './capacity.ts';
import { servingOf, sizeOf } from './readiness.ts';
import type { Router, RouterContext } from './router.ts';
import type { Service } from './services.ts';

/** The Service's selector names the track that gets everything. */
export function serviceRouter(context: RouterContext): Router {
  const { view, traffic, cluster } = context;
  const routed = traffic.pairs.filter(({ service }) => service);
  const trackFor = (weight: number): string => (weight >= 100 ? traffic.track : 'stable');

  return {
    read: ({ service }) => (service && trackOf(view.get<Service>(service.stable)) === traffic.track ? 100 : 0),
    async shift(weight, { promoted = false } = {}) {
      const track = trackFor(weight);
      const side = track === 'stable' ? 'stable' : 'twin';
      const moved = routed.filter(({ service }) => trackOf(view.get<Service>(service?.stable as ObjectRef)) !== track);
      if (moved.length === 0) return;
      // Promoted, stable may have another size than before.
      const size = (pair: Pair): number => {
        // Pods that an autoscaler takes away serve until they are gone.
        if (side === 'twin' && pair.autoscaler)
          return Math.max(currentSize(context, pair), servingOf(view, pair, 'stable'));
        if (!promoted || (context.wantedSize(pair) === undefined && !pair.autoscaler))
          return currentSize(context, pair);
        return sizeOf(view, pair.stable);
      };
      const services = new Map(moved.map(({ service }) => [refKey(service?.stable as ObjectRef), service?.stable]));
      await Promise.all(
        [...services].map(async ([key, stable]) => {
          // All that it sends to must be ready, not only one of several workloads.
          const behind = moved.filter(({ service }) => service && refKey(service.stable) === key);
          for (let isWritten = false; !isWritten; ) {
            await Promise.all(behind.map(pair => awaitCapacity(context, pair, side, () => size(pair))));
            // Between the look and the write pods may be lost: the last look is the one that counts.
            const may = (): boolean => behind.every(pair => hasCapacity(context, pair, side, size(pair)));
            const live = await point(cluster, stable as ObjectRef, track, may);
            view.enter(live);
            isWritten = trackOf(live as Service) === track;
          }
        }),
      );
    },
    drift(weight) {
      const wanted = trackFor(weight);
      const small = traffic.pairs.flatMap(pair => {
        const [now, needed] = [sizeOf(view, pair.twin), weight >= 100 ? currentSize(context, pair) : 0];
        return pair.autoscaler || now >= needed ? [] : [sizeText(pair.twin, now, needed)];
      });
      const moved = routed.flatMap(({ service }) => {
        const ref = service?.stable as ObjectRef;
        const track = trackOf(view.get<Service>(ref));
        if (track === wanted) return [];
        return [`${refText(ref)} sends to ${track ? `track ${track}` : 'every track'} instead of track ${wanted}`];
      });
      return [...moved, ...small];
    },
  };
}

/** Lets a Service send to one track alone, if `may` still says so once the Service has been read. */
export function point(
  cluster: RouterContext['cluster'],
  ref: ObjectRef,
  track: string,
  may: () => boolean = () => true,
): Promise<KubeObject> {
  return borrow(cluster, ref, ['spec', 'selector'], live => {
    const { selector } = (live as Service).spec ?? {};
    return may() ? { ...selector, [TRACK_LABEL]: track } : selector;
  });
}

export function trackOf(service: Service | undefined): string | undefined {
  return service?.spec?.selector?.[TRACK_LABEL];
}
