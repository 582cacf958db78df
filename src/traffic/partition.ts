import { type KubeObject, refText } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { podSplit, shareOf } from './arithmetic.ts';
import type { RouterContext } from './router.ts';

interface StatefulSetSpec {
  replicas?: number;
  updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
}

/** A StatefulSet has no twin: pods from its partition upwards are of the new version. */
export function partitioned(canary: KubeObject, size: number, updated: number): KubeObject {
  const spec = canary.spec as StatefulSetSpec;
  const updateStrategy = {
    type: 'RollingUpdate',
    rollingUpdate: { ...spec.updateStrategy?.rollingUpdate, partition: size - updated },
  };
  // A size that the manifests leave open is somebody else's: one that we applied would go, to 1, when they are promoted.
  return { ...canary, spec: { ...spec, ...(spec.replicas === undefined ? {} : { replicas: size }), updateStrategy } };
}

/** Lowers the partition, and waits until the pods above it are of the new version. The way back restores the whole object instead. */
export async function shiftPartition(context: RouterContext, pair: Pair, weight: number): Promise<void> {
  if (weight === 0) return;
  const { cluster, view, deps } = context;
  const { twin } = podSplit(weight, pair.size);
  const { object } = await cluster.apply(context.twinAt(pair, twin), { force: true });
  view.enter(object);
  deps.emit({ type: 'resized', ref: pair.stable, replicas: twin });
  await context.healthy([object]);
}

export function readPartition({ view }: RouterContext, pair: Pair): number {
  const set = view.get<KubeObject<StatefulSetSpec, { updatedReplicas?: number }>>(pair.stable);
  const twin = Math.min(pair.size, set?.status?.updatedReplicas ?? 0);
  return shareOf({ twin, stable: pair.size - twin });
}

export function partitionDrift({ view }: RouterContext, pair: Pair, weight: number): string[] {
  const spec = view.get<KubeObject<StatefulSetSpec>>(pair.stable)?.spec;
  const wanted = pair.size - podSplit(weight, pair.size).twin;
  const now = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
  return weight === 0 || now === wanted
    ? []
    : [`${refText(pair.stable)} has the partition ${now} instead of ${wanted}`];
}
