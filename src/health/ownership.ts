import { isDeepStrictEqual } from 'node:util';
import { groupOf, type KubeObject, type ObjectRef } from '../kube.ts';
import { type Conditioned, notObserved } from './conditions.ts';
import type { StatefulSetStatus } from './kinds/stateful-set.ts';
import type { Pod } from './pod-view.ts';

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/**
 * Whose pod it is, as seen from one workload. Only `current` pods can make a rollout fail: those of an earlier version
 * were broken before it, or are meant to go.
 */
export type Ownership = 'current' | 'earlier' | 'foreign' | { unknown: ObjectRef };

/** Finds a ReplicaSet by uid: undefined where it was not asked for yet, null where it is gone. */
export type ReplicaSets = (uid: string) => KubeObject | null | undefined;

export function ownershipOf(pod: Pod, object: KubeObject, replicaSets: ReplicaSets): Ownership {
  const workload = object as KubeObject<unknown, Conditioned>;
  if (workload.kind === 'Pod') return pod.metadata.uid === workload.metadata.uid ? 'current' : 'foreign';
  const owner = controllerOf(pod);
  if (!owner) return 'foreign';
  if (workload.kind === 'Deployment') return ofDeployment(pod, workload, replicaSets);
  if (owner.uid !== workload.metadata.uid) return 'foreign';
  switch (workload.kind) {
    case 'StatefulSet': {
      const { updateRevision } = (workload.status ?? {}) as StatefulSetStatus;
      // Until the controller has looked, updateRevision is that of the version before.
      if (notObserved(workload, 'always') || !updateRevision) return 'earlier';
      return pod.metadata.labels?.['controller-revision-hash'] === updateRevision ? 'current' : 'earlier';
    }
    case 'DaemonSet': {
      // The API server itself counts this annotation up with the template; the controller copies it to the pods.
      const wanted = workload.metadata.annotations?.[TEMPLATE_GENERATION];
      const has = pod.metadata.labels?.['pod-template-generation'];
      return wanted !== undefined && wanted === has ? 'current' : 'earlier';
    }
    default:
      return 'current';
  }
}

function ofDeployment(pod: Pod, workload: KubeObject, replicaSets: ReplicaSets): Ownership {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet' || groupOf(owner.apiVersion) !== 'apps') return 'foreign';
  const replicaSet = replicaSets(owner.uid);
  if (replicaSet === undefined) {
    const namespace = pod.metadata.namespace ?? '';
    return { unknown: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner.name, namespace } };
  }
  if (replicaSet === null) return 'earlier';
  if (controllerOf(replicaSet)?.uid !== workload.metadata.uid) return 'foreign';
  return isDeepStrictEqual(templateOf(replicaSet), templateOf(workload)) ? 'current' : 'earlier';
}

/**
 * The pod template without the label that the controller adds: how the Deployment controller itself finds the new
 * ReplicaSet. Its revision annotations are no substitute: where an apply changes replicas and template at once, the
 * controller reports the generation as observed before it has made the new ReplicaSet, and the revision is still the old one.
 */
function templateOf(object: KubeObject): unknown {
  const { template } = (object.spec ?? {}) as { template?: { metadata?: { labels?: Record<string, string> } } };
  const { 'pod-template-hash': _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

export function controllerOf(
  object: KubeObject,
): { apiVersion: string; kind: string; name: string; uid: string } | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller);
}
