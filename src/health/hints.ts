import type { Finding, FindingReason } from './finding.ts';

const HINTS: Partial<Record<FindingReason, string>> = {
  InvalidImageName: 'Correct the image reference: [registry[:port]/]name[:tag][@digest].',
  ImageRefused:
    'Check that the image was pushed under this name and tag, and that the cluster may pull it (imagePullSecrets).',
  ImagePullBackOff: 'Check that the nodes reach the registry, the image name and tag, and imagePullSecrets.',
  CrashLoopBackOff: 'The end of the log says what the program met; its exit code is what it ended with.',
  Crashed: 'The end of the log says what the program met; its exit code is what it ended with.',
  OOMKilled: 'Raise resources.limits.memory, or find out why the new version needs more.',
  CreateContainerConfigError:
    'Add the missing ConfigMap, Secret or key to the manifests, or correct the reference to it.',
  MissingVolumeSource:
    'Add the missing ConfigMap, Secret or key to the manifests, or correct the volume that names it.',
  RunContainerError: 'Check command and args against what is in the image.',
  Unschedulable: 'Lower the requests, relax node selectors, affinity or tolerations, or add nodes.',
  QuotaExceeded:
    "Raise the namespace's ResourceQuota, lower the requests, or let the rollout need less on top (maxSurge).",
  AdmissionDenied: 'Change the pod template to what the policy allows; the message names the rule.',
  FailedCreate: 'The message names what the API server misses or which webhook did not answer.',
  Unhealthy: 'Check what the readiness probe asks, and that the program answers it; a slow start needs a startupProbe.',
};

const OBJECT_HINTS: Readonly<Record<string, string>> = {
  ProgressDeadlineExceeded: 'If a rollout may take so long, raise spec.progressDeadlineSeconds.',
  NoAddress: 'Where no controller gives addresses (kind, bare metal), set `wait-for: workloads`.',
  BackoffLimitExceeded: 'The end of the log says why the last pod failed.',
};

export function hintFor(findings: readonly Finding[], reason: string | undefined): string | undefined {
  const first = findings[0];
  // A refusal that a Deployment repeats in its own status comes without a finding.
  return (first && HINTS[first.reason]) ?? OBJECT_HINTS[reason ?? ''] ?? HINTS[reason as FindingReason];
}
