import { groupOf, type KubeObject } from '../kube.ts';

/** A selector in a URL beyond this may meet a proxy's limit. */
export const LONGEST_SELECTOR = 2_000;

const FOLLOWED = new Set(['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet', 'apps/ReplicaSet', 'batch/Job']);

/** Whether an object makes pods that tell why it is stuck. */
export function makesPods(object: KubeObject): boolean {
  return FOLLOWED.has(`${groupOf(object.apiVersion)}/${object.kind}`);
}

/** One label selector that finds the pods of all these workloads, where they share a key; else undefined, for all pods. */
export function podSelector(workloads: readonly KubeObject[]): string | undefined {
  const labels = workloads.map(workload => (workload.spec as Selecting | undefined)?.selector?.matchLabels ?? {});
  const [first] = labels;
  if (!first) return undefined;
  const candidates = Object.keys(first)
    .filter(key => labels.every(one => one[key] !== undefined))
    .map(key => ({ key, values: [...new Set(labels.map(one => one[key] as string))].sort() }));
  // The key with the most values tells the workloads apart best, and so from their neighbours.
  const best = candidates.sort((a, b) => b.values.length - a.values.length || a.key.localeCompare(b.key))[0];
  if (!best) return undefined;
  const selector =
    best.values.length === 1 ? `${best.key}=${best.values[0]}` : `${best.key} in (${best.values.join(',')})`;
  return selector.length > LONGEST_SELECTOR ? undefined : selector;
}

interface Selecting {
  selector?: { matchLabels?: Record<string, string> };
}
