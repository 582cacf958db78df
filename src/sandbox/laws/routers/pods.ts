import type { Pair } from '../../../release/plan.ts';
import { type Change, isAt, isDeletion, objectText, subjectOf } from '../change.ts';
import { readyOf, replicasOf, type Side, workload } from '../readiness.ts';
import { isGoingBack, isPartitioned, isPromoting, type Release } from '../release.ts';
import type { RouterRules } from './rules.ts';

/** The Service selects both versions, and the number of pods decides. */
export const podsRules: RouterRules = {
  moves(change, release) {
    return release.traffic.pairs.flatMap(pair => {
      const side = sideOf(change, pair);
      if (!side) return [];
      const { write, before } = change;
      const [was, now] = [replicasOf(write.before), isDeletion(write) ? 0 : replicasOf(write.after)];
      const ready = readyOf(before, release, pair, side).length;
      // Pods that cannot serve go first: where enough of them are there, nothing is taken away.
      if (now >= was || now >= ready) return [];
      const other: Side = side === 'twin' ? 'stable' : 'twin';
      const remain = now + readyOf(before, release, pair, other).length;
      const needed = neededOf(change, release, pair);
      const subject = objectText(subjectOf(write));
      const text = `${subject} goes from ${was} to ${now} pods, of which ${ready} are ready: ${remain} ready pods of both versions remain, and ${needed} are needed`;
      return [{ pair, to: other, deletes: isDeletion(write), isEnough: remain >= needed, text }];
    });
  },
  senders: () => [],
  excess(change, release) {
    if (isPromoting(release) || isGoingBack(release)) return [];
    return release.traffic.pairs.flatMap(pair => {
      const { write, after, history } = change;
      if (pair.autoscaler || !sideOf(change, pair)) return [];
      if (replicasOf(write.after) <= replicasOf(write.before)) return [];
      const [twin, stable] = [replicasOf(workload(after, pair.twin)), replicasOf(workload(after, pair.stable))];
      const most = Math.max(pair.size, history.sizes.stable(pair) ?? 0) + pair.surge;
      if (twin + stable <= most) return [];
      const sizes = `${pair.twin.name} has ${twin} replicas and ${pair.stable.name} ${stable}`;
      return [`${sizes}, together more than the ${most} that size ${pair.size} and surge ${pair.surge} allow`];
    });
  },
};

function sideOf({ write }: Change, pair: Pair): Side | undefined {
  if (isPartitioned(pair)) return undefined;
  const subject = subjectOf(write);
  if (isAt(subject, pair.twin)) return 'twin';
  return isAt(subject, pair.stable) ? 'stable' : undefined;
}

/** Ready pods that must remain: those that stable had, unless others, an autoscaler or the new manifests want fewer. */
function neededOf({ before, history }: Change, release: Release, pair: Pair): number {
  const wishes = [pair.size];
  const left = history.sizes.left(pair);
  if (left !== undefined) wishes.push(left);
  if (pair.autoscaler) wishes.push(replicasOf(workload(before, pair.stable)));
  if (isPromoting(release)) {
    const wanted = release.manifests().find(object => isAt(object, pair.stable));
    const replicas = (wanted?.spec as { replicas?: number } | undefined)?.replicas;
    if (replicas !== undefined) wishes.push(replicas);
  }
  return Math.min(...wishes);
}
