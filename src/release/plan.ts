import type { ObjectRef } from '../kube.ts';

/**
 * One entry of a plan. Steps are data: they are stored in the record and shown in the summary, and another engine could
 * drive them. Each may be driven again from its beginning, however far it had come before the engine died.
 */
export type Step =
  /** Apply these objects, all at once; none depends on another. `promotion`: from here on stable itself changes. */
  | { do: 'apply'; name: string; objects: readonly ObjectRef[]; promotion?: true }
  /** Wait until what was applied can be built on: CRDs established, namespaces active. */
  | { do: 'establish'; name: string; objects: readonly ObjectRef[] }
  /** Wait until all of them are healthy, or one has failed. */
  | { do: 'await-health'; name: string; objects: readonly ObjectRef[] }
  /** Delete what earlier revisions had and this one has not. */
  | { do: 'prune'; name: string; objects: readonly ObjectRef[] }
  /** Give stable's pods the track label, by an ordinary rolling restart. */
  | { do: 'adopt'; name: string; workloads: readonly ObjectRef[] }
  /** Hold autoscalers' floors at the size that stable has, and pin Services to stable's pods. */
  | { do: 'guard'; name: string; floors: readonly ObjectRef[]; pins: readonly ObjectRef[] }
  /** Create what the twins need: copies of changed configuration, Services of their own. */
  | { do: 'prepare'; name: string; objects: readonly ObjectRef[] }
  /** Bring the twins to the size that the weight needs, or to a size that was asked for, and wait until they can serve. */
  | { do: 'scale'; name: string; weight: number; replicas?: number; actual?: readonly Split[] }
  /** Move this share of the requests to the new version, and let it settle. */
  | { do: 'shift'; name: string; weight: number; actual?: readonly Split[] }
  /** Send the users to the new version whose requests match, whatever its weight; with routers that can. */
  | { do: 'match'; name: string; match: Match }
  /** Let time pass while the checks are sampled. */
  | { do: 'hold'; name: string; ms: number; weight: number }
  /** A person must say that it goes on. */
  | { do: 'approve'; name: string; weight: number }
  /** Let no Service send to the baselines any more, and let that settle. */
  | { do: 'dismiss'; name: string; baselines: readonly ObjectRef[] }
  /** Let connections end that began before the traffic moved. */
  | { do: 'drain'; name: string; ms: number }
  /** Put the routes back as they were, or as the manifests say, once stable has all the traffic. */
  | { do: 'unroute'; name: string; routes: readonly ObjectRef[] }
  /** Delete twins and baselines, and then what was made for them. */
  | { do: 'remove'; name: string; twins: readonly ObjectRef[]; objects: readonly ObjectRef[] }
  /** Take back what `guard` wrote: fields and their ownership. */
  | { do: 'unguard'; name: string; floors: readonly ObjectRef[]; pins: readonly ObjectRef[] }
  /** On the way back only: stable as it was before the release. */
  | { do: 'restore'; name: string; objects: readonly ObjectRef[] }
  /** On the way back only: all the capacity that stable had, ready to serve, before any traffic is moved to it. */
  | { do: 'capacity'; name: string };

export type StrategyName = 'rolling' | 'canary' | 'blue-green';
export type RouterName = 'pods' | 'service' | 'gateway-api' | 'istio' | 'nginx';

/** Whose requests go to the new version first: a header or a cookie with this very value. */
export interface Match {
  by: 'header' | 'cookie';
  name: string;
  value: string;
}

export type Track = 'canary' | 'preview';

/** What a weight comes to with whole pods. */
export interface Split {
  workload: ObjectRef;
  /** Sizes of the new version and of stable. */
  twin: number;
  stable: number;
  /** The share in percent that the router can really give. */
  actual: number;
}

/** A workload that moves in step, and the twin that it has during the release. */
export interface Pair {
  stable: ObjectRef;
  /** For a StatefulSet, which is moved by its partition, it is the workload itself. */
  twin: ObjectRef;
  /** Fresh pods of the old version, which a check compares the new version's with; they share stable's requests. */
  baseline?: ObjectRef;
  /** Pods of stable when the release began. */
  size: number;
  /** The autoscaler that owns stable's size: then nobody else writes it. */
  autoscaler?: ObjectRef;
  /**
   * The user's Service that has the traffic, and those that reach one version alone: the twin's, and stable's where the
   * user's is switched. Absent for a workload that no Service selects.
   */
  service?: { stable: ObjectRef; twin: ObjectRef; ownStable?: ObjectRef };
  /** More pods than the size that may run at once while traffic is moved by their number. */
  surge: number;
}

export interface TrafficPlan {
  router: RouterName;
  track: Track;
  settleMs: number;
  drainMs: number;
  pairs: readonly Pair[];
  /** The user's objects through which requests come to the Services of the pairs; absent with routers that need none. */
  routes?: readonly ObjectRef[];
  /** Names of the rules in them that alone are edited; absent: all that name a Service of the pairs. */
  rules?: readonly string[];
  /** Services that select stable's pods and were pinned to them. */
  pins: readonly ObjectRef[];
  /** Autoscalers whose floor is held. */
  floors: readonly ObjectRef[];
}

export interface Plan {
  strategy: StrategyName;
  steps: readonly Step[];
  /** Absent where everything is rolled at once. */
  traffic?: TrafficPlan;
  /** What a reader should know before it begins: why there are no steps, what the twin doubles. */
  notes?: readonly string[];
}

/** Whose requests the plan sends to the new version first. */
export function matchOf({ steps }: Pick<Plan, 'steps'>): Match | undefined {
  return steps.find(step => step.do === 'match')?.match;
}

/** Whether the steps before `cursor` have left those requests with the new version: until the traffic is given back. */
export function isMatchedAt(steps: readonly Step[], cursor: number): boolean {
  const done = steps.slice(0, cursor);
  const begun = done.findLastIndex(step => step.do === 'match');
  return begun >= 0 && !done.slice(begun).some(step => step.do === 'shift' && step.weight === 0);
}

/** Index of the first step that changes stable itself; beyond the end where there is none. */
export function promotionStart({ steps }: Pick<Plan, 'steps'>): number {
  const index = steps.findIndex(step => step.do === 'apply' && step.promotion);
  return index < 0 ? steps.length : index;
}

/** Index of the first step after the last wait before this weight: a release that goes on to it without waiting waits again from there. Undefined where no step of the plan asks for it. */
export function waitingFrom({ steps }: Pick<Plan, 'steps'>, weight: number): number | undefined {
  const shift = steps.findIndex(step => step.do === 'shift' && step.weight === weight);
  if (shift < 0) return undefined;
  return steps.slice(0, shift).findLastIndex(step => step.do === 'hold' || step.do === 'approve') + 1;
}

/** The weights that are still to come, each once. */
export function weightsAhead(plan: Pick<Plan, 'steps'>, cursor: number): number[] {
  const ahead = plan.steps.slice(cursor, promotionStart(plan));
  return [...new Set(ahead.flatMap(step => (step.do === 'shift' ? [step.weight] : [])))];
}

/** The weight that the steps before `cursor` have asked for. */
export function weightAt(steps: readonly Step[], cursor: number): number {
  const shifts = steps.slice(0, cursor).filter(step => step.do === 'shift');
  return shifts.at(-1)?.weight ?? 0;
}
