import type { Cluster } from '../cluster/cluster.ts';
import type { View } from '../cluster/view.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { ReleaseDeps } from '../release/deps.ts';
import type { Match, Pair, TrafficPlan } from '../release/plan.ts';

/** What a router works with. Whoever loses the lock, or is told to turn back, finds the signal aborted. */
export interface RouterContext {
  deps: ReleaseDeps;
  cluster: Cluster;
  signal: AbortSignal;
  view: View;
  traffic: TrafficPlan;
  /** Whose requests the plan sends to the new version first. */
  match: Match | undefined;
  /** For each wait. */
  timeoutMs: number;
  /** Take fields that others own. */
  force: boolean;
  /** The twin of a pair as it is to be applied, at this size. */
  twinAt: (pair: Pair, replicas: number) => KubeObject;
  /** Something else that the release makes for itself, as it is to be applied. */
  made: (ref: ObjectRef) => KubeObject | undefined;
  /** An object of the manifests as it is to be applied in the end. */
  wanted: (ref: ObjectRef) => KubeObject | undefined;
  /** Size that the manifests give a workload; undefined where they leave it to others. */
  wantedSize: (pair: Pair) => number | undefined;
  /** An object as it was before the release. */
  before: (ref: ObjectRef) => KubeObject | undefined;
  /** Waits until these are healthy, or the signal ends the wait; throws the failure with its explanation. */
  healthy: (objects: readonly KubeObject[], until?: AbortSignal) => Promise<void>;
}

export interface ShiftOptions {
  /** Stable is the new version by now, at the size that it is to have. */
  promoted?: boolean;
  /** Requests that match go to the new version, whatever its weight. */
  matched?: boolean;
}

/** What splits the requests between stable and the new version. */
export interface Router {
  /** The share in percent that the new version of this pair gets now. */
  read(pair: Pair): number;
  /**
   * Gives the new version this share. Waits for the capacity that both sides need for it before it writes, and writes nothing
   * where it is so already; then waits until the data plane says that it has taken it, where it says so.
   */
  shift(weight: number, options?: ShiftOptions): Promise<void>;
  /** What others have changed since this was written; empty where all is as it was. */
  drift(weight: number, matched: boolean): string[];
  /** One of the user's objects with what the release has in it now, so that applying it moves no traffic. */
  carried?(object: KubeObject): KubeObject;
  /**
   * Gives back what the router itself has borrowed, once all traffic is stable's; `promoted`: but for what the manifests have
   * decided since. Absent where that is no more than pins, which are taken back with all the others.
   */
  undo?(options: { promoted: boolean }): Promise<void>;
}
