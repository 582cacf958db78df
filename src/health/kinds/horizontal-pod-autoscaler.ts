import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, notObserved, wordsOf } from '../conditions.ts';
import { failed, type Health, healthy, progressing } from '../verdict.ts';

interface AutoscalerStatus extends Conditioned {
  currentReplicas?: number;
  desiredReplicas?: number;
}

/** Reasons that no later sync can mend: the object itself is wrong. */
const WRONG = new Set(['InvalidSelector', 'InvalidMetricSourceType', 'AmbiguousSelector']);

export function autoscalerHealth(object: KubeObject<unknown, AutoscalerStatus>): Health {
  const unobserved = notObserved(object, 'maybe');
  if (unobserved) return unobserved;
  const able = conditionOf(object.status, 'AbleToScale');
  const active = conditionOf(object.status, 'ScalingActive');
  if (active?.status === 'False' && WRONG.has(active.reason ?? ''))
    return failed(active.reason as string, wordsOf(active));
  if (!able) return progressing('Waiting for the autoscaler to look at its target');
  if (able.status !== 'True') return progressing(`It cannot scale its target: ${wordsOf(able)}`, reasonOf(able.reason));
  // Metrics of new pods come a minute late, and at 0 replicas never: an autoscaler without them still holds its floor.
  if (active?.status === 'False')
    return healthy(`Holds the replica count: ${wordsOf(active)}`, reasonOf(active.reason));
  return healthy('Able to scale its target');
}

function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
