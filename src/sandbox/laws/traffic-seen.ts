import { type KubeObject, refKey } from '../../kube.ts';
import type { Pair } from '../../release/plan.ts';
import type { Write } from '../server/core.ts';
import { baselineSenders } from './baselines.ts';
import { isAt, isDeletion, isKind, subjectOf } from './change.ts';
import { readyOf } from './readiness.ts';
import type { Release } from './release.ts';
import { ROUTE_KINDS } from './routers/routes.ts';
import { rulesOf } from './routers/rules.ts';
import type { World } from './world.ts';

/** Which twins have had requests, and until when. */
export interface TrafficSeen {
  /** Milliseconds of the clock when the last route to the twin ended; undefined where it never had any, or still has. */
  endedAt(pair: Pair): number | undefined;
  /** The same of a pair's baseline. */
  baselineEndedAt(pair: Pair): number | undefined;
  see(write: Write, after: World, releases: readonly Release[]): void;
}

/** Whatever may let a twin become reachable, or end it. */
const TELLING = ['Service', 'discovery.k8s.io/EndpointSlice', ...ROUTE_KINDS];

export function watchTrafficSeen(): TrafficSeen {
  const seen = new Map<string, { endedAt: number | undefined }>();

  function look(after: World, release: Release, pair: Pair): void {
    const key = refKey(pair.twin);
    const known = seen.get(key);
    const isReached = rulesOf(release).senders(after, release, pair).length > 0;
    if (!isReached) {
      if (known) known.endedAt ??= after.now;
    } else if (known) known.endedAt = undefined;
    else if (readyOf(after, release, pair, 'twin').length > 0) seen.set(key, { endedAt: undefined });
  }

  function lookAtBaseline(after: World, release: Release, pair: Pair, key: string): void {
    if (baselineSenders(after, release, pair).length > 0) seen.set(key, { endedAt: undefined });
    else {
      const known = seen.get(key);
      if (known) known.endedAt ??= after.now;
    }
  }

  return {
    baselineEndedAt: ({ baseline }) => baseline && seen.get(refKey(baseline))?.endedAt,
    endedAt: pair => seen.get(refKey(pair.twin))?.endedAt,
    see(write, after, releases) {
      const subject = subjectOf(write);
      const tells = isKind(subject, ...TELLING);
      for (const release of releases)
        for (const pair of release.traffic.pairs) {
          if (isAt(subject, pair.twin) && isDeletion(write)) seen.delete(refKey(pair.twin));
          else if (tells && isNear(subject, release, pair)) look(after, release, pair);
          // They come and go by the labels of their pods.
          if (pair.baseline && (tells || isKind(subject, 'Pod')) && isNear(subject, release, pair))
            lookAtBaseline(after, release, pair, refKey(pair.baseline));
        }
    },
  };
}

/** A route may be in another namespace than what it sends to. */
function isNear({ metadata: { namespace } }: KubeObject, { traffic }: Release, { stable }: Pair): boolean {
  return namespace === stable.namespace || (traffic.routes?.some(route => route.namespace === namespace) ?? false);
}
