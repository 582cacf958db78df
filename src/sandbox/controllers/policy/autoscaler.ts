import type { KubeObject } from '../../../kube.ts';
import { groupOf } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import { newCondition } from '../conditions.ts';
import {
  type Controller,
  type ControllerContext,
  clone,
  keyOf,
  MANAGER,
  MANAGER_STATUS,
  splitKey,
} from '../context.ts';
import { type Condition, conditionOf } from '../pods.ts';
import { timestamp } from '../timestamp.ts';

interface AutoscalerSpec {
  scaleTargetRef: { apiVersion?: string; kind: string; name: string };
  minReplicas?: number;
  maxReplicas: number;
}
interface AutoscalerStatus {
  observedGeneration?: number;
  lastScaleTime?: string;
  currentReplicas?: number;
  desiredReplicas: number;
  currentMetrics?: unknown;
  conditions?: Condition[];
}
type Autoscaler = KubeObject<AutoscalerSpec, AutoscalerStatus> & { spec: AutoscalerSpec };

const KIND = 'autoscaling/HorizontalPodAutoscaler';
/** On the HPA: how many replicas its metrics ask for. Without it the load stays what it is. */
const LOAD = 'sandbox.sluice.dev/desired-replicas';
const SYNC_PERIOD = 15_000;

/** HorizontalPodAutoscalers whose metric is an annotation: the size stays within the bounds, and moves when the annotation says so. */
export const autoscaler: Controller = context => {
  const { api } = context;
  const queue = context.queue('horizontal-pod-autoscaler', key => {
    const { namespace, name } = splitKey(key);
    const found = api.get<Autoscaler>(KIND, namespace, name);
    if (!found) return;
    reconcile(context, found);
    queue.addAfter(key, SYNC_PERIOD);
  });
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
};

function reconcile(context: ControllerContext, scaler: Autoscaler): void {
  const { api, record } = context;
  const { scaleTargetRef, minReplicas = 1, maxReplicas } = scaler.spec;
  const { namespace } = scaler.metadata;
  const group = groupOf(scaleTargetRef.apiVersion ?? 'apps/v1');
  const target = api.get(
    group ? `${group}/${scaleTargetRef.kind}` : scaleTargetRef.kind,
    namespace,
    scaleTargetRef.name,
  );
  const now = api.clock.now();
  if (!target) {
    const message = `the HPA controller was unable to get the target's current scale: ${scaleTargetRef.kind.toLowerCase()}s.${group} "${scaleTargetRef.name}" not found`;
    const condition = newCondition(now, 'AbleToScale', 'False', 'FailedGetScale', message);
    write(context, scaler, {
      ...scaler.status,
      desiredReplicas: scaler.status?.desiredReplicas ?? 0,
      conditions: [condition],
    });
    return;
  }
  const spec = target.spec as { replicas?: number };
  const current = spec.replicas ?? 1;
  const asked = Number(scaler.metadata.annotations?.[LOAD] ?? current);
  const desired = current === 0 ? 0 : Math.min(maxReplicas, Math.max(minReplicas, asked));
  if (desired !== current) {
    const reason =
      current < minReplicas
        ? 'Current number of replicas below Spec.MinReplicas'
        : current > maxReplicas
          ? 'Current number of replicas above Spec.MaxReplicas'
          : desired > current
            ? 'cpu resource utilization (percentage of request) above target'
            : 'All metrics below target';
    api.update({ ...clone(target), spec: { ...clone(spec), replicas: desired } }, MANAGER);
    record(
      'horizontal-pod-autoscaler',
      scaler,
      'Normal',
      'SuccessfulRescale',
      `New size: ${desired}; reason: ${reason}`,
    );
  }
  write(context, scaler, {
    ...scaler.status,
    ...(desired === current ? {} : { lastScaleTime: timestamp(now) }),
    currentReplicas: current,
    desiredReplicas: desired,
    conditions: conditionsFor(now, scaler, current, asked, desired),
  });
}

function conditionsFor(now: number, scaler: Autoscaler, current: number, asked: number, desired: number): Condition[] {
  const able =
    desired === current
      ? newCondition(now, 'AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size')
      : newCondition(
          now,
          'AbleToScale',
          'True',
          'SucceededRescale',
          `the HPA controller was able to update the target scale to ${desired}`,
        );
  const activity =
    current === 0
      ? newCondition(
          now,
          'ScalingActive',
          'False',
          'ScalingDisabled',
          'scaling is disabled since the replica count of the target is zero',
        )
      : newCondition(
          now,
          'ScalingActive',
          'True',
          'ValidMetricFound',
          'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
        );
  const limited =
    asked === desired
      ? newCondition(
          now,
          'ScalingLimited',
          'False',
          'DesiredWithinRange',
          'the desired count is within the acceptable range',
        )
      : asked > desired
        ? newCondition(
            now,
            'ScalingLimited',
            'True',
            'TooManyReplicas',
            'the desired replica count is more than the maximum replica count',
          )
        : newCondition(
            now,
            'ScalingLimited',
            'True',
            'TooFewReplicas',
            'the desired replica count is less than the minimum replica count',
          );
  return [able, activity, limited].map(condition => {
    const before = conditionOf(scaler.status?.conditions, condition.type);
    const since = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return since ? { ...condition, lastTransitionTime: since } : condition;
  });
}

function write({ api }: ControllerContext, scaler: Autoscaler, status: AutoscalerStatus): void {
  if (!sameJson(status, scaler.status)) api.update({ ...scaler, status }, MANAGER_STATUS);
}
