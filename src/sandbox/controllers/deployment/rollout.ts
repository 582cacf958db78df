import type { ControllerContext } from '../context.ts';
import { isFinished, type Pod } from '../pods.ts';
import { isComplete } from './deployment-status.ts';
import { active, available, byAge, maxSurge, maxUnavailable, type Owned, revisionOf, total } from './replica-sets.ts';
import { newReplicaSetSize, oldScaleDownLimit } from './rollout-arithmetic.ts';
import { scaleTo } from './scaling.ts';
import { syncRevision } from './sync-revision.ts';
import type { Deployment, ReplicaSet } from './types.ts';

/** One step of a rolling update: the new ReplicaSet grows within the surge, or the old ones shrink within what may be unavailable. */
export function rollingUpdate(context: ControllerContext, deployment: Deployment, sets: readonly ReplicaSet[]): Owned {
  const owned = syncRevision(context, deployment, sets, true);
  if (growNew(context, deployment, owned)) return owned;
  if (shrinkOld(context, deployment, owned)) return owned;
  if (isComplete(deployment, deployment.status ?? {})) cleanUp(context, deployment, owned.old);
  return owned;
}

/** All old pods must be gone before the first new one starts. */
export function recreate(
  context: ControllerContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  podsOf: (set: ReplicaSet) => readonly Pod[],
): Owned {
  const known = syncRevision(context, deployment, sets, false);
  let scaled = false;
  for (const set of active(known.old)) scaled = scaleTo(context, deployment, set, 0) || scaled;
  if (scaled) return known;
  if (known.old.some(set => podsOf(set).some(pod => !isFinished(pod)))) return known;
  const owned = known.current ? known : syncRevision(context, deployment, sets, true);
  if (owned.current) scaleTo(context, deployment, owned.current, deployment.spec.replicas);
  if (isComplete(deployment, deployment.status ?? {})) cleanUp(context, deployment, owned.old);
  return owned;
}

function growNew(context: ControllerContext, deployment: Deployment, { current, all }: Owned): boolean {
  const wanted = deployment.spec.replicas;
  if (!current || current.spec.replicas === wanted) return false;
  const size =
    current.spec.replicas > wanted
      ? wanted
      : newReplicaSetSize(wanted, maxSurge(deployment), total(all), current.spec.replicas);
  return size !== current.spec.replicas && scaleTo(context, deployment, current, size);
}

function shrinkOld(context: ControllerContext, deployment: Deployment, { current, old, all }: Owned): boolean {
  const sets = active(old).sort(byAge);
  if (!current || sets.length === 0) return false;
  const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
  const limit = oldScaleDownLimit(
    total(all),
    minAvailable,
    current.spec.replicas,
    current.status?.availableReplicas ?? 0,
  );
  if (limit === 0) return false;

  const sizes = new Map(sets.map(set => [set, set.spec.replicas]));
  let unhealthy = limit;
  for (const set of sets) {
    const size = set.spec.replicas;
    const gone = Math.min(unhealthy, Math.max(0, size - (set.status?.availableReplicas ?? 0)));
    unhealthy -= gone;
    sizes.set(set, size - gone);
    if (gone > 0) scaleTo(context, deployment, set, size - gone);
  }
  // Statuses lag behind: without the limit, which knows only wanted sizes, pods that are already going would be counted as available.
  let spare = Math.min(available([...sets, current]) - minAvailable, unhealthy);
  let scaled = unhealthy < limit;
  for (const set of sets) {
    const size = sizes.get(set) ?? 0;
    const gone = Math.min(size, Math.max(0, spare));
    if (gone === 0) continue;
    spare -= gone;
    const fresh = context.api.get<ReplicaSet>('apps/ReplicaSet', set.metadata.namespace, set.metadata.name) ?? set;
    scaled = scaleTo(context, deployment, fresh, size - gone) || scaled;
  }
  return scaled;
}

/** Deletes the oldest of the empty old ReplicaSets beyond the revision history. */
export function cleanUp({ api }: ControllerContext, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined) return;
  const candidates = old.filter(set => !set.metadata.deletionTimestamp);
  const surplus = [...candidates]
    .sort((a, b) => revisionOf(a) - revisionOf(b))
    .slice(0, Math.max(0, candidates.length - limit));
  for (const { metadata, spec, status } of surplus) {
    const empty = spec.replicas === 0 && (status?.replicas ?? 0) === 0;
    const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
    if (empty && seen) api.delete('apps/ReplicaSet', metadata.namespace, metadata.name, { propagation: 'Background' });
  }
}
