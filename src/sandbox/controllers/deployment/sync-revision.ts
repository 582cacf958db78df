import { StatusError } from '../../types.ts';
import { newCondition, withCondition } from '../conditions.ts';
import { type ControllerContext, clone, MANAGER, MANAGER_STATUS } from '../context.ts';
import { controllerReference, isControlledBy } from '../ownership.ts';
import { isOfEndingNamespace } from '../pod-control.ts';
import { conditionOf } from '../pods.ts';
import { sameTemplate, templateHash } from '../template-hash.ts';
import { timestamp } from '../timestamp.ts';
import { TryAgain } from '../work-queue.ts';
import {
  annotationsFor,
  findCurrent,
  maxSurge,
  type Owned,
  revisionOf,
  sizeAnnotations,
  total,
} from './replica-sets.ts';
import { newReplicaSetSize } from './rollout-arithmetic.ts';
import { type Deployment, HASH_LABEL, REVISION, type ReplicaSet } from './types.ts';

export function hasProgressDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2 ** 31 - 1;
}

/** Tells the ReplicaSets apart, gives the current one its revision and, if wanted, creates it where it is missing. */
export function syncRevision(
  context: ControllerContext,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  createMissing: boolean,
): Owned {
  const found = findCurrent(deployment, sets);
  const old = sets.filter(set => set.metadata.uid !== found?.metadata.uid);
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const current = found
    ? keepCurrent(context, deployment, found, revision)
    : createMissing
      ? createCurrent(context, deployment, old, revision)
      : undefined;
  return { current, old, all: current ? [...old, current] : old };
}

function keepCurrent(
  context: ControllerContext,
  deployment: Deployment,
  set: ReplicaSet,
  revision: number,
): ReplicaSet {
  const wanted = clone(set);
  wanted.metadata.annotations = annotationsFor(deployment, set.metadata.annotations ?? {}, revision);
  const { minReadySeconds } = deployment.spec;
  const sameMinReady = (set.spec.minReadySeconds ?? 0) === (minReadySeconds ?? 0);
  if (!sameMinReady && minReadySeconds === undefined) delete wanted.spec.minReadySeconds;
  else if (!sameMinReady && minReadySeconds !== undefined) wanted.spec.minReadySeconds = minReadySeconds;
  const sameAnnotations = Object.entries(wanted.metadata.annotations).every(
    ([key, value]) => set.metadata.annotations?.[key] === value,
  );
  if (!sameAnnotations || !sameMinReady) return context.api.update(wanted, MANAGER);

  const noteFound = !conditionOf(deployment.status?.conditions, 'Progressing') && hasProgressDeadline(deployment);
  noteRevision(context, deployment, wanted.metadata.annotations[REVISION] ?? String(revision), {
    ...(noteFound ? { reason: 'FoundNewReplicaSet', message: `Found new replica set "${set.metadata.name}"` } : {}),
  });
  return set;
}

function createCurrent(
  context: ControllerContext,
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revision: number,
): ReplicaSet {
  const { api } = context;
  const { spec, metadata } = deployment;
  const hash = templateHash(spec.template, deployment.status?.collisionCount);
  const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash };
  const wanted: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
      labels,
      annotations: { ...annotationsFor(deployment, {}, revision), ...sizeAnnotations(deployment) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: newReplicaSetSize(spec.replicas, maxSurge(deployment), total(old), 0),
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector: { ...clone(spec.selector), matchLabels: { ...spec.selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...clone(spec.template), metadata: { ...clone(spec.template.metadata), labels } },
    },
  };
  const created = createOrFind(context, deployment, wanted);
  if (created.isNew && wanted.spec.replicas > 0)
    context.record(
      'deployment-controller',
      deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled up replica set ${created.set.metadata.name} from 0 to ${wanted.spec.replicas}`,
    );
  const noteCreated = created.isNew && hasProgressDeadline(deployment);
  noteRevision(context, deployment, String(revision), {
    ...(noteCreated
      ? { reason: 'NewReplicaSetCreated', message: `Created new replica set "${created.set.metadata.name}"` }
      : {}),
  });
  return api.get<ReplicaSet>('apps/ReplicaSet', metadata.namespace, created.set.metadata.name) ?? created.set;
}

function createOrFind(
  { api, record }: ControllerContext,
  deployment: Deployment,
  wanted: ReplicaSet,
): { set: ReplicaSet; isNew: boolean } {
  const existing = api.get<ReplicaSet>('apps/ReplicaSet', wanted.metadata.namespace, wanted.metadata.name);
  if (existing) {
    if (isControlledBy(existing, deployment) && sameTemplate(existing.spec.template, deployment.spec.template))
      return { set: existing, isNew: false };
    const collided = clone(deployment);
    collided.status = { ...collided.status, collisionCount: (collided.status?.collisionCount ?? 0) + 1 };
    api.update(collided, MANAGER_STATUS);
    throw new TryAgain(`ReplicaSet ${wanted.metadata.name} belongs to another; another name follows`);
  }
  try {
    return { set: api.create(wanted, MANAGER), isNew: true };
  } catch (error) {
    if (!(error instanceof StatusError) || isOfEndingNamespace(error)) throw error;
    const message = `Failed to create new replica set "${wanted.metadata.name}": ${error.message}`;
    if (hasProgressDeadline(deployment)) {
      const now = api.clock.now();
      const failed = clone(deployment);
      const condition = newCondition(now, 'Progressing', 'False', 'ReplicaSetCreateError', message);
      const conditions = withCondition(failed.status?.conditions, { ...condition, lastUpdateTime: timestamp(now) });
      api.update({ ...failed, status: { ...failed.status, conditions } }, MANAGER_STATUS);
    }
    record('deployment-controller', deployment, 'Warning', 'ReplicaSetCreateError', message);
    throw error;
  }
}

/** The Deployment's own revision annotation, written with its status as the real controller does; the copy at hand takes it too. */
function noteRevision(
  { api }: ControllerContext,
  deployment: Deployment,
  revision: string,
  progressing: { reason?: string; message?: string },
): void {
  const sameRevision = deployment.metadata.annotations?.[REVISION] === revision;
  if (sameRevision && !progressing.reason) return;
  const now = api.clock.now();
  deployment.metadata.annotations = { ...deployment.metadata.annotations, [REVISION]: revision };
  if (progressing.reason) {
    const condition = newCondition(now, 'Progressing', 'True', progressing.reason, progressing.message ?? '');
    const conditions = withCondition(deployment.status?.conditions, { ...condition, lastUpdateTime: timestamp(now) });
    deployment.status = { ...deployment.status, conditions };
  }
  api.update(clone(deployment), MANAGER_STATUS);
}
