import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, notObserved, wordsOf } from '../conditions.ts';
import { counted, failed, type Health, healthy, progressing, waitingFor } from '../verdict.ts';
import { replicaFailure } from './replica-set.ts';

export interface DeploymentSpec {
  replicas?: number;
  paused?: boolean;
  selector?: { matchLabels?: Record<string, string> };
}

export interface DeploymentStatus extends Conditioned {
  replicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
}

/** In the order of `kubectl rollout status`: observed, within the progress deadline, updated, nothing old left, available. */
export function deploymentHealth(object: KubeObject<DeploymentSpec, DeploymentStatus>): Health {
  const unobserved = notObserved(object, 'always');
  if (unobserved) return unobserved;
  const { spec, status } = object;
  const desired = spec?.replicas ?? 1;
  const total = status?.replicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  const available = status?.availableReplicas ?? 0;
  const replicas = { desired, updated, ready: Math.min(updated, available) };
  if (spec?.paused) {
    const message = 'Paused: changes of its pod template are not rolled out until it is resumed';
    return healthy(message, { reason: 'Paused', replicas });
  }
  const progress = conditionOf(status, 'Progressing');
  if (progress?.reason === 'ProgressDeadlineExceeded') {
    const message = `Exceeded its progress deadline with ${available} of ${counted(desired, 'replica')} available: ${wordsOf(progress)}`;
    return failed('ProgressDeadlineExceeded', message, { replicas });
  }
  const refused = replicaFailure(status, replicas);
  if (refused) return refused;
  if (updated < desired)
    return progressing(waitingFor(desired - updated, desired, 'replica', 'be updated'), { replicas });
  if (total > updated) {
    return progressing(`Waiting for ${counted(total - updated, 'old replica')} to terminate`, { replicas });
  }
  if (updated > desired) {
    return progressing(`Waiting for ${counted(updated - desired, 'surplus replica')} to terminate`, { replicas });
  }
  if (available < desired) {
    return progressing(waitingFor(desired - available, desired, 'replica', 'become available'), { replicas });
  }
  if (desired === 0) return healthy('Scaled to 0 replicas', { replicas });
  return healthy(`${available} of ${counted(desired, 'replica')} available`, { replicas });
}
