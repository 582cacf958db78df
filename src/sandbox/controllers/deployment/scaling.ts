import { type ControllerContext, clone, MANAGER } from '../context.ts';
import { active, byAge, isRollingUpdate, maxSurge, type Owned, sizeAnnotations, total } from './replica-sets.ts';
import { proportionalSizes } from './rollout-arithmetic.ts';
import { DESIRED_REPLICAS, type Deployment, MAX_REPLICAS, type ReplicaSet } from './types.ts';

/** Gives a ReplicaSet a size, with the annotations that proportional scaling reads later; true where the size changed. */
export function scaleTo(
  { api, record }: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
): boolean {
  const sizes = sizeAnnotations(deployment);
  const before = set.spec.replicas;
  const sameSizes = Object.entries(sizes).every(([key, value]) => set.metadata.annotations?.[key] === value);
  if (before === replicas && sameSizes) return false;
  const scaled = clone(set);
  scaled.spec.replicas = replicas;
  scaled.metadata.annotations = { ...scaled.metadata.annotations, ...sizes };
  api.update(scaled, MANAGER);
  if (before === replicas) return false;
  const direction = replicas > before ? 'up' : 'down';
  record(
    'deployment-controller',
    deployment,
    'Normal',
    'ScalingReplicaSet',
    `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`,
  );
  return true;
}

/** Has the Deployment been scaled since its ReplicaSets were last sized? */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  return active(sets).some(({ metadata }) => {
    const desired = metadata.annotations?.[DESIRED_REPLICAS];
    return desired !== undefined && Number(desired) !== deployment.spec.replicas;
  });
}

/** Spreads the Deployment's size over its ReplicaSets without moving the rollout on. */
export function scale(context: ControllerContext, deployment: Deployment, { current, old, all }: Owned): void {
  const { replicas } = deployment.spec;
  const only = activeOrLatest(current, old);
  if (only) {
    if (only.spec.replicas !== replicas) scaleTo(context, deployment, only, replicas);
    return;
  }
  if (current && isSaturated(deployment, current)) {
    for (const set of active(old)) scaleTo(context, deployment, set, 0);
    return;
  }
  if (!isRollingUpdate(deployment)) return;
  const sets = active(all);
  const surge = maxSurge(deployment);
  const growing = (replicas > 0 ? replicas + surge : 0) > total(sets);
  sets.sort((a, b) => b.spec.replicas - a.spec.replicas || (growing ? byAge(b, a) : byAge(a, b)));
  const sizes = proportionalSizes(
    sets.map(set => ({ size: set.spec.replicas, totalBefore: totalBefore(deployment, set) })),
    replicas,
    surge,
  );
  sets.forEach((set, index) => {
    scaleTo(context, deployment, set, sizes[index] ?? set.spec.replicas);
  });
}

function totalBefore(deployment: Deployment, set: ReplicaSet): number {
  const noted = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? 0);
  return noted > 0 ? noted : (deployment.status?.replicas ?? set.spec.replicas);
}

function activeOrLatest(current: ReplicaSet | undefined, old: readonly ReplicaSet[]): ReplicaSet | undefined {
  const sets = active(current ? [...old, current] : old);
  if (sets.length === 1) return sets[0];
  if (sets.length > 1) return undefined;
  return current ?? [...old].sort(byAge).at(-1);
}

function isSaturated({ spec }: Deployment, { metadata, spec: set, status }: ReplicaSet): boolean {
  const desired = Number(metadata.annotations?.[DESIRED_REPLICAS] ?? Number.NaN);
  return (
    set.replicas === spec.replicas && desired === spec.replicas && (status?.availableReplicas ?? 0) === spec.replicas
  );
}
