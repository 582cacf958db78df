import { newCondition, withCondition, withoutCondition } from '../conditions.ts';
import { type Condition, conditionOf } from '../pods.ts';
import { timeOf, timestamp } from '../timestamp.ts';
import { available, maxUnavailable, type Owned, total } from './replica-sets.ts';
import { hasProgressDeadline } from './sync-revision.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from './types.ts';

type Count = 'replicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas';

function sum(sets: readonly ReplicaSet[], field: Count): number {
  return sets.reduce((count, { status }) => count + (status?.[field] ?? 0), 0);
}

/** A count as the API leaves it out when it is 0. */
function nonZero<Field extends string>(field: Field, value: number): { [F in Field]?: number } {
  return value > 0 ? ({ [field]: value } as { [F in Field]?: number }) : {};
}

export function deploymentCondition(
  now: number,
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
): Condition {
  return { ...newCondition(now, type, status, reason, message), lastUpdateTime: timestamp(now) };
}

/** Counts and availability, before any judgement of progress. */
export function countedStatus(now: number, deployment: Deployment, { current, all }: Owned): DeploymentStatus {
  const { status, metadata, spec } = deployment;
  const availableReplicas = available(all);
  const enough = availableReplicas >= spec.replicas - maxUnavailable(deployment);
  const availability = enough
    ? deploymentCondition(now, 'Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.')
    : deploymentCondition(
        now,
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
      );
  return {
    observedGeneration: metadata.generation ?? 0,
    ...nonZero('replicas', sum(all, 'replicas')),
    ...nonZero('updatedReplicas', current ? sum([current], 'replicas') : 0),
    ...nonZero('readyReplicas', sum(all, 'readyReplicas')),
    ...nonZero('availableReplicas', availableReplicas),
    ...nonZero('unavailableReplicas', total(all) - availableReplicas),
    terminatingReplicas: sum(all, 'terminatingReplicas'),
    ...(status?.collisionCount ? { collisionCount: status.collisionCount } : {}),
    conditions: withCondition(status?.conditions, availability),
  };
}

export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
  return (
    (status.updatedReplicas ?? 0) === spec.replicas &&
    (status.replicas ?? 0) === spec.replicas &&
    (status.availableReplicas ?? 0) === spec.replicas &&
    (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const oldPods = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    oldPods(after) < oldPods(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(now: number, { spec, status }: Deployment): boolean {
  const progressing = conditionOf(status?.conditions, 'Progressing');
  if (!progressing || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  const since = timeOf(progressing.lastUpdateTime) ?? now;
  return since + (spec.progressDeadlineSeconds ?? 0) * 1000 < now;
}

/** The whole status of a Deployment that rolls out: counts, availability, progress and what its ReplicaSets failed to do. */
export function rolloutStatus(now: number, deployment: Deployment, owned: Owned): DeploymentStatus {
  const before = deployment.status ?? {};
  const status = countedStatus(now, deployment, owned);
  let conditions = status.conditions ?? [];
  const current = conditionOf(before.conditions, 'Progressing');
  const alreadyComplete =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  const subject = owned.current
    ? `ReplicaSet "${owned.current.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;

  if (!hasProgressDeadline(deployment)) conditions = withoutCondition(conditions, 'Progressing');
  else if (!alreadyComplete) {
    if (isComplete(deployment, status)) {
      const message = `${subject} has successfully progressed.`;
      conditions = withCondition(
        conditions,
        deploymentCondition(now, 'Progressing', 'True', 'NewReplicaSetAvailable', message),
      );
    } else if (hasProgressed(before, status)) {
      const progress = deploymentCondition(
        now,
        'Progressing',
        'True',
        'ReplicaSetUpdated',
        `${subject} is progressing.`,
      );
      // Each progress renews the time that the deadline counts from, even where status and reason stay the same.
      if (current?.status === 'True' && current.lastTransitionTime)
        progress.lastTransitionTime = current.lastTransitionTime;
      conditions = withCondition(withoutCondition(conditions, 'Progressing'), progress);
    } else if (hasTimedOut(now, deployment)) {
      const message = `${subject} has timed out progressing.`;
      conditions = withCondition(
        conditions,
        deploymentCondition(now, 'Progressing', 'False', 'ProgressDeadlineExceeded', message),
      );
    }
  }
  const failure = replicaFailure(owned);
  conditions = failure
    ? withCondition(conditions, { ...failure, lastUpdateTime: failure.lastTransitionTime ?? timestamp(now) })
    : withoutCondition(conditions, 'ReplicaFailure');
  return { ...status, conditions };
}

/** The current ReplicaSet's failure is told first; else one of an old one. */
function replicaFailure({ current, old }: Owned): Condition | undefined {
  const sets = current ? [current, ...old] : old;
  return sets.map(({ status }) => conditionOf(status?.conditions, 'ReplicaFailure')).find(found => found !== undefined);
}
