import { conditionOf } from './conditions.ts';
import { containerFinding, type Memory } from './container-findings.ts';
import type { Finding } from './finding.ts';
import { containersOf, type Pod } from './pod-view.ts';

const NODE_LOST = /NodeLost|NodeNotReady|NodeShutdown|Terminated|DeletionByTaintManager|TerminationByKubelet/;

/** What keeps a pod from being ready, by its own status; nothing for a pod that is ready, done, or on its way out. */
export function podFindings(pod: Pod, memory: Memory): Finding[] {
  const { status } = pod;
  if (pod.metadata.deletionTimestamp || status?.phase === 'Succeeded') return [];
  if (conditionOf(status, 'Ready')?.status === 'True') return [];
  const name = pod.metadata.name;
  const ofContainers = containersOf(pod)
    .map(container => containerFinding(pod, container, memory))
    .filter(finding => finding !== undefined);
  return [...failedPod(pod), ...unschedulable(pod), ...ofContainers].map(finding => ({ ...finding, pod: name }));
}

function failedPod(pod: Pod): Finding[] {
  const { status, metadata } = pod;
  const disrupted = conditionOf(status, 'DisruptionTarget');
  const ready = conditionOf(status, 'Ready');
  const words = status?.message ?? disrupted?.message;
  const told = words ? `: ${words}` : '';
  const quoted = words !== undefined;
  if (status?.reason === 'Evicted') {
    return [
      {
        reason: 'Evicted',
        quoted,
        message: `Pod ${metadata.name} was evicted from node ${pod.spec?.nodeName ?? '?'}${told}`,
      },
    ];
  }
  const lost = [status?.reason, disrupted?.reason, ready?.reason].some(reason => NODE_LOST.test(reason ?? ''));
  if (lost || ready?.status === 'Unknown') {
    return [
      {
        reason: 'NodeLost',
        quoted,
        message: `Node ${pod.spec?.nodeName ?? '?'} of pod ${metadata.name} is gone or out of reach${told}`,
      },
    ];
  }
  // A failed pod with an exit code is told by its container.
  const ended = containersOf(pod).some(({ status: one }) => one.state?.terminated);
  if (status?.phase !== 'Failed' || ended) return [];
  return [
    {
      reason: 'PodFailed',
      quoted,
      message: `Pod ${metadata.name} failed${status.reason ? ` (${status.reason})` : ''}${told}`,
    },
  ];
}

function unschedulable(pod: Pod): Finding[] {
  const scheduled = conditionOf(pod.status, 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return [];
  const words = scheduled.message ?? 'no reason given';
  return [{ reason: 'Unschedulable', quoted: true, message: `Pod ${pod.metadata.name} cannot be scheduled: ${words}` }];
}
