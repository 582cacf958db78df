import type { KubeObject } from '../../kube.ts';
import { type Condition, type Conditioned, conditionOf, isStale, notObserved, wordsOf } from '../conditions.ts';
import { failed, type Health, healthy, progressing } from '../verdict.ts';

/** kstatus' rules for every kind that has none of its own: generation, Stalled, Reconciling, then Ready or Available. */
export function anyHealth(object: KubeObject<unknown, Conditioned>): Health {
  const unobserved = notObserved(object, 'maybe');
  if (unobserved) return unobserved;
  const { status } = object;
  const stalled = fresh(object, conditionOf(status, 'Stalled'));
  if (stalled?.status === 'True') return failed(stalled.reason ?? 'Stalled', wordsOf(stalled));
  const reconciling = conditionOf(status, 'Reconciling');
  if (reconciling?.status === 'True') return progressing(`Waiting for its controller: ${wordsOf(reconciling)}`);
  const ready = conditionOf(status, 'Ready') ?? conditionOf(status, 'Available');
  if (!ready) return healthy('Applied');
  if (isStale(ready, object))
    return progressing('Waiting for its controller to look at this generation', { reason: 'NotObserved' });
  if (ready.status === 'True') return healthy(ready.type);
  return progressing(`Waiting until ${ready.type}: ${wordsOf(ready)}`, ready.reason ? { reason: ready.reason } : {});
}

function fresh(object: KubeObject, condition: Condition | undefined): Condition | undefined {
  return condition && !isStale(condition, object) ? condition : undefined;
}
