import { type ObjectRef, refKey } from '../kube.ts';
import type { Outcome, ReleaseEvent, TimedEvent } from '../release/events.ts';
import type { Plan, Split, Step } from '../release/plan.ts';
import type { ActualShare, StandingReport, TrafficReport, WeightReport } from './progress-model.ts';
import type { Told } from './told.ts';
import { percentText } from './traffic-text.ts';

type Shift = Step & { do: 'shift' };

/** The moves of traffic before this step, as the plan expected them to come out. */
export function plannedWeights(plan: Plan, cursor: number): WeightReport[] {
  return plan.steps
    .slice(0, cursor)
    .filter(step => step.do === 'shift')
    .map(step => ({
      asked: step.weight,
      actual: (step.actual ?? []).map(split => shareOf(split.workload, split.actual, plan, step)),
      ...(step.weight === 0 ? { end: 'promoted' as const } : {}),
    }));
}

/** Pods that the versions were to have after the last of these moves, where their number makes the share. */
export function plannedSizes({ steps, traffic }: Plan, cursor: number): Map<string, number> {
  const last = steps.slice(0, cursor).findLast(step => step.do === 'shift');
  if (traffic?.router !== 'pods' || !last?.actual) return new Map();
  return new Map(
    last.actual.flatMap(({ workload, twin, stable }) => {
      const pair = traffic.pairs.find(one => refKey(one.stable) === refKey(workload));
      if (!pair || refKey(pair.stable) === refKey(pair.twin)) return [];
      return [
        [refKey(pair.stable), stable],
        [refKey(pair.twin), twin],
      ] as const;
    }),
  );
}

/** What a router has given, with the pods that make it where the plan's numbers are still so. */
export function shiftedTo(
  { at, weight, actual }: TimedEvent & ReleaseEvent & { type: 'shifted' },
  { plan, cursor, isGoingBack }: Pick<Told, 'plan' | 'cursor' | 'isGoingBack'>,
): WeightReport {
  const step = plan?.steps[cursor ?? 0];
  const shift = !isGoingBack && step?.do === 'shift' ? step : undefined;
  return {
    at,
    asked: weight,
    actual: actual.map(({ workload, share }) => shareOf(workload, share, plan, shift)),
    ...(weight === 0 ? { end: isGoingBack ? ('taken-back' as const) : ('promoted' as const) } : {}),
  };
}

function shareOf(workload: ObjectRef, share: number, plan: Plan | undefined, shift: Shift | undefined): ActualShare {
  const split = shift?.actual?.find(one => refKey(one.workload) === refKey(workload));
  const isByPods = plan?.traffic?.router === 'pods';
  const isSo = split !== undefined && percentText(split.actual) === percentText(share);
  return { workload, share, ...(isByPods && isSo ? { pods: podsOf(split) } : {}) };
}

function podsOf({ twin, stable }: Split): { twin: number; stable: number } {
  return { twin, stable };
}

/** All moves of a release that moves traffic, and where it stands. */
export function trafficReport({ plan, weights, outcome, standing }: Told): TrafficReport | undefined {
  if (!plan?.traffic) return undefined;
  const { router, track, pairs } = plan.traffic;
  const end = endOf(standing?.status ?? outcome?.phase);
  // A StatefulSet without a twin, or a way back that another run had begun, ends without a move of its own.
  const isMissing = end !== undefined && weights.at(-1)?.end !== end && (end === 'promoted' || weights.length > 0);
  const all = isMissing ? [...weights, { asked: 0, actual: [], end }] : weights;
  const last = all.at(-1);
  const isPromoted = last?.end === 'promoted';
  const isOver = last === undefined || last.end !== undefined;
  return {
    router,
    track,
    now: isPromoted ? 100 : (last?.asked ?? 0),
    actual: isOver ? pairs.map(({ stable }) => ({ workload: stable, share: isPromoted ? 100 : 0 })) : last.actual,
    weights: all,
  };
}

function endOf(status: StandingReport['status'] | Outcome['phase'] | undefined): WeightReport['end'] {
  if (status === 'succeeded') return 'promoted';
  return status === 'rolled-back' || status === 'superseded' ? 'taken-back' : undefined;
}
