import type { Cluster } from '../cluster/cluster.ts';
import type { View } from '../cluster/view.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { ReleaseDeps } from '../release/deps.ts';
import type { Pair, TrafficPlan } from '../release/plan.ts';

/** What a router works with. Whoever loses the lock, or is told to turn back, finds the signal aborted. */
export interface RouterContext {
  deps: ReleaseDeps;
  cluster: Cluster;
  signal: AbortSignal;
  view: View;
  traffic: TrafficPlan;
  /** For each wait. */
  timeoutMs: number;
  /** The twin of a pair as it is to be applied, at this size. */
  twinAt: (pair: Pair, replicas: number) => KubeObject;
  /** Size that the manifests give a workload; undefined where they leave it to others. */
  wantedSize: (pair: Pair) => number | undefined;
  /** An object as it was before the release. */
  before: (ref: ObjectRef) => KubeObject | undefined;
  /** Waits until these are healthy, or the signal ends the wait; throws the failure with its explanation. */
  healthy: (objects: readonly KubeObject[], until?: AbortSignal) => Promise<void>;
}

/** What splits the requests between stable and the new version. */
export interface Router {
  /** The share in percent that the new version of this pair gets now. */
  read(pair: Pair): number;
  /** Gives the new version this share. Waits for the capacity that both sides need for it before it writes, and writes nothing where it is so already. */
  shift(weight: number, options?: { promoted?: boolean }): Promise<void>;
  /** What others have changed since this weight was written; empty where all is as it was. */
  drift(weight: number): string[];
  /** Gives everything borrowed back, once all traffic is stable's; `promoted`: but for what the manifests have decided since. */
  undo(options: { promoted: boolean }): Promise<void>;
}
