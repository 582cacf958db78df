import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, notObserved, wordsOf } from '../conditions.ts';
import { type Health, healthy, progressing } from '../verdict.ts';

interface BudgetStatus extends Conditioned {
  currentHealthy?: number;
  desiredHealthy?: number;
  disruptionsAllowed?: number;
}

/** As kstatus: done once the controller has computed it; whether its pods are healthy is their workload's question. */
export function budgetHealth(object: KubeObject<unknown, BudgetStatus>): Health {
  const unobserved = notObserved(object, 'always');
  if (unobserved) return unobserved;
  const allowed = conditionOf(object.status, 'DisruptionAllowed');
  if (allowed?.reason === 'SyncFailed')
    return progressing(`It cannot be computed: ${wordsOf(allowed)}`, { reason: 'SyncFailed' });
  const { currentHealthy = 0, desiredHealthy = 0 } = object.status ?? {};
  return healthy(`${currentHealthy} healthy pods, ${desiredHealthy} needed`);
}
