import type { KubeObject } from '../kube.ts';
import { eventsAbout, type KubeEvent, lastSeen } from './event-view.ts';
import type { Finding } from './finding.ts';
import type { Pod } from './pod-view.ts';
import { creationRefusal } from './refused-creation.ts';

const MOUNT_TROUBLE = new Set(['FailedMount', 'FailedAttachVolume', 'FailedMapVolume', 'FailedCreatePodSandBox']);
const MISSING_SOURCE = /(secret|configmap) .*not found|references non-existent (config|secret) key/i;
/** Events of this kind tell nothing of what the pod does next. */
const ASIDE = new Set(['Scheduled', 'TaintManagerEviction']);

/** What keeps a pod's containers from being created, by its latest event: anything later shows that it was overcome. */
export function mountFinding(pod: Pod, events: readonly KubeEvent[]): Finding | undefined {
  const latest = eventsAbout(pod, events).find(({ reason }) => !ASIDE.has(reason ?? ''));
  if (!latest || !MOUNT_TROUBLE.has(latest.reason ?? '')) return undefined;
  const words = latest.message ?? latest.reason ?? '';
  return {
    reason: MISSING_SOURCE.test(words) ? 'MissingVolumeSource' : 'FailedMount',
    message: `Pod ${pod.metadata.name} cannot get its ${latest.reason === 'FailedCreatePodSandBox' ? 'sandbox' : 'volumes'}: ${words}`,
    pod: pod.metadata.name,
    quoted: true,
  };
}

/** The API's refusal to a StatefulSet, DaemonSet, Job or ReplicaSet that creates pods; only Deployments repeat it in their status. */
export function creationFinding(workload: KubeObject, events: readonly KubeEvent[]): Finding | undefined {
  const latest = eventsAbout(workload, events).find(({ reason }) => /^(Failed|Successful)Create$/.test(reason ?? ''));
  // An event of an earlier release must not end this one.
  if (latest?.reason !== 'FailedCreate' || lastSeen(latest) < lastApplied(workload)) return undefined;
  const words = latest.message ?? '';
  return {
    reason: creationRefusal(words),
    message: `${workload.kind} ${workload.metadata.name} cannot create pods: ${words}`,
    quoted: true,
  };
}

/** By the API server's clock, which writes the events' times too; whole seconds, as events have. */
function lastApplied(object: KubeObject): number {
  const times = (object.metadata.managedFields ?? [])
    .filter(entry => entry.operation === 'Apply' && !entry.subresource)
    .map(entry => Date.parse(entry.time ?? '') || 0);
  return Math.max(0, ...times);
}

/** The finding with the words that the kubelet put into an event and not into the status. */
export function withEventWords(finding: Finding, pod: Pod, events: readonly KubeEvent[]): Finding {
  const own = eventsAbout(pod, events);
  switch (finding.reason) {
    case 'ImageRefused':
    case 'ImagePullBackOff': {
      if (finding.quoted) return finding;
      const told = own.find(
        ({ reason, message }) => reason === 'Failed' && message?.startsWith('Failed to pull image'),
      );
      return told ? { ...finding, quoted: true, message: `${finding.message}: ${told.message}` } : finding;
    }
    case 'Unhealthy':
    case 'Crashed':
    case 'CrashLoopBackOff': {
      const probes = own.filter(({ reason }) => reason === 'Unhealthy');
      // A container that the kubelet killed tells nothing; the liveness probe that failed does.
      const killed = finding.signal === 'SIGKILL' || finding.signal === 'SIGTERM';
      const told =
        finding.reason === 'Unhealthy'
          ? probes[0]
          : probes.find(({ message }) => killed && /^(Liveness|Startup) probe/.test(message ?? ''));
      return told ? { ...finding, quoted: true, message: `${finding.message}: ${told.message?.trim()}` } : finding;
    }
    default:
      return finding;
  }
}

/** A node is on its way for this pod: the cluster autoscaler or Karpenter said so. */
export function nodeIsComing(pod: Pod, events: readonly KubeEvent[]): boolean {
  return eventsAbout(pod, events).some(({ reason }) => reason === 'TriggeredScaleUp' || reason === 'Nominated');
}
