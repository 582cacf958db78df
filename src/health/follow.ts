import type { Cluster } from '../cluster/cluster.ts';
import { SluiceError } from '../errors.ts';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import type { Board } from './board.ts';
import type { Inquiries } from './inquiries.ts';
import type { Pod } from './pod-view.ts';
import type { Watch } from './watches.ts';

export interface FollowDeps {
  cluster: Cluster;
  board: Board;
  inquiries: Inquiries;
  /** Namespaces whose pods have been told in full. */
  podsTold: Set<string>;
  signal: AbortSignal;
}

/** Enters what one watch tells on the board, until the signal is aborted. */
export async function follow(watch: Watch, deps: FollowDeps): Promise<void> {
  const { cluster, board, podsTold, signal } = deps;
  const seen = new Set<string>();
  let told = false;
  try {
    for await (const event of cluster.watch<KubeObject>(watch, watch.selection, signal)) {
      if (signal.aborted) return;
      if (event.type === 'synced') {
        // Later the watch itself tells what was deleted while it was cut.
        if (!told && !watch.pods) board.synced(watch, seen);
        if (watch.pods) podsTold.add(watch.selection.namespace ?? '');
        told = true;
        continue;
      }
      // Items of lists come without what the list says once.
      const object: KubeObject = { ...event.object, apiVersion: watch.apiVersion, kind: watch.kind };
      if (!told) seen.add(refKey(refOf(object)));
      if (event.type === 'deleted') watch.pods ? board.podRemoved(object as Pod) : board.removed(object);
      else if (watch.pods) board.podChanged(object as Pod);
      else board.changed(object);
    }
  } catch (error) {
    if (signal.aborted) return;
    // Without the pods there is no explanation, but the workloads still tell whether they are healthy.
    if (!watch.pods || !(error instanceof SluiceError)) throw error;
    await deps.inquiries.attempt('Pods', () => Promise.reject(error));
  }
}
