import type { Applied, ApplyOptions, Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import type { KubeObject } from '../kube.ts';

/** Applies an object; fields that only this release itself holds for a time, under its other name, are no conflict. */
export async function applyOwn(cluster: Cluster, object: KubeObject, options: ApplyOptions): Promise<Applied> {
  try {
    return await cluster.apply(object, options);
  } catch (error) {
    const isOurs =
      error instanceof ApiError &&
      error.conflicts.length > 0 &&
      error.conflicts.every(({ manager }) => manager === 'sluice' || manager.startsWith('sluice-'));
    if (!isOurs) throw error;
    return cluster.apply(object, { ...options, force: true });
  }
}
