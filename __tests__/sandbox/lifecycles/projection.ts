import type { KubeObject } from '../../../src/kube.ts';
import type { EventType } from '../../../src/sandbox/types.ts';
import type { Entry } from './recording.ts';

const SPEC_FIELDS: Record<string, readonly string[]> = {
  Deployment: ['replicas', 'strategy', 'progressDeadlineSeconds', 'paused'],
  ReplicaSet: ['replicas'],
  StatefulSet: ['replicas', 'updateStrategy'],
  DaemonSet: ['updateStrategy'],
  Job: ['backoffLimit', 'suspend'],
  Pod: ['nodeName'],
};

/** Fields that the recorder left out or wrote as `<time>`. */
const TIMES = new Set(['lastTransitionTime', 'lastUpdateTime', 'lastProbeTime', 'lastScheduleTime']);
const POD_STATUS = ['phase', 'conditions', 'containerStatuses', 'initContainerStatuses'];

/** The object as the recorder of the contract showed it. */
export function project(at: number, type: EventType, object: KubeObject): Entry | undefined {
  const { kind, metadata } = object;
  const base = { at_ms: at, type, kind, name: metadata.name };
  if (kind === 'Event') return { ...base, ...projectEvent(object) };
  if (type === 'DELETED') return kind === 'EndpointSlice' || kind in SPEC_FIELDS ? base : undefined;
  if (kind === 'EndpointSlice') return { ...base, ...projectSlice(object) };
  const fields = SPEC_FIELDS[kind];
  if (!fields) return undefined;
  const spec = (object.spec ?? {}) as Record<string, unknown>;
  return {
    ...base,
    metadata: projectMeta(object),
    spec: { ...pick(spec, fields), images: imagesOf(spec) },
    status: projectStatus(object),
  };
}

function pick(from: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    fields
      .filter(
        field =>
          (from[field] !== undefined && from[field] !== false) || (field === 'suspend' && from[field] !== undefined),
      )
      .map(field => [field, from[field]]),
  );
}

function imagesOf(spec: Record<string, unknown>): string {
  const template = spec['template'] as { spec?: { containers?: { image: string }[] } } | undefined;
  const containers = template?.spec?.containers ?? (spec['containers'] as { image: string }[] | undefined) ?? [];
  return containers.map(({ image }) => image).join(',');
}

function projectMeta({ metadata }: KubeObject): Record<string, unknown> {
  const { generation, deletionTimestamp, deletionGracePeriodSeconds, finalizers, annotations, labels } = metadata;
  const owner = metadata.ownerReferences?.[0];
  return {
    generation,
    ...(deletionTimestamp ? { deletionTimestamp: '<time>', deletionGracePeriodSeconds } : {}),
    ...(finalizers ? { finalizers } : {}),
    ...(annotations && Object.keys(annotations).length ? { annotations } : {}),
    ...(labels ? { labels } : {}),
    ...(owner ? { owner: `${owner.kind}/${owner.name}` } : {}),
  };
}

function projectStatus({ kind, status }: KubeObject): Record<string, unknown> {
  const whole = (status ?? {}) as Record<string, unknown>;
  return (kind === 'Pod' ? clean(pick(whole, POD_STATUS)) : clean(whole)) as Record<string, unknown>;
}

function clean(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map(inner => clean(inner));
  if (typeof value !== 'object' || value === null) return /(Time|startedAt|finishedAt)$/.test(key) ? '<time>' : value;
  const entries = Object.entries(value).filter(([name]) => !TIMES.has(name));
  const status = 'restartCount' in value;
  return Object.fromEntries(
    entries
      .filter(([name]) => !status || (name !== 'imageID' && name !== 'containerID'))
      .map(([name, inner]) => [name, clean(inner, name)]),
  );
}

function projectSlice(object: KubeObject): Pick<Entry, 'endpoints' | 'ports'> {
  const endpoints = (object['endpoints'] ?? []) as {
    targetRef: { name: string };
    conditions: Record<string, boolean>;
  }[];
  return {
    endpoints: endpoints.map(({ targetRef, conditions }) => ({ target: targetRef.name, conditions })),
    ports: (object['ports'] ?? []) as unknown[],
  };
}

function projectEvent(object: KubeObject): Partial<Entry> {
  const { kind, name } = object['involvedObject'] as { kind: string; name: string };
  return {
    type: String(object['type']),
    reason: String(object['reason']),
    message: String(object['message']),
    involved: `${kind}/${name}`,
  };
}
