import type { KubeObject } from '../../kube.ts';
import type { Resource } from '../types.ts';
import { apiVersionOf, type Registry } from './registry.ts';

interface Metric {
  type: string;
  resource?: { name: string; target?: { type?: string; averageUtilization?: number } };
}

/** An object as stored, in the version of the resource that was asked for. */
export function presented(registry: Registry, resource: Resource, stored: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(resource);
  if (stored.apiVersion === apiVersion) return stored;
  // Custom resources keep the version in which they were written; it is only a name.
  if (resource.crd) return { ...stored, apiVersion };
  return registry.storage(resource) === resource ? stored : converted(stored, apiVersion);
}

/** An object as it came, in the version in which its kind is stored. */
export function stored(registry: Registry, resource: Resource, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(registry.storage(resource));
  return object.apiVersion === apiVersion ? object : converted(object, apiVersion);
}

/** Between versions that differ in more than their name: autoscaling v1 and v2, and the two events APIs. CRDs convert by name only. */
function converted(object: KubeObject, apiVersion: string): KubeObject {
  if (object.kind === 'HorizontalPodAutoscaler') {
    return apiVersion === 'autoscaling/v1' ? autoscalerToV1(object) : autoscalerToV2(object);
  }
  if (object.kind === 'Event' && apiVersion === 'events.k8s.io/v1') {
    const { reportingController, reportingInstance, ...event } = renamed({ ...object, apiVersion }, EVENT_FIELDS);
    return {
      ...event,
      ...(reportingController ? { reportingController } : {}),
      ...(reportingInstance ? { reportingInstance } : {}),
    };
  }
  if (object.kind === 'Event' && object.apiVersion === 'events.k8s.io/v1') {
    return renamed(
      { ...object, apiVersion },
      EVENT_FIELDS.map(([core, events]) => [events, core] as const),
    );
  }
  return { ...object, apiVersion };
}

/** By name in core/v1: the name in events.k8s.io/v1. */
const EVENT_FIELDS: readonly (readonly [string, string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

function renamed(object: KubeObject, names: readonly (readonly [string, string])[]): KubeObject {
  const copy: KubeObject = { ...object };
  for (const [from, to] of names) {
    if (!(from in copy)) continue;
    copy[to] = copy[from];
    delete copy[from];
  }
  return copy;
}

interface Scaling {
  stabilizationWindowSeconds?: number;
  selectPolicy?: string;
  policies?: { type: string; value: number; periodSeconds: number }[];
  tolerance?: string | null;
}
interface AutoscalerSpec {
  metrics?: Metric[];
  behavior?: { scaleUp?: Scaling; scaleDown?: Scaling };
  targetCPUUtilizationPercentage?: number;
  [field: string]: unknown;
}

/** Where autoscaling/v1 keeps what it has no field for: an annotation with the Go struct's field names. */
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';

const mapKeys = (value: unknown, rename: (key: string) => string): unknown => {
  if (Array.isArray(value)) return value.map(entry => mapKeys(entry, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [rename(key), mapKeys(inner, rename)]));
};

function behaviorText({ scaleUp, scaleDown }: NonNullable<AutoscalerSpec['behavior']>): string {
  // In the order of the Go struct's fields.
  const inOrder = ({ stabilizationWindowSeconds, selectPolicy, policies, tolerance = null }: Scaling): unknown => ({
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy,
    Policies: policies?.map(({ type, value, periodSeconds }) => ({
      Type: type,
      Value: value,
      PeriodSeconds: periodSeconds,
    })),
    Tolerance: tolerance,
  });
  return JSON.stringify({
    ScaleUp: scaleUp ? inOrder(scaleUp) : null,
    ScaleDown: scaleDown ? inOrder(scaleDown) : null,
  });
}

function autoscalerToV1(object: KubeObject): KubeObject {
  const { metrics, behavior, ...spec } = object.spec as AutoscalerSpec;
  const cpu = metrics?.find(metric => metric.resource?.name === 'cpu')?.resource?.target?.averageUtilization;
  const {
    currentMetrics: _metrics,
    conditions: _conditions,
    ...status
  } = (object.status ?? {}) as Record<string, unknown>;
  const target = cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu };
  const annotations = behavior
    ? { annotations: { ...object.metadata.annotations, [BEHAVIOR]: behaviorText(behavior) } }
    : {};
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, ...annotations },
    spec: { ...spec, ...target },
    status: { currentReplicas: 0, desiredReplicas: 0, ...status },
  };
}

function autoscalerToV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec as AutoscalerSpec;
  const target = { type: 'Utilization', averageUtilization: cpu };
  const metrics = cpu === undefined ? {} : { metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] };
  const { [BEHAVIOR]: text, ...annotations } = object.metadata.annotations ?? {};
  const behavior =
    text === undefined
      ? {}
      : { behavior: mapKeys(JSON.parse(text), key => key.charAt(0).toLowerCase() + key.slice(1)) };
  const { annotations: _, ...metadata } = object.metadata;
  const kept = Object.keys(annotations).length > 0 ? { annotations } : {};
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: { ...metadata, ...kept },
    spec: { ...spec, ...metrics, ...behavior },
  };
}
