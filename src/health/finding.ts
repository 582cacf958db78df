/** Why a workload cannot become healthy, in Kubernetes' own terms where it has one. */
export type FindingReason =
  | 'InvalidImageName'
  | 'ImageRefused'
  | 'ImagePullBackOff'
  | 'CrashLoopBackOff'
  | 'OOMKilled'
  | 'Crashed'
  | 'CreateContainerConfigError'
  | 'CreateContainerError'
  | 'RunContainerError'
  | 'Unschedulable'
  | 'QuotaExceeded'
  | 'AdmissionDenied'
  | 'FailedCreate'
  | 'MissingVolumeSource'
  | 'FailedMount'
  | 'Unhealthy'
  | 'Evicted'
  | 'NodeLost'
  | 'PodFailed'
  | 'EarlierRevision';

export interface Finding {
  reason: FindingReason;
  /** A sentence that names pod and container and quotes the kubelet, the scheduler or the API server. */
  message: string;
  pod?: string;
  container?: string;
  exitCode?: number;
  /** Name of the signal that ended the container, `SIGKILL`. */
  signal?: string;
  restarts?: number;
  /** The cluster gave words of its own, not only a state. */
  quoted?: boolean;
  /** How many further pods show the same. */
  alike?: number;
  /** The end of the container's log. */
  log?: string;
}

export interface Patience {
  /** How long it must stand before it is a failure; Infinity where it never is one by itself. */
  afterMs: number;
  why: string;
}

const NEVER = Number.POSITIVE_INFINITY;

/** When a finding ends the wait. What never does is still the explanation when the deadline passes. */
export const PATIENCE: Readonly<Record<FindingReason, Patience>> = {
  InvalidImageName: { afterMs: 0, why: 'a reference that cannot be parsed, or may not be pulled, stays so' },
  ImageRefused: { afterMs: 0, why: 'the registry answered that there is no such image, and the kubelet backs off' },
  ImagePullBackOff: {
    afterMs: 30_000,
    why: 'a registry may be out of reach for a moment: this outlasts two back-offs',
  },
  CrashLoopBackOff: { afterMs: 0, why: 'it has ended at least twice; once may be chance' },
  OOMKilled: { afterMs: 0, why: 'as a crash loop: it was killed at least twice' },
  Crashed: { afterMs: NEVER, why: 'one crash may be a dependency that was late' },
  CreateContainerConfigError: { afterMs: 15_000, why: 'an operator may be about to write the Secret' },
  CreateContainerError: { afterMs: 15_000, why: 'the runtime may be busy; the kubelet tries again about every 10 s' },
  RunContainerError: { afterMs: 15_000, why: 'as for creating; a second failure is a crash loop anyway' },
  Unschedulable: { afterMs: 15_000, why: 'as kstatus: the scheduler needs a moment when pods leave or volumes bind' },
  QuotaExceeded: { afterMs: 15_000, why: 'old pods that terminate give quota back' },
  AdmissionDenied: { afterMs: 0, why: 'the policy looked at this template and will say the same again' },
  FailedCreate: { afterMs: 15_000, why: 'a webhook may restart, a ServiceAccount may be about to come' },
  MissingVolumeSource: { afterMs: 15_000, why: 'as for a missing Secret in the environment' },
  FailedMount: { afterMs: NEVER, why: 'attaching may wait for another node to let go' },
  Unhealthy: { afterMs: NEVER, why: 'starting takes as long as it takes' },
  Evicted: { afterMs: NEVER, why: 'the controller makes another pod' },
  NodeLost: { afterMs: NEVER, why: 'the controller makes another pod elsewhere' },
  PodFailed: { afterMs: NEVER, why: 'the controller makes another pod' },
  EarlierRevision: { afterMs: NEVER, why: 'a pod of an earlier version says nothing of the new one' },
};

/** How a Job's pods end is counted by the Job itself, against its backoffLimit. */
const LEFT_TO_THE_JOB = new Set<FindingReason>(['CrashLoopBackOff', 'OOMKilled']);

/** Milliseconds for which this finding must stand before a workload of this kind has failed. */
export function patienceFor(reason: FindingReason, workloadKind: string): number {
  return workloadKind === 'Job' && LEFT_TO_THE_JOB.has(reason) ? NEVER : PATIENCE[reason].afterMs;
}

/** One line for many pods with the same trouble; what ends the wait soonest comes first. */
export function condensed(findings: readonly Finding[]): Finding[] {
  const kept = new Map<string, Finding>();
  for (const finding of findings) {
    const key = `${finding.reason}/${finding.container ?? ''}`;
    const first = kept.get(key);
    if (!first) kept.set(key, finding);
    // The same of the same pod is one thing told twice, by its status and by an event.
    else if (first.pod !== finding.pod) kept.set(key, { ...first, alike: (first.alike ?? 0) + 1 });
  }
  return [...kept.values()].sort((a, b) => rank(a) - rank(b));
}

/** Where none is fatal, a crash explains more than the probe that fails because of it. */
const TELLING: readonly FindingReason[] = [
  'Crashed',
  'FailedMount',
  'Unhealthy',
  'Evicted',
  'NodeLost',
  'PodFailed',
  'EarlierRevision',
];

function rank(finding: Finding): number {
  const { afterMs } = PATIENCE[finding.reason];
  return Number.isFinite(afterMs) ? afterMs : 1e9 + TELLING.indexOf(finding.reason);
}
