import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { KubeEvent } from '../../src/health/event-view.ts';
import type { KubeObject, OwnerReference } from '../../src/kube.ts';

/** One entry of a recorded lifecycle, made whole again: uids from names, owners as references. */
export interface Recorded {
  at: number;
  action?: string;
  type?: 'ADDED' | 'MODIFIED' | 'DELETED';
  object?: KubeObject;
  event?: KubeEvent;
}

interface Entry {
  at_ms: number;
  action?: string;
  type?: string;
  kind: string;
  name: string;
  metadata?: Record<string, unknown> & { owner?: string };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  reason?: string;
  message?: string;
  involved?: string;
}

const VERSIONS: Record<string, string> = {
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  Pod: 'v1',
};

export const NAMESPACE = 'shop';

export function lifecycle(name: string): Recorded[] {
  const file = fileURLToPath(new URL(`../../../shared/contract/lifecycles/${name}.json`, import.meta.url));
  const { events } = JSON.parse(readFileSync(file, 'utf8')) as { events: Entry[] };
  const last = new Map<string, KubeObject>();
  return events.map((entry, index) => {
    if (entry.action) return { at: entry.at_ms, action: entry.action };
    if (entry.kind === 'Event') return { at: entry.at_ms, event: eventOf(entry) };
    const key = `${entry.kind}/${entry.name}`;
    const object = entry.metadata ? objectOf(entry, index + 1) : (last.get(key) as KubeObject);
    if (entry.metadata) last.set(key, object);
    return { at: entry.at_ms, type: entry.type as 'ADDED', object };
  });
}

function objectOf(entry: Entry, resourceVersion: number): KubeObject {
  const { owner, ...metadata } = entry.metadata ?? {};
  const matchLabels = entry.kind === 'Job' ? { 'job-name': entry.name } : { app: entry.name };
  // Recorded is only the image; a ReplicaSet's template has its hash besides.
  const hash = (metadata['labels'] as Record<string, string> | undefined)?.['pod-template-hash'];
  const template = {
    metadata: { labels: hash ? { 'pod-template-hash': hash } : {} },
    spec: { image: entry.spec?.['images'] },
  };
  return {
    apiVersion: VERSIONS[entry.kind] ?? 'v1',
    kind: entry.kind,
    metadata: {
      ...metadata,
      name: entry.name,
      namespace: NAMESPACE,
      uid: `${entry.kind}/${entry.name}`,
      resourceVersion: String(resourceVersion),
      ...(owner ? { ownerReferences: [ownerOf(owner)] } : {}),
    },
    spec: entry.kind === 'Pod' ? (entry.spec ?? {}) : { ...entry.spec, selector: { matchLabels }, template },
    status: entry.status ?? {},
  };
}

function ownerOf(owner: string): OwnerReference {
  const [kind = '', name = ''] = owner.split('/');
  return { apiVersion: VERSIONS[kind] ?? 'v1', kind, name, uid: owner, controller: true };
}

function eventOf(entry: Entry): KubeEvent {
  const [kind = '', name = ''] = (entry.involved ?? '').split('/');
  const time = new Date(entry.at_ms).toISOString();
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: entry.name, namespace: NAMESPACE },
    involvedObject: { kind, name, namespace: NAMESPACE, uid: entry.involved ?? '' },
    ...(entry.type ? { type: entry.type } : {}),
    ...(entry.reason ? { reason: entry.reason } : {}),
    ...(entry.message ? { message: entry.message } : {}),
    lastTimestamp: time,
  };
}

/** Successive states of one object, from the entry after `action` (a prefix) up to the next action. */
export function statesAfter(records: readonly Recorded[], action: string, kind: string, name: string): KubeObject[] {
  const begin = records.findIndex(record => record.action?.startsWith(action));
  const next = records.findIndex(
    (record, index) => index > begin && record.action !== undefined && !record.action.startsWith(action),
  );
  return records
    .slice(begin, next < 0 ? undefined : next)
    .filter(({ object, type }) => object?.kind === kind && object.metadata.name === name && type !== 'DELETED')
    .map(({ object }) => object as KubeObject);
}
