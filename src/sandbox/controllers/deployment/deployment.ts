import { sameJson } from '../../store/freeze.ts';
import { selects } from '../../validation/label-selector.ts';
import { withCondition } from '../conditions.ts';
import { type Controller, type ControllerContext, clone, keyOf, MANAGER_STATUS, splitKey } from '../context.ts';
import { claim, controllerKey, controllerOf, isControlledBy } from '../ownership.ts';
import { conditionOf, isTerminating, type Pod } from '../pods.ts';
import { timeOf } from '../timestamp.ts';
import { countedStatus, deploymentCondition, isComplete, rolloutStatus } from './deployment-status.ts';
import { isRollingUpdate, type Owned } from './replica-sets.ts';
import { cleanUp, recreate, rollingUpdate } from './rollout.ts';
import { isScalingEvent, scale } from './scaling.ts';
import { hasProgressDeadline, syncRevision } from './sync-revision.ts';
import type { Deployment, DeploymentStatus, ReplicaSet } from './types.ts';

const KIND = 'apps/Deployment';
/** Deployments are looked at a little later than their ReplicaSets, whose counts are then less often out of date. */
const LAG = 1.5;

/** Deployments: ReplicaSets for each template, rolled from one to the next. */
export const deploymentController: Controller = context => {
  const { api } = context;
  const queue = context.queue(
    'deployment',
    key => {
      const { namespace, name } = splitKey(key);
      const deployment = api.get<Deployment>(KIND, namespace, name);
      if (!deployment) return;
      const wait = reconcile(context, clone(deployment));
      if (wait !== undefined) queue.addAfter(key, wait);
    },
    context.latency * LAG,
  );
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
  context.watch('apps/ReplicaSet', ({ object }) => {
    const owner = controllerKey(object, 'Deployment');
    if (owner) queue.add(owner);
    else if (!controllerOf(object)) for (const key of selecting(context, object as ReplicaSet)) queue.add(key);
  });
  context.watch('Pod', ({ type, object }) => {
    // Only Recreate waits for pods themselves: for the last of the old ones to be gone.
    const setKey = type === 'DELETED' ? controllerKey(object, 'ReplicaSet') : undefined;
    if (!setKey) return;
    const { namespace, name } = splitKey(setKey);
    const set = api.get('apps/ReplicaSet', namespace, name);
    const owner = set && controllerKey(set, 'Deployment');
    if (owner) queue.add(owner);
  });
};

function selecting({ api }: ControllerContext, set: ReplicaSet): string[] {
  return api
    .list<Deployment>(KIND, set.metadata.namespace)
    .filter(({ spec }) => selects(spec.selector, set.metadata.labels))
    .map(keyOf);
}

/**
 * Works on a copy that keeps the resourceVersion it was read at: after a write in between (the revision, a pause) the last
 * write of the round conflicts, and the next round counts anew. Returns the milliseconds after which the Deployment must be
 * looked at again though nothing happens.
 */
function reconcile(context: ControllerContext, deployment: Deployment): number | undefined {
  const { api } = context;
  const { namespace } = deployment.metadata;
  const sets = claim(context, deployment, deployment.spec.selector, api.list<ReplicaSet>('apps/ReplicaSet', namespace));
  if (isTerminating(deployment)) {
    writeCounts(context, deployment, syncRevision(context, deployment, sets, false));
    return undefined;
  }
  notePause(context, deployment);
  const owned = syncRevision(context, deployment, sets, false);
  if (deployment.spec.paused || isScalingEvent(deployment, sets)) {
    scale(context, deployment, owned);
    if (deployment.spec.paused) cleanUp(context, deployment, owned.old);
    writeCounts(context, deployment, owned);
    return undefined;
  }
  const podsOf = (set: ReplicaSet): Pod[] => api.list<Pod>('Pod', namespace).filter(pod => isControlledBy(pod, set));
  const rolled = isRollingUpdate(deployment)
    ? rollingUpdate(context, deployment, sets)
    : recreate(context, deployment, sets, podsOf);
  const now = api.clock.now();
  const status = rolloutStatus(now, deployment, rolled);
  if (!sameJson(status, deployment.status ?? {})) {
    write(context, deployment, status);
    return undefined;
  }
  return untilDeadline(now, deployment, status);
}

function writeCounts(context: ControllerContext, deployment: Deployment, owned: Owned): void {
  const status = countedStatus(context.api.clock.now(), deployment, owned);
  if (!sameJson(status, deployment.status ?? {})) write(context, deployment, status);
}

function write({ api }: ControllerContext, deployment: Deployment, status: DeploymentStatus): void {
  api.update({ ...deployment, status }, MANAGER_STATUS);
}

function notePause({ api }: ControllerContext, deployment: Deployment): void {
  if (!hasProgressDeadline(deployment)) return;
  const { reason } = conditionOf(deployment.status?.conditions, 'Progressing') ?? {};
  const noted = reason === 'DeploymentPaused';
  const paused = deployment.spec.paused ?? false;
  if (reason === 'ProgressDeadlineExceeded' || noted === paused) return;
  const now = api.clock.now();
  const condition = paused
    ? deploymentCondition(now, 'Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused')
    : deploymentCondition(now, 'Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  const changed = clone(deployment);
  changed.status = { ...changed.status, conditions: withCondition(changed.status?.conditions, condition) };
  api.update(changed, MANAGER_STATUS);
}

/** One second is added because condition times are whole seconds. */
function untilDeadline(now: number, deployment: Deployment, status: DeploymentStatus): number | undefined {
  const progressing = conditionOf(deployment.status?.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || !progressing) return undefined;
  if (isComplete(deployment, status) || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  if (progressing.reason === 'NewReplicaSetAvailable') return undefined;
  const deadline = (timeOf(progressing.lastUpdateTime) ?? now) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
  return Math.max(deadline - now, 0) + 1000;
}
