import { SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey } from '../kube.ts';
import { leftOver } from '../strategies/rolling.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError, byKey, type Drive, type Driven, drive } from './engine.ts';
import type { Outcome } from './events.ts';
import type { Held } from './lock.ts';
import type { Prepared } from './prepare.ts';
import { digests, type RecordStatus, type ReleaseRecord, type StoredRecord } from './record.ts';
import { dropOldRecords, type Records, updateRecord } from './records.ts';
import { refsLeftBy, rollBack } from './rollback.ts';
import { staleConfigWarnings } from './stale-config.ts';
import { freeingStuckPods } from './stuck-pods.ts';

/** Drives a claimed revision to its end; the caller holds the lock. */
export async function runRevision(
  deps: ReleaseDeps,
  held: Held,
  request: DeployRequest,
  prepared: Prepared,
  stored: StoredRecord,
): Promise<Outcome> {
  const { records, revision, objects } = prepared;
  const { origin, plan, unpruned, replace = [] } = stored.record;
  const good = records.lastGood?.record;
  deps.emit({ type: 'started', revision, origin, plan, previous: good?.objects ?? [], firstDeploy: !good });

  const driven = await drive(deps, {
    ...request,
    steps: plan.steps,
    objects: byKey(objects),
    replace: new Set(replace),
    changeOf: changeAgainst(good, request.groups.flat()),
    afterApply: freeingStuckPods(deps, abandonedBefore(records), request.groups.flat()),
  });
  if (driven.end === 'done') {
    for (const message of staleConfigWarnings(good?.objects ?? [], request.groups.flat()))
      deps.emit({ type: 'warning', message });
    return finish(deps, prepared, stored, request.prune ? driven.left : leftOver(unpruned, objects));
  }
  if (driven.end === 'paused') throw new Error('A rolling plan has nothing to pause at.');
  deps.emit({ type: 'failed', error: driven.error, failures: driven.failures });
  const { status, outcome } = await afterFailure(deps, request, prepared, stored.record, driven);
  // Who lost the lock stops writing at once, even the record.
  if (!held.lost.aborted) {
    const created = status === 'rolled-back' && request.prune ? [] : stored.record.created;
    const noting = { ...deps, cluster: held.cluster };
    await note(noting, stored, { status, cursor: driven.cursor, created }, outcome);
    await dropOld(noting, records, stored.record);
  }
  return outcome;
}

async function finish(
  deps: ReleaseDeps,
  { records, revision }: Prepared,
  stored: StoredRecord,
  left: readonly ObjectRef[],
): Promise<Outcome> {
  const done = {
    status: 'succeeded',
    cursor: stored.record.plan.steps.length,
    unpruned: left,
    endedAt: isoTime(deps),
  } as const;
  try {
    await updateRecord(deps.cluster, stored, done);
  } catch (error) {
    const { code, message, hint } = asSluiceError(error);
    return {
      phase: 'failed',
      revision,
      serving: revision,
      error: new SluiceError(
        code,
        `Revision ${revision} is deployed and healthy, but its record could not say so: ${message}`,
        {
          cause: error,
          hint: `Run again: the next run takes this revision for unfinished and applies it once more. ${hint ?? ''}`.trim(),
        },
      ),
    };
  }
  await dropOld(deps, records, stored.record);
  return { phase: 'succeeded', revision, serving: revision };
}

export async function dropOld(deps: ReleaseDeps, records: Records, made: ReleaseRecord): Promise<void> {
  const kept = await dropOldRecords(deps.cluster, records, made);
  if (kept.length > 0) deps.emit({ type: 'warning', message: `Old records could not be deleted: ${kept.join('; ')}` });
}

/** What a revision before this one tried, that never became healthy and was not taken back. */
function abandonedBefore({ newest, lastGood }: Records): readonly KubeObject[] {
  return newest && newest !== lastGood && newest.record.status !== 'rolled-back' ? newest.record.objects : [];
}

/** What the last good revision has, and what unfinished ones since may have left. */
export function leftBehind({ lastGood, newest }: Records): ObjectRef[] {
  const refs = [...refsLeftBy(lastGood?.record), ...(newest === lastGood ? [] : refsLeftBy(newest?.record))];
  return [...new Map(refs.map(ref => [refKey(ref), ref])).values()];
}

async function afterFailure(
  deps: ReleaseDeps,
  request: DeployRequest,
  { records, revision }: Prepared,
  failed: ReleaseRecord,
  { error }: Driven & { end: 'failed' },
): Promise<{ status: RecordStatus; outcome: Outcome }> {
  const good = records.lastGood?.record;
  const serving = good ? { serving: good.revision } : {};
  if (deps.signal.aborted) return { status: 'aborted', outcome: { phase: 'aborted', revision, error } };
  // A rolled release has nothing that could be promoted later: to pause is to leave it.
  const isLeft = request.onFailure !== 'rollback';
  if (isLeft || !good)
    return { status: 'failed', outcome: { phase: 'failed', revision, ...(isLeft ? {} : serving), error } };
  const rollbackError = await rollBack(deps, request, good, failed);
  if (deps.signal.aborted)
    return { status: 'aborted', outcome: { phase: 'aborted', revision, error: asSluiceError(deps.signal.reason) } };
  if (rollbackError) return { status: 'failed', outcome: { phase: 'failed', revision, error: rollbackError } };
  return { status: 'rolled-back', outcome: { phase: 'rolled-back', revision, ...serving, error } };
}

/** What a revision came to must not be lost with it, but neither may its failure hide the release's own. */
async function note(
  deps: ReleaseDeps,
  stored: StoredRecord,
  change: Pick<ReleaseRecord, 'status' | 'cursor' | 'created'>,
  { phase, error }: Outcome,
): Promise<void> {
  const at = isoTime(deps);
  const text = `${phase}: ${error?.code ?? ''}`;
  try {
    await updateRecord(deps.cluster, stored, {
      ...change,
      endedAt: at,
      history: [...stored.record.history, { at, text }],
    });
  } catch (failure) {
    const name = `${stored.record.namespace}/sluice.${stored.record.release}.${stored.record.revision}`;
    deps.emit({
      type: 'warning',
      message: `The record in Secret ${name} still says in-progress: ${asSluiceError(failure).message}`,
    });
  }
}

/** Against the last good revision's manifests; without one everything that was there before is changed. */
export function changeAgainst(good: ReleaseRecord | undefined, wanted: readonly KubeObject[]): Drive['changeOf'] {
  const before = digests(good?.objects ?? []);
  const now = digests(wanted);
  return (ref, created) =>
    created ? 'created' : before.get(refKey(ref)) === now.get(refKey(ref)) ? 'unchanged' : 'changed';
}

function isoTime({ clock }: ReleaseDeps): string {
  return new Date(clock.now()).toISOString();
}
