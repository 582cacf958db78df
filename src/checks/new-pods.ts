import type { View } from '../cluster/view.ts';
import type { Pod } from '../health/pod-view.ts';
import type { KubeObject } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { podsOf } from '../traffic/readiness.ts';

/** Pods of the new version: the twin's, or those of a StatefulSet that have its new revision. */
export function newPods(pair: Pair, view: View): Pod[] {
  if (!isPartitioned(pair)) return podsOf(view, pair, 'twin') as Pod[];
  const set = view.get<KubeObject<unknown, { updateRevision?: string }>>(pair.stable);
  const revision = set?.status?.updateRevision;
  return (podsOf(view, pair, 'stable') as Pod[]).filter(
    ({ metadata }) => metadata.labels?.['controller-revision-hash'] === revision,
  );
}
