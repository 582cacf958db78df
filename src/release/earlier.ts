import { SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import { inOrder } from '../manifests/order.ts';
import type { ReleaseDeps } from './deps.ts';
import type { ReleaseId } from './labels.ts';
import type { ReleaseRecord } from './record.ts';
import { readRecordAt, readRecords } from './records.ts';

export interface Earlier {
  record: ReleaseRecord;
  /** Its manifests, in the groups in which they were applied. */
  groups: readonly (readonly KubeObject[])[];
}

/** An earlier good revision, to be deployed again: the one before the last good one where none is named. */
export async function earlierRevision(
  deps: ReleaseDeps,
  id: ReleaseId,
  revision: number | undefined,
): Promise<Earlier> {
  const records = await readRecords(deps.cluster, id.namespace, id.release);
  const good = records.heads.filter(({ status }) => status === 'succeeded');
  const found = revision === undefined ? good[1] : good.find(head => head.revision === revision);
  if (!found) {
    const known = good.map(head => head.revision).join(', ');
    const what = revision === undefined ? 'no good revision before the present one' : `no good revision ${revision}`;
    throw new SluiceError('no-release', `Release ${id.release} in namespace ${id.namespace} has ${what}.`, {
      hint: known ? `Its good revisions that are kept: ${known}.` : 'Deploy the version that you want instead.',
    });
  }
  const record = await readRecordAt(deps.cluster, found);
  deps.conceal(record.objects);
  const jobs = records.lastGood?.record.objects.filter(isJob) ?? [];
  return {
    record,
    // A Job has run: its old form would be refused, or would run again. Those that have run last stay.
    groups: inOrder([...record.objects.filter(object => !isJob(object)), ...jobs]),
  };
}

function isJob({ kind }: KubeObject): boolean {
  return kind === 'Job';
}
