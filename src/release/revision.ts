import { SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { planRolling } from '../strategies/rolling.ts';
import type { DeployRequest, Prepared } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError, byKey, type Drive, type Driven, drive } from './engine.ts';
import type { Outcome } from './events.ts';
import { digests, type RecordStatus, type ReleaseRecord, type StoredRecord } from './record.ts';
import { createRecord, dropOldRecords, type Records, updateRecord } from './records.ts';
import { refsLeftBy, rollBack } from './rollback.ts';

/** Drives one revision from its record to its end; the caller holds the lock. */
export async function runRevision(
  deps: ReleaseDeps,
  request: DeployRequest,
  prepared: Prepared,
  lockLost: AbortSignal,
): Promise<Outcome> {
  const { records, revision, objects } = prepared;
  const good = records.lastGood?.record;
  const unpruned = leftBehind(records);
  const groups = regroup(request.groups, byKey(objects));
  const plan = planRolling({ groups, previous: unpruned, prune: request.prune });
  const stored = await createRecord(deps.cluster, {
    schema: 1,
    release: request.release,
    namespace: request.namespace,
    revision,
    status: 'in-progress',
    digest: prepared.digest,
    startedAt: isoTime(deps),
    origin: request.origin,
    holder: request.holder,
    plan,
    cursor: 0,
    objects: request.groups.flat(),
    unpruned,
    history: [],
  });
  deps.emit({ type: 'started', revision, plan, previous: good?.objects ?? [], firstDeploy: !good });

  const driven = await drive(deps, {
    ...request,
    plan,
    objects: byKey(objects),
    changeOf: changeAgainst(good, request.groups.flat()),
  });
  if (driven.done) return finish(deps, prepared, stored, driven.left);
  deps.emit({ type: 'failed', error: driven.error, failures: driven.failures });
  const { status, outcome } = await afterFailure(deps, request, prepared, driven);
  // Who lost the lock stops writing at once, even the record.
  if (!lockLost.aborted) await note(deps, stored, { status, cursor: driven.cursor }, outcome);
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
  const kept = await dropOldRecords(deps.cluster, records, stored.record);
  if (kept.length > 0) deps.emit({ type: 'warning', message: `Old records could not be deleted: ${kept.join('; ')}` });
  return { phase: 'succeeded', revision, serving: revision };
}

/** What the last good revision has, and what unfinished ones since may have left. */
function leftBehind({ lastGood, newest }: Records): ObjectRef[] {
  const refs = [...refsLeftBy(lastGood?.record), ...(newest === lastGood ? [] : refsLeftBy(newest?.record))];
  return [...new Map(refs.map(ref => [refKey(ref), ref])).values()];
}

async function afterFailure(
  deps: ReleaseDeps,
  request: DeployRequest,
  { records, revision }: Prepared,
  { error }: Driven & { done: false },
): Promise<{ status: RecordStatus; outcome: Outcome }> {
  const good = records.lastGood?.record;
  const serving = good ? { serving: good.revision } : {};
  if (deps.signal.aborted) return { status: 'aborted', outcome: { phase: 'aborted', revision, error } };
  if (request.onFailure === 'leave' || !good)
    return {
      status: 'failed',
      outcome: { phase: 'failed', revision, ...(request.onFailure === 'leave' ? {} : serving), error },
    };
  const rollbackError = await rollBack(deps, request, good, request.groups.flat());
  if (rollbackError) return { status: 'failed', outcome: { phase: 'failed', revision, error: rollbackError } };
  return { status: 'rolled-back', outcome: { phase: 'rolled-back', revision, ...serving, error } };
}

/** What a revision came to must not be lost with it, but neither may its failure hide the release's own. */
async function note(
  deps: ReleaseDeps,
  stored: StoredRecord,
  change: Pick<ReleaseRecord, 'status' | 'cursor'>,
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
function changeAgainst(good: ReleaseRecord | undefined, wanted: readonly KubeObject[]): Drive['changeOf'] {
  const before = digests(good?.objects ?? []);
  const now = digests(wanted);
  return (ref, created) =>
    created ? 'created' : before.get(refKey(ref)) === now.get(refKey(ref)) ? 'unchanged' : 'changed';
}

function regroup(groups: DeployRequest['groups'], objects: ReadonlyMap<string, KubeObject>): KubeObject[][] {
  return groups.map(group => group.map(object => objects.get(refKey(refOf(object))) as KubeObject));
}

function isoTime({ clock }: ReleaseDeps): string {
  return new Date(clock.now()).toISOString();
}
