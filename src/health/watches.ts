import type { KindRef, Selection } from '../cluster/cluster.ts';
import type { KubeObject } from '../kube.ts';
import { RELEASE_LABEL } from '../release/labels.ts';
import { makesPods, podSelector } from './pod-selector.ts';

export interface Watch extends KindRef {
  selection: Selection;
  /** Of pods that belong to workloads, not of objects that are waited for themselves. */
  pods: boolean;
}

/** One watch a kind and namespace for what is not healthy yet, and one for the pods of a namespace. */
export function watchesFor(objects: readonly KubeObject[]): Watch[] {
  const kinds = grouped(objects, object => `${object.apiVersion}/${object.kind}/${object.metadata.namespace ?? ''}`);
  const namespaces = grouped(objects.filter(makesPods), object => object.metadata.namespace ?? '');
  return [...kinds.map(watchOf), ...namespaces.map(podsWatch)];
}

function watchOf(objects: readonly KubeObject[]): Watch {
  const { apiVersion, kind, metadata } = objects[0] as KubeObject;
  const selection: Selection = metadata.namespace ? { namespace: metadata.namespace } : {};
  const releases = new Set(objects.map(object => object.metadata.labels?.[RELEASE_LABEL]));
  const [release] = releases;
  // Narrower than the namespace where that is possible: other people's objects are none of our business.
  if (objects.length === 1) selection.fieldSelector = `metadata.name=${metadata.name}`;
  else if (releases.size === 1 && release) selection.labelSelector = `${RELEASE_LABEL}=${release}`;
  return { apiVersion, kind, selection, pods: false };
}

function podsWatch(workloads: readonly KubeObject[]): Watch {
  const namespace = workloads[0]?.metadata.namespace;
  const labelSelector = podSelector(workloads);
  const selection = { ...(namespace ? { namespace } : {}), ...(labelSelector ? { labelSelector } : {}) };
  return { apiVersion: 'v1', kind: 'Pod', selection, pods: true };
}

function grouped(objects: readonly KubeObject[], keyOf: (object: KubeObject) => string): KubeObject[][] {
  const groups = new Map<string, KubeObject[]>();
  for (const object of objects) groups.set(keyOf(object), [...(groups.get(keyOf(object)) ?? []), object]);
  return [...groups.values()];
}
