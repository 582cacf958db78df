import { isReady, type Pod, readySince } from '../pods.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

function phaseRank(pod: Pod): number {
  switch (pod.status?.phase) {
    case 'Running':
      return 2;
    case 'Unknown':
      return 1;
    default:
      return 0;
  }
}

function restarts(pod: Pod): number {
  return Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}

/** Pods beside which others of the same owner run on the node. */
export type NodeCrowd = (pod: Pod) => number;

/**
 * The order in which surplus pods go, as the ReplicaSet controller ranks them: without node, pending, not ready, cheap,
 * on a crowded node, ready for the shortest time, restarted often, young.
 */
export function deletionOrder(crowd: NodeCrowd): (a: Pod, b: Pod) => number {
  return (a, b) =>
    Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)) ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    Number(a.metadata.annotations?.[DELETION_COST] ?? 0) - Number(b.metadata.annotations?.[DELETION_COST] ?? 0) ||
    crowd(b) - crowd(a) ||
    (readySince(b) ?? 0) - (readySince(a) ?? 0) ||
    restarts(b) - restarts(a) ||
    Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? '') ||
    (a.metadata.name < b.metadata.name ? -1 : 1);
}
