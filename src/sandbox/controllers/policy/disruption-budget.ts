import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import { type LabelSelector, selects } from '../../validation/label-selector.ts';
import { type Controller, type ControllerContext, keyOf, MANAGER_STATUS, splitKey } from '../context.ts';
import { type IntOrPercent, scaledValue } from '../int-or-percent.ts';
import { controllerOf } from '../ownership.ts';
import { type Condition, isFinished, isReady, isTerminating, type Pod } from '../pods.ts';
import { timeOf, timestamp } from '../timestamp.ts';

interface BudgetSpec {
  selector?: LabelSelector;
  minAvailable?: IntOrPercent;
  maxUnavailable?: IntOrPercent;
}
interface BudgetStatus {
  observedGeneration?: number;
  disruptionsAllowed: number;
  currentHealthy: number;
  desiredHealthy: number;
  expectedPods: number;
  disruptedPods?: Record<string, string>;
  conditions?: Condition[];
}
type Budget = KubeObject<BudgetSpec, BudgetStatus> & { spec: BudgetSpec };

const KIND = 'policy/PodDisruptionBudget';
/** An eviction that was allowed but deleted nothing is forgotten after so many milliseconds. */
const DISRUPTION_TIMEOUT = 120_000;

/** PodDisruptionBudgets: how many of the chosen pods may be evicted now. */
export const disruptionBudgetController: Controller = context => {
  const { api } = context;
  const queue = context.queue('disruption', key => {
    const { namespace, name } = splitKey(key);
    const budget = api.get<Budget>(KIND, namespace, name);
    if (budget && !isTerminating(budget)) reconcile(context, budget);
  });
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
  context.watch('Pod', ({ object, previous }) => {
    for (const budget of api.list<Budget>(KIND, object.metadata.namespace)) {
      const chooses = (labels?: Record<string, string>): boolean => selects(budget.spec.selector, labels);
      if (chooses(object.metadata.labels) || chooses(previous?.metadata.labels)) queue.add(keyOf(budget));
    }
  });
};

function reconcile(context: ControllerContext, budget: Budget): void {
  const { api } = context;
  const now = api.clock.now();
  const pods = api
    .list<Pod>('Pod', budget.metadata.namespace)
    .filter(pod => selects(budget.spec.selector, pod.metadata.labels) && !isFinished(pod));
  const disrupted = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, at]) => {
    const pod = pods.find(({ metadata }) => metadata.name === name);
    return pod && !isTerminating(pod) && (timeOf(at) ?? 0) + DISRUPTION_TIMEOUT > now;
  });
  const away = new Set(disrupted.map(([name]) => name));
  const currentHealthy = pods.filter(pod => isReady(pod) && !isTerminating(pod) && !away.has(pod.metadata.name)).length;
  const { expectedPods, desiredHealthy } = expectation(context, budget, pods);
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const status: BudgetStatus = {
    observedGeneration: budget.metadata.generation ?? 0,
    ...(disrupted.length ? { disruptedPods: Object.fromEntries(disrupted) } : {}),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: [allowance(now, budget, disruptionsAllowed)],
  };
  if (!sameJson(status, budget.status)) api.update({ ...budget, status }, MANAGER_STATUS);
}

/** A number of healthy pods to keep is counted against the pods; anything relative against the scale of their controllers. */
function expectation(
  context: ControllerContext,
  { spec }: Budget,
  pods: readonly Pod[],
): { expectedPods: number; desiredHealthy: number } {
  if (spec.maxUnavailable !== undefined) {
    const expectedPods = expectedScale(context, pods);
    return {
      expectedPods,
      desiredHealthy: Math.max(0, expectedPods - scaledValue(spec.maxUnavailable, expectedPods, 'up')),
    };
  }
  if (typeof spec.minAvailable === 'string') {
    const expectedPods = expectedScale(context, pods);
    return { expectedPods, desiredHealthy: scaledValue(spec.minAvailable, expectedPods, 'up') };
  }
  return { expectedPods: pods.length, desiredHealthy: spec.minAvailable ?? 0 };
}

function expectedScale({ api }: ControllerContext, pods: readonly Pod[]): number {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) continue;
    const kind = owner.kind === 'Job' ? 'batch/Job' : `apps/${owner.kind}`;
    const set = api.get(kind, pod.metadata.namespace, owner.name);
    const top = set && controllerOf(set);
    const scaled = top ? api.get(`apps/${top.kind}`, pod.metadata.namespace, top.name) : set;
    const replicas = (scaled?.spec as { replicas?: number } | undefined)?.replicas;
    if (scaled) scales.set(scaled.metadata.uid ?? '', replicas ?? 1);
  }
  return [...scales.values()].reduce((sum, scale) => sum + scale, 0);
}

function allowance(now: number, { metadata, status }: Budget, allowed: number): Condition {
  const before = status?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const value = allowed > 0 ? 'True' : 'False';
  return {
    type: 'DisruptionAllowed',
    status: value,
    observedGeneration: metadata.generation ?? 0,
    lastTransitionTime: before?.status === value ? (before.lastTransitionTime ?? timestamp(now)) : timestamp(now),
    reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
}
