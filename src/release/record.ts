import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { CheckConfig } from '../config/check-config.ts';
import { type Reason, SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { COMMIT_LABEL, type Marks, PULL_REQUEST_LABEL, RECORD_LABEL, REVISION_LABEL, STATUS_LABEL } from './labels.ts';
import type { Plan, Step } from './plan.ts';

export const RECORD_TYPE = 'sluice.dev/release.v1';
const SCHEMA = 2;

/** `in-progress` also stands for a run that died: nobody else holds the lock then. `paused`: it waits for a person or a time. */
export type RecordStatus = 'in-progress' | 'paused' | 'succeeded' | 'rolled-back' | 'failed' | 'aborted' | 'superseded';

/** A release that can be neither called finished nor undone yet. */
export function isOpen({ status, plan }: Pick<ReleaseRecord, 'status' | 'plan'>): boolean {
  return status === 'paused' || (status === 'in-progress' && plan.traffic !== undefined);
}

export interface Origin {
  /** `acme/shop`: pull requests and commits are this repository's. */
  repository?: string;
  commit?: string;
  ref?: string;
  actor?: string;
  runUrl?: string;
  pullRequest?: number;
}

/** The state of one revision of a release, as it is kept in the cluster: docs/records.md describes each field. */
export interface ReleaseRecord {
  schema: typeof SCHEMA;
  release: string;
  namespace: string;
  revision: number;
  status: RecordStatus;
  /** Of the wanted objects; equal digests ask for the same thing. */
  digest: string;
  startedAt: string;
  endedAt?: string;
  origin: Origin;
  /** Of the lock under which it was written. */
  holder: string;
  plan: Plan;
  /** Index of the step that is being driven; the length of the plan when all are done. */
  cursor: number;
  /** The manifests, as they are applied but for our labels. */
  objects: readonly KubeObject[];
  /** What the release makes for itself and takes away again: twins (at size 0), copies of configuration, Services. */
  made?: readonly KubeObject[];
  /** What was there before and will be changed, as it was, managed fields included: a reject brings this back. */
  before?: readonly KubeObject[];
  /** How to drive it, which a later run need not be told again. */
  settings?: ReleaseSettings;
  /** When the step at the cursor began. */
  stepStartedAt?: string;
  /** Why it is paused, and when it may go on by itself. */
  pause?: Pause | undefined;
  /** The way back, once it has begun: it is driven to its end, whatever is asked then. */
  back?: WayBack;
  /** Keys of what must be deleted before it can be applied. */
  replace?: readonly string[];
  /**
   * Keys of workloads that keep the size that they have: the manifests name one, and an autoscaler owns it; or they name none
   * any more, and leaving it out would make it 1.
   */
  autoscaled?: readonly string[];
  /** What pod templates carry beside what the manifests say. */
  marks?: Marks;
  /** What was not there before this revision, or before the unfinished ones that it follows: what a rollback takes away. */
  created: readonly ObjectRef[];
  /** What this and earlier unfinished revisions may have left in the cluster and nobody has pruned. */
  unpruned: readonly ObjectRef[];
  history: readonly { at: string; text: string }[];
}

export interface ReleaseSettings {
  force: boolean;
  prune: boolean;
  waitFor: 'all' | 'workloads';
  timeoutMs: number;
  onFailure: 'rollback' | 'pause' | 'leave';
  onDrift: 'correct' | 'fail' | 'ignore';
  checks: readonly CheckConfig[];
}

export interface Pause {
  why: 'approval' | 'time' | 'command' | 'check-failed' | 'check-error' | 'check-inconclusive' | 'failed' | 'cancelled';
  at: string;
  /** RFC 3339; only for `time`. */
  resumeAt?: string;
  /** In words, for whoever decides. */
  detail?: string;
}

export interface WayBack {
  /** As the outcome tells it. */
  code: Reason;
  message: string;
  hint?: string;
  steps: readonly Step[];
  cursor: number;
  startedAt: string;
}

/** A record with the resourceVersion that it was read or written at. */
export interface StoredRecord {
  record: ReleaseRecord;
  resourceVersion: string;
}

/** What never changes within a revision. */
type Manifests = Pick<ReleaseRecord, 'objects' | 'made' | 'before'>;
type Secret = KubeObject & { type?: string; data?: Record<string, string> };

/** A Secret holds 1 MiB of decoded data; some is left free for the state. */
const PART_BYTES = 900_000;

export function recordName(release: string, revision: number, part = 0): string {
  return `sluice.${release}.${revision}${part === 0 ? '' : `.part-${part}`}`;
}

/** Equal for equal wishes, whatever order the keys were written in. */
export function digestOf(objects: readonly unknown[]): string {
  return createHash('sha256').update(canonical(objects)).digest('hex');
}

/** The digest of each object by itself, by refKey. */
export function digests(objects: readonly KubeObject[]): Map<string, string> {
  return new Map(objects.map(object => [refKey(refOf(object)), digestOf([object])]));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

/**
 * The Secrets that hold a record, head first. The objects never change within a revision, so only the head, which has the
 * state and as much of the objects as fits, is ever written again; parts are written before the head that needs them.
 */
export function encodeRecord(record: ReleaseRecord): [head: Secret, ...parts: Secret[]] {
  const { objects, made, before, ...state } = record;
  const bytes = gzipSync(JSON.stringify({ objects, made, before }));
  const chunks = Array.from({ length: Math.max(1, Math.ceil(bytes.length / PART_BYTES)) }, (_, part) =>
    bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES).toString('base64'),
  );
  const secret = (part: number, labels: Record<string, string>, data: Record<string, string>): Secret => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: recordName(record.release, record.revision, part), namespace: record.namespace, labels },
    type: RECORD_TYPE,
    data,
  });
  const head = secret(0, headLabels(record, chunks.length), {
    state: gzipSync(JSON.stringify(state)).toString('base64'),
    objects: chunks[0] as string,
  });
  const parts = chunks
    .slice(1)
    .map((chunk, index) => secret(index + 1, { [RECORD_LABEL]: `${record.release}.part` }, { objects: chunk }));
  return [head, ...parts];
}

function headLabels(record: ReleaseRecord, parts: number): Record<string, string> {
  const { commit, pullRequest } = record.origin;
  return {
    [RECORD_LABEL]: record.release,
    [REVISION_LABEL]: String(record.revision),
    [STATUS_LABEL]: record.status,
    ...(parts > 1 ? { 'sluice.dev/parts': String(parts) } : {}),
    ...(commit ? { [COMMIT_LABEL]: commit } : {}),
    ...(pullRequest ? { [PULL_REQUEST_LABEL]: String(pullRequest) } : {}),
  };
}

/** How many Secrets the record with this head has. */
export function partsOf(head: KubeObject): number {
  return Number(head.metadata.labels?.['sluice.dev/parts'] ?? 1);
}

/** Reads a record from its Secrets, head first. A record that cannot be read is an error, never a fresh start. */
export function decodeRecord(secrets: readonly KubeObject[]): ReleaseRecord {
  const head = secrets[0];
  const name = head?.metadata.name ?? '';
  const unreadable = (why: string, cause?: unknown): SluiceError =>
    new SluiceError(
      'record-unreadable',
      `The record in Secret ${head?.metadata.namespace}/${name} cannot be read: ${why}.`,
      {
        cause,
        hint: 'Restore the Secret from a backup, or delete it if that revision need not be known any more, then run again.',
      },
    );
  const unpack = (key: string, from: readonly KubeObject[]): unknown => {
    const bytes = from.map(secret => Buffer.from((secret as Secret).data?.[key] ?? '', 'base64'));
    try {
      return JSON.parse(gunzipSync(Buffer.concat(bytes)).toString('utf8'));
    } catch (error) {
      throw unreadable(`its ${key} are not gzip of JSON`, error);
    }
  };
  const state = unpack('state', secrets.slice(0, 1)) as Omit<ReleaseRecord, keyof Manifests>;
  if (state.schema !== SCHEMA)
    throw unreadable(`it has schema ${state.schema}, and this version of Sluice reads schema ${SCHEMA}`);
  return { ...state, ...(unpack('objects', secrets) as Manifests) };
}
