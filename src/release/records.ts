import type { Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { SluiceError } from '../errors.ts';
import { type KubeObject, refOf } from '../kube.ts';
import { RECORD_LABEL, REVISION_LABEL, STATUS_LABEL } from './labels.ts';
import {
  decodeRecord,
  encodeRecord,
  isOpen,
  partsOf,
  type RecordStatus,
  type ReleaseRecord,
  recordName,
  type StoredRecord,
} from './record.ts';

/** How many records of a release are kept. */
const KEPT = 10;

const SECRET = { apiVersion: 'v1', kind: 'Secret' };

/** What the label of a record's head tells without reading its data. */
export interface RecordHead {
  revision: number;
  status: RecordStatus;
  secret: KubeObject;
}

/** The records of one release, newest first. */
export interface Records {
  heads: readonly RecordHead[];
  /** The newest revision that succeeded: what a rollback goes back to. */
  lastGood: StoredRecord | undefined;
  newest: StoredRecord | undefined;
}

export async function readRecords(cluster: Cluster, namespace: string, release: string): Promise<Records> {
  const { items } = await cluster.list(SECRET, { namespace, labelSelector: `${RECORD_LABEL}=${release}` });
  const heads = items.map(headOf).sort((a, b) => b.revision - a.revision);
  const read = async (head: RecordHead | undefined): Promise<StoredRecord | undefined> =>
    head && {
      record: await readRecord(cluster, head.secret),
      resourceVersion: head.secret.metadata.resourceVersion ?? '',
    };
  const good = heads.find(head => head.status === 'succeeded');
  const newest = await read(heads[0]);
  return { heads, newest, lastGood: good === heads[0] ? newest : await read(good) };
}

/** The newest revision, where it is neither finished nor undone and has traffic of its own. */
export function openRecord({ newest }: Records): StoredRecord | undefined {
  return newest && isOpen(newest.record) ? newest : undefined;
}

function headOf(secret: KubeObject): RecordHead {
  const labels = secret.metadata.labels ?? {};
  const revision = Number(labels[REVISION_LABEL]);
  if (!Number.isInteger(revision) || revision < 1)
    throw new SluiceError(
      'record-unreadable',
      `The record in Secret ${secret.metadata.namespace}/${secret.metadata.name} has no revision: its label ${REVISION_LABEL} is ${labels[REVISION_LABEL] ?? 'absent'}.`,
      { hint: 'Put the label back (its value is the number at the end of the name), then run again.' },
    );
  return { revision, status: labels[STATUS_LABEL] as RecordStatus, secret };
}

/** The whole record of a head. */
export function readRecordAt(cluster: Cluster, head: RecordHead): Promise<ReleaseRecord> {
  return readRecord(cluster, head.secret);
}

async function readRecord(cluster: Cluster, head: KubeObject): Promise<ReleaseRecord> {
  const parts = partsOf(head);
  const { name, namespace } = head.metadata;
  const more = await Promise.all(
    Array.from({ length: parts - 1 }, async (_, index) => {
      const ref = { ...SECRET, name: `${name}.part-${index + 1}`, ...(namespace ? { namespace } : {}) };
      const part = await cluster.get(ref);
      if (!part)
        throw new SluiceError(
          'record-unreadable',
          `The record in Secret ${namespace}/${name} cannot be read: its part ${ref.name} is gone.`,
          {
            hint: 'Restore the Secret from a backup, or delete the record if that revision need not be known any more, then run again.',
          },
        );
      return part;
    }),
  );
  return decodeRecord([head, ...more]);
}

/** Writes a new record; undefined where another run has already written this revision. */
export async function createRecord(cluster: Cluster, record: ReleaseRecord): Promise<StoredRecord | undefined> {
  const [head, ...parts] = encodeRecord(record);
  await Promise.all(parts.map(part => cluster.apply(part, { force: true })));
  try {
    return { record, resourceVersion: versionOf(await cluster.create(head)) };
  } catch (error) {
    // A create is never repeated, and its answer may have been lost: then the record is there, and ours.
    const present = await cluster.get(refOf(head)).catch(() => Promise.reject(error));
    if (!present) throw error;
    const ours = (await readRecord(cluster, present)).holder === record.holder;
    return ours ? { record, resourceVersion: versionOf(present) } : undefined;
  }
}

/** Writes a new state into a record of this run. */
export async function updateRecord(
  cluster: Cluster,
  stored: StoredRecord,
  change: Partial<Omit<ReleaseRecord, 'objects' | 'made' | 'before'>>,
): Promise<StoredRecord> {
  const record = { ...stored.record, ...change };
  const [head] = encodeRecord(record);
  const replace = async (resourceVersion: string): Promise<StoredRecord> => {
    const made = await cluster.replace({ ...head, metadata: { ...head.metadata, resourceVersion } });
    return { record, resourceVersion: versionOf(made) };
  };
  try {
    return await replace(stored.resourceVersion);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    // Either the answer to our own write was lost, or somebody touched the Secret: the state in it is still this run's.
    const present = await cluster.get(refOf(head));
    if (!present || (await readRecord(cluster, present)).holder !== record.holder) throw error;
    return replace(versionOf(present));
  }
}

function versionOf(object: KubeObject): string {
  return object.metadata.resourceVersion ?? '';
}

/** Deletes all but the newest records, and never the last good one. Tells the names of what could not be deleted. */
export async function dropOldRecords(cluster: Cluster, records: Records, made: ReleaseRecord): Promise<string[]> {
  const kept = new Set([
    made.revision,
    records.lastGood?.record.revision,
    ...records.heads.slice(0, KEPT - 1).map(head => head.revision),
  ]);
  const left: string[] = [];
  await Promise.all(
    records.heads
      .filter(head => !kept.has(head.revision))
      .flatMap(head =>
        Array.from({ length: partsOf(head.secret) }, (_, part) => recordName(made.release, head.revision, part)),
      )
      .map(async name => {
        try {
          await cluster.remove({ ...SECRET, name, namespace: made.namespace });
        } catch (error) {
          left.push(`Secret ${made.namespace}/${name} (${error instanceof Error ? error.message : error})`);
        }
      }),
  );
  return left;
}
