import { type Change, isDeletion, isKind, objectText, subjectOf } from '../change.ts';
import type { Release } from '../release.ts';
import { versionsOf } from './route-edits.ts';
import { byBackends, routedRules, sendersOf } from './routed.ts';
import { namedBy } from './routes.ts';
import type { RouterRules } from './rules.ts';

/** The weights of the two hosts in the routes of VirtualServices; DestinationRules say how to reach them. */
export const istioRules: RouterRules = routedRules({ ...byBackends, taken: takenDestination });

/** A destination whose subset nobody declares any more gets no request through. */
function takenDestination({ write, before }: Change, release: Release): string[] {
  const subject = subjectOf(write);
  if (!isDeletion(write) || !isKind(subject, 'networking.istio.io/DestinationRule')) return [];
  return release.traffic.pairs.flatMap(pair => {
    const versions = versionsOf(pair);
    if (!versions || !namedBy(subject).has(versions.twin)) return [];
    const senders = sendersOf(byBackends, before, release, pair);
    return senders.length === 0
      ? []
      : [`${objectText(subject)} is deleted while ${senders.join(', ')} sends to its host ${versions.twin}`];
  });
}
