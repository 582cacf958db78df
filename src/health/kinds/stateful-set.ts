import type { KubeObject } from '../../kube.ts';
import { type Conditioned, notObserved } from '../conditions.ts';
import { counted, type Health, healthy, progressing, waitingFor } from '../verdict.ts';

export interface StatefulSetSpec {
  replicas?: number;
  minReadySeconds?: number;
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  selector?: { matchLabels?: Record<string, string> };
}

export interface StatefulSetStatus extends Conditioned {
  replicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
}

/** With a partition only the ordinals from it upwards are updated; with OnDelete none is, until somebody deletes its pod. */
export function statefulSetHealth(object: KubeObject<StatefulSetSpec, StatefulSetStatus>): Health {
  const unobserved = notObserved(object, 'always');
  if (unobserved) return unobserved;
  const { spec, status } = object;
  const desired = spec?.replicas ?? 1;
  const total = status?.replicas ?? 0;
  const updated = status?.updatedReplicas ?? 0;
  // Servers before 1.22 do not count availability; without minReadySeconds it is the same as readiness.
  const ready = spec?.minReadySeconds ? (status?.availableReplicas ?? 0) : (status?.readyReplicas ?? 0);
  const replicas = { desired, updated, ready };
  const onDelete = spec?.updateStrategy?.type === 'OnDelete';
  const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  const wanted = onDelete ? 0 : Math.max(0, desired - partition);

  if (total > desired)
    return progressing(`Waiting for ${counted(total - desired, 'surplus replica')} to terminate`, { replicas });
  if (updated < wanted) return progressing(waitingFor(wanted - updated, wanted, 'replica', 'be updated'), { replicas });
  if (ready < desired)
    return progressing(waitingFor(desired - ready, desired, 'replica', 'become ready'), { replicas });
  if (!onDelete && partition === 0 && status?.currentRevision !== status?.updateRevision) {
    const message = `Waiting for revision ${status?.updateRevision} to become the current one`;
    return progressing(message, { replicas });
  }
  if (desired === 0) return healthy('Scaled to 0 replicas', { replicas });
  return healthy(`${ready} of ${counted(desired, 'replica')} ready${remark(onDelete, partition, desired - updated)}`, {
    replicas,
  });
}

function remark(onDelete: boolean, partition: number, old: number): string {
  if (old <= 0 || (!onDelete && partition === 0)) return '';
  const left = old === 1 ? '1 of them keeps' : `${old} of them keep`;
  return onDelete
    ? `; ${left} the old version until deleted (OnDelete)`
    : `; ${left} the old version (partition ${partition})`;
}
