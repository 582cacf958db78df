import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { planRolling } from '../strategies/rolling.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { byKey } from './engine.ts';
import type { Prepared } from './prepare.ts';
import type { StoredRecord } from './record.ts';
import { createRecord } from './records.ts';
import { leftBehind } from './revision.ts';

/** Writes the record of a new revision; undefined where another run has written it already. */
export async function claim(
  deps: ReleaseDeps,
  request: DeployRequest,
  prepared: Prepared,
): Promise<StoredRecord | undefined> {
  const { records, revision, objects, progressive, before, marks, checks } = prepared;
  const unpruned = leftBehind(records);
  const groups = regroup(request.groups, byKey(objects));
  const plan = progressive?.plan ?? planRolling({ groups, previous: unpruned, prune: request.prune });
  const now = new Date(deps.clock.now()).toISOString();
  const { force, prune, waitFor, timeoutMs, onFailure, onDrift } = request;
  return createRecord(deps.cluster, {
    schema: 2,
    release: request.release,
    namespace: request.namespace,
    revision,
    status: 'in-progress',
    digest: prepared.digest,
    startedAt: now,
    stepStartedAt: now,
    origin: request.origin,
    holder: request.holder,
    plan,
    cursor: 0,
    objects: request.groups.flat(),
    created: createdRefs(prepared),
    unpruned,
    history: [],
    settings: { force, prune, waitFor, timeoutMs, onFailure, onDrift, checks },
    marks,
    autoscaled: prepared.autoscaled,
    replace: [...prepared.checked].flatMap(([key, { replace }]) => (replace ? [key] : [])),
    ...(plan.traffic ? { made: progressive?.made ?? [], before } : {}),
  });
}

/** By the dry run, and by what unfinished revisions before this one had found missing. */
function createdRefs({ records: { newest, lastGood }, objects, checked }: Prepared): ObjectRef[] {
  const refs = objects.map(refOf).filter(ref => checked.get(refKey(ref))?.created !== false);
  const inherited = newest && newest !== lastGood ? newest.record.created : [];
  return [...new Map([...inherited, ...refs].map(ref => [refKey(ref), ref])).values()];
}

function regroup(groups: DeployRequest['groups'], objects: ReadonlyMap<string, KubeObject>): KubeObject[][] {
  return groups.map(group => group.map(object => objects.get(refKey(refOf(object))) as KubeObject));
}
