import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { COMMIT_LABEL, PULL_REQUEST_LABEL, RECORD_LABEL, REVISION_LABEL, STATUS_LABEL } from './labels.ts';
import type { Plan } from './plan.ts';

export const RECORD_TYPE = 'sluice.dev/release.v1';
const SCHEMA = 1;

/** `in-progress` also stands for a run that died: nobody else holds the lock then. */
export type RecordStatus = 'in-progress' | 'succeeded' | 'rolled-back' | 'failed' | 'aborted';

export interface Origin {
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
  /** What was not there before this revision, or before the unfinished ones that it follows: what a rollback takes away. */
  created: readonly ObjectRef[];
  /** What this and earlier unfinished revisions may have left in the cluster and nobody has pruned. */
  unpruned: readonly ObjectRef[];
  history: readonly { at: string; text: string }[];
}

/** A record with the resourceVersion that it was read or written at. */
export interface StoredRecord {
  record: ReleaseRecord;
  resourceVersion: string;
}

type Secret = KubeObject & { type?: string; data?: Record<string, string> };

/** A Secret holds 1 MiB of decoded data; some is left free for the state. */
const PART_BYTES = 900_000;

export function recordName(release: string, revision: number, part = 0): string {
  return `sluice.${release}.${revision}${part === 0 ? '' : `.part-${part}`}`;
}

/** Equal for equal wishes, whatever order the keys were written in. */
export function digestOf(objects: readonly KubeObject[]): string {
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
export async function encodeRecord(record: ReleaseRecord): Promise<[head: Secret, ...parts: Secret[]]> {
  const { objects, ...state } = record;
  const bytes = await promisify(gzip)(JSON.stringify(objects));
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
    state: (await promisify(gzip)(JSON.stringify(state))).toString('base64'),
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
export async function decodeRecord(secrets: readonly KubeObject[]): Promise<ReleaseRecord> {
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
  const unpack = async (key: string, from: readonly KubeObject[]): Promise<unknown> => {
    const bytes = from.map(secret => Buffer.from((secret as Secret).data?.[key] ?? '', 'base64'));
    try {
      return JSON.parse((await promisify(gunzip)(Buffer.concat(bytes))).toString('utf8'));
    } catch (error) {
      throw unreadable(`its ${key} are not gzip of JSON`, error);
    }
  };
  const state = (await unpack('state', secrets.slice(0, 1))) as Omit<ReleaseRecord, 'objects'>;
  if (state.schema !== SCHEMA)
    throw unreadable(`it has schema ${state.schema}, and this version of Sluice reads schema ${SCHEMA}`);
  return { ...state, objects: (await unpack('objects', secrets)) as KubeObject[] };
}
