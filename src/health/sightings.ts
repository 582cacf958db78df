import { type Finding, patienceFor } from './finding.ts';
import { podFindings } from './pod-findings.ts';
import { containersOf, type Pod } from './pod-view.ts';

/** What is remembered of a pod between two of its states: a state alone does not say how long or how often. */
export interface Sighting {
  pod: Pod;
  findings: readonly Finding[];
  /** Restarts that a container had when the pod was first seen: they are not this release's. */
  baseline: ReadonlyMap<string, number>;
  /** The registry's words, which the kubelet drops while it backs off. */
  pullWords: ReadonlyMap<string, string>;
  /** When each finding was first seen, by our clock: the cluster's may differ. */
  since: ReadonlyMap<string, number>;
}

export function see(previous: Sighting | undefined, pod: Pod, now: number): Sighting {
  const baseline = new Map(previous?.baseline);
  const pullWords = new Map(previous?.pullWords);
  const running = new Set<string>();
  for (const { status } of containersOf(pod)) {
    if (!baseline.has(status.name)) baseline.set(status.name, status.restartCount ?? 0);
    const waiting = status.state?.waiting;
    if (waiting?.reason === 'ErrImagePull' && waiting.message) pullWords.set(status.name, waiting.message);
    if (status.state?.running) running.add(status.name);
  }
  const findings = podFindings(pod, { baseline, pullWords });
  const since = new Map<string, number>();
  // A container between two attempts shows no trouble for a moment; only one that runs has overcome it.
  for (const [key, at] of previous?.since ?? []) if (!running.has(key.split('/')[1] ?? '')) since.set(key, at);
  if (pod.spec?.nodeName) since.delete('Unschedulable/');
  for (const finding of findings) since.set(keyOf(finding), previous?.since.get(keyOf(finding)) ?? now);
  return { pod, findings, baseline, pullWords, since };
}

/** The moment, by our clock, at which a finding becomes a failure of a workload of this kind; Infinity where it never does. */
export function fatalAt(sighting: Sighting, finding: Finding, workloadKind: string): number {
  const first = sighting.since.get(keyOf(finding));
  return (first ?? Number.POSITIVE_INFINITY) + patienceFor(finding.reason, workloadKind);
}

function keyOf(finding: Finding): string {
  return `${finding.reason}/${finding.container ?? ''}`;
}
