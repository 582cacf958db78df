import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { type Plan, promotionStart, type Step, type TrafficPlan } from '../release/plan.ts';
import { baselinesOf, dismissSteps } from './baseline.ts';
import { removeStep, unrouteStep } from './progressive.ts';
import { kindsText, pruneStep } from './rolling.ts';
import { type DeploymentSpec, stopsToRoll } from './twin.ts';

export interface Undone {
  plan: Plan & { traffic: TrafficPlan };
  /** Of the step that was being driven: it may have been driven in part. */
  cursor: number;
  /** What the release changes, as it was. */
  before: readonly KubeObject[];
  made: readonly KubeObject[];
  /** What was not there before. */
  created: readonly ObjectRef[];
}

/**
 * Once traffic has been given back, a stable that stops to roll can only be brought back behind the new version again; its
 * twin, and what was made for it, may be gone already.
 */
function behindTwin(
  { traffic, steps }: Undone['plan'],
  cursor: number,
  before: readonly KubeObject[],
  others: readonly ObjectRef[],
): Step[] {
  const given = steps.findLastIndex(step => step.do === 'shift');
  const byKey = new Map(before.map(object => [refKey(refOf(object)), object]));
  const stops = traffic.pairs.some(({ stable, twin, size }) => {
    const object = byKey.get(refKey(stable)) as KubeObject<DeploymentSpec> | undefined;
    return object && refKey(stable) !== refKey(twin) && stopsToRoll(object, size);
  });
  if (cursor < given || !stops) return [];
  return [
    ...(others.length > 0 ? [{ do: 'prepare' as const, name: `Prepare ${kindsText(others)}`, objects: others }] : []),
    { do: 'scale', name: 'Start the new version again', weight: 100 },
    { do: 'shift', name: 'Shift to 100 %', weight: 100 },
  ];
}

/**
 * The steps that lead from any point of a release to the state before it: what serves is brought back first, traffic moves
 * to it next, and only then anything is deleted.
 */
export function planWayBack({ plan, cursor, before, made, created }: Undone): Step[] {
  const { traffic } = plan;
  const driven = plan.steps.slice(0, cursor + 1);
  const isPromoted = cursor >= promotionStart(plan);
  const hasTraffic = driven.some(
    ({ do: what }) => what === 'shift' || what === 'match' || (what === 'scale' && traffic.router === 'pods'),
  );
  const partitioned = new Set(
    traffic.pairs.filter(({ stable, twin }) => refKey(stable) === refKey(twin)).map(({ stable }) => refKey(stable)),
  );
  const restored = before.map(refOf).filter(ref => isPromoted || (hasTraffic && partitioned.has(refKey(ref))));
  const twins = traffic.pairs.filter(({ stable }) => !partitioned.has(refKey(stable))).map(({ twin }) => twin);
  const baselines = baselinesOf(traffic);
  const isTwin = new Set([...twins, ...baselines].map(refKey));
  const others = made.map(refOf).filter(ref => !isTwin.has(refKey(ref)) && !partitioned.has(refKey(ref)));
  const steps: Step[] = [];
  const restore: Step[] = restored.length > 0 ? [{ do: 'restore', name: 'Restore stable', objects: restored }] : [];
  const behind = isPromoted ? behindTwin(plan, cursor, before, others) : [];
  // Traffic needs its route before it can be moved once more, which the release may have pruned.
  const isRoute = new Set(traffic.routes?.map(refKey));
  const routes = behind.length > 0 ? restored.filter(ref => isRoute.has(refKey(ref))) : [];
  if (routes.length > 0) steps.push({ do: 'restore', name: 'Restore routes', objects: routes });
  if (isPromoted) steps.push(...behind, ...restore);
  const isMoved = hasTraffic && twins.length > 0;
  if (isMoved) {
    // By pods, capacity and traffic are one thing, and the shift brings the one before it takes the other.
    if (traffic.router !== 'pods') steps.push({ do: 'capacity', name: 'Wait for stable’s capacity' });
    steps.push({ do: 'shift', name: 'Give the traffic back to stable', weight: 0 });
  }
  // Before the promotion only a StatefulSet has changed itself, and the others need not wait for it.
  if (!isPromoted) steps.push(...restore);
  // They are let in when they are started, before there is any traffic for the new version.
  const isCompared = baselines.length > 0 && driven.some(step => step.do === 'scale');
  const isDismissed = plan.steps.slice(0, cursor).some(step => step.do === 'dismiss');
  if (isCompared && !isDismissed) steps.push(...dismissSteps(traffic));
  if (isMoved || isCompared) steps.push({ do: 'drain', name: 'Drain', ms: traffic.drainMs });
  if (isMoved) steps.push(...unrouteStep(traffic));
  steps.push(...removeStep([...twins, ...baselines], others));
  steps.push({ do: 'unguard', name: 'Take back what was held', floors: traffic.floors, pins: traffic.pins });
  return [...steps, ...pruneStep(created).map(step => ({ ...step, name: step.name.replace('Prune', 'Remove') }))];
}
