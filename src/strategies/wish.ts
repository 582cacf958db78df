import type { ConfigStep } from '../config/release-config.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import type { ReleaseId } from '../release/labels.ts';
import type { RouterName } from '../release/plan.ts';
import type { RoutedName } from '../traffic/routers.ts';

/** What a strategy makes a plan of: what is wanted, what is there, and how it was asked to go. */
export interface ProgressiveWish extends ReleaseId {
  strategy: 'canary' | 'blue-green';
  /** In groups: a group is applied at once, and after the one before it. */
  groups: readonly (readonly KubeObject[])[];
  live: Live;
  /** What earlier revisions of this release may have left in the cluster. */
  previous: readonly ObjectRef[];
  prune: boolean;
  traffic: 'auto' | RouterName;
  /** Name of the Service that has the traffic, where several select a workload. */
  service: string | undefined;
  /** Names of the rules of routes that alone are edited. */
  rules: readonly string[] | undefined;
  steps: readonly ConfigStep[];
  /** Names of the checks that compare with a fresh baseline. */
  baselines: readonly string[];
  /** Names of the checks that holds would ask, beside the one that is always on. */
  asked: readonly string[];
  settleMs: number;
  drainMs: number;
}

/** The state before the release, as far as it matters. */
export interface Live {
  /** Wanted objects that exist, by refKey. */
  objects: ReadonlyMap<string, KubeObject>;
  /** What the API server would make of them (its dry run), by refKey. */
  merged: ReadonlyMap<string, KubeObject>;
  /** Of the namespaces in which there are workloads. */
  services: readonly KubeObject[];
  autoscalers: readonly KubeObject[];
  /** Deployments, StatefulSets and DaemonSets. */
  workloads: readonly KubeObject[];
  /** What routers that split by the percent could use. */
  routes: ReadonlyMap<RoutedName, FoundRoutes>;
}

/** The routes that were found for one router. */
export interface FoundRoutes {
  routes: readonly KubeObject[];
  aids: readonly KubeObject[];
  /** Kinds of routes that the credentials may not list: in other namespaces than those of the workloads, or nowhere. */
  unseen: readonly { kind: string; where: 'elsewhere' | 'anywhere' }[];
  /** Kinds of aids that they may not list everywhere. */
  unseenAids: readonly string[];
}
