import type { KubeObject } from '../../kube.ts';
import { type Conditioned, notObserved } from '../conditions.ts';
import { counted, type Health, healthy, progressing, waitingFor } from '../verdict.ts';

interface DaemonSetSpec {
  updateStrategy?: { type?: string };
  selector?: { matchLabels?: Record<string, string> };
}

interface DaemonSetStatus extends Conditioned {
  desiredNumberScheduled?: number;
  currentNumberScheduled?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
}

export function daemonSetHealth(object: KubeObject<DaemonSetSpec, DaemonSetStatus>): Health {
  const unobserved = notObserved(object, 'always');
  if (unobserved) return unobserved;
  const { spec, status } = object;
  const desired = status?.desiredNumberScheduled ?? 0;
  const current = status?.currentNumberScheduled ?? 0;
  const updated = status?.updatedNumberScheduled ?? 0;
  const available = status?.numberAvailable ?? 0;
  const replicas = { desired, updated, ready: available };
  const onDelete = spec?.updateStrategy?.type === 'OnDelete';
  if (current < desired) return progressing(waitingFor(desired - current, desired, 'pod', 'be created'), { replicas });
  if (!onDelete && updated < desired) {
    return progressing(waitingFor(desired - updated, desired, 'pod', 'be updated'), { replicas });
  }
  if (available < desired) {
    return progressing(waitingFor(desired - available, desired, 'pod', 'become available'), { replicas });
  }
  if (desired === 0) return healthy('No node is to run it', { replicas });
  const old = desired - updated;
  const remark = onDelete && old > 0 ? `; ${counted(old, 'pod')} of the old version until deleted (OnDelete)` : '';
  return healthy(`${available} of ${counted(desired, 'pod')} available${remark}`, { replicas });
}
