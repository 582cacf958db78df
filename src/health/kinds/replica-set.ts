import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, notObserved, wordsOf } from '../conditions.ts';
import { PATIENCE } from '../finding.ts';
import { creationRefusal } from '../refused-creation.ts';
import { counted, failed, type Health, healthy, progressing, type Replicas, waitingFor } from '../verdict.ts';

interface ReplicaSetSpec {
  replicas?: number;
}

interface ReplicaSetStatus extends Conditioned {
  replicas?: number;
  fullyLabeledReplicas?: number;
  availableReplicas?: number;
}

export function replicaSetHealth(object: KubeObject<ReplicaSetSpec, ReplicaSetStatus>): Health {
  const unobserved = notObserved(object, 'always');
  if (unobserved) return unobserved;
  const { spec, status } = object;
  const desired = spec?.replicas ?? 1;
  const total = status?.replicas ?? 0;
  const labelled = status?.fullyLabeledReplicas ?? 0;
  const available = status?.availableReplicas ?? 0;
  const replicas = { desired, updated: labelled, ready: available };
  const refused = replicaFailure(status, replicas);
  if (refused) return refused;
  if (total > desired)
    return progressing(`Waiting for ${counted(total - desired, 'surplus replica')} to terminate`, { replicas });
  if (labelled < desired)
    return progressing(waitingFor(desired - labelled, desired, 'replica', 'be created'), { replicas });
  if (available < desired) {
    return progressing(waitingFor(desired - available, desired, 'replica', 'become available'), { replicas });
  }
  if (desired === 0) return healthy('Scaled to 0 replicas', { replicas });
  return healthy(`${available} of ${counted(desired, 'replica')} available`, { replicas });
}

/** The API refuses to create pods: quota, admission, a missing ServiceAccount. Deployments repeat it of their ReplicaSet. */
export function replicaFailure(status: Conditioned | undefined, replicas: Replicas): Health | undefined {
  const condition = conditionOf(status, 'ReplicaFailure');
  if (condition?.status !== 'True') return undefined;
  const words = wordsOf(condition);
  const reason = creationRefusal(words);
  const patienceMs = PATIENCE[reason].afterMs;
  const message = `Cannot create pods: ${words}`;
  if (patienceMs === 0) return failed(reason, message, { replicas });
  return progressing(message, { reason, replicas, patienceMs });
}
