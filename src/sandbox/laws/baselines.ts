import { reaches, type Service } from '../controllers/endpoints/endpoint-ports.ts';
import type { Pod } from '../controllers/pods.ts';
import { selects } from '../validation/label-selector.ts';
import { type Change, isAt, isDeletion, objectText, subjectOf } from './change.ts';
import { replicasOf, workload } from './readiness.ts';
import { BASELINE, type Release } from './release.ts';
import { isOwn } from './routers/service.ts';
import type { World } from './world.ts';

type Pair = Release['traffic']['pairs'][number];

/** Fresh pods of the old version, whatever track they are on. */
export function baselinePods(world: World, { stable }: Pair): Pod[] {
  const selector = workload(world, stable)?.spec?.selector;
  return world
    .list<Pod>('Pod', stable.namespace)
    .filter(({ metadata: { labels } }) => labels?.[BASELINE] !== undefined && selects(selector, labels));
}

/** The user's Services that send to pods of a baseline. */
export function baselineSenders(world: World, release: Release, pair: Pair): string[] {
  const pods = baselinePods(world, pair);
  return world
    .list<Service>('Service', pair.stable.namespace)
    .filter(service => !isOwn(release, service) && pods.some(pod => reaches(service, pod)))
    .map(objectText);
}

/** Law 3 for baselines: their pods leave the Services first, then settle and drain, whichever way the release goes. */
export function takenBaseline({ write, before, after, history }: Change, release: Release): string[] {
  const { traffic } = release;
  return traffic.pairs.flatMap(pair => {
    if (!pair.baseline || !isAt(subjectOf(write), pair.baseline)) return [];
    const [was, now] = [replicasOf(write.before), isDeletion(write) ? 0 : replicasOf(write.after)];
    if (now >= was) return [];
    const what = `${objectText(subjectOf(write))} ${isDeletion(write) ? 'is deleted' : `goes from ${was} to ${now} pods`}`;
    const senders = baselineSenders(before, release, pair);
    if (senders.length > 0) return [`${what} while ${senders.join(', ')} sends to its pods`];
    const endedAt = history.traffic.baselineEndedAt(pair);
    if (endedAt === undefined) return [];
    const since = after.now - endedAt;
    const needed = (history.drainMs ?? traffic.drainMs) + (history.settleMs ?? traffic.settleMs);
    return since >= needed ? [] : [`${what} ${since} ms after its last traffic; settle and drain take ${needed} ms`];
  });
}
