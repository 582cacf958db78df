import { SluiceError } from '../errors.ts';
import { type ObjectRef, refKey, refOf, refText } from '../kube.ts';
import { leftOver, planRolling } from '../strategies/rolling.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { byKey, drive } from './engine.ts';
import type { Change } from './events.ts';
import { labelled } from './labels.ts';
import { digests, type ReleaseRecord } from './record.ts';
import { clearingAccounts } from './service-account.ts';
import { freeingStuckPods } from './stuck-pods.ts';
import { withLiveSizes } from './survey.ts';

/**
 * Applies the last good revision again, waits until it is healthy, and then removes what only the failed one has created;
 * what was there before it is left. Fields that others took meanwhile are taken back. Answers with an error where the
 * cluster did not get back.
 */
export async function rollBack(
  deps: ReleaseDeps,
  request: DeployRequest,
  good: ReleaseRecord,
  failed: ReleaseRecord,
): Promise<SluiceError | undefined> {
  // A Job has run: applying its old form would be refused, and making it anew would run it again.
  const applicable = good.objects.filter(({ kind }) => kind !== 'Job');
  const clear = clearingAccounts(applicable, failed.objects);
  const sized = await withLiveSizes(deps.cluster, applicable.map(clear), new Set(good.autoscaled ?? []));
  const objects = byKey(sized.map(object => labelled(object, good, good.revision, good.marks)));
  const groups = good.plan.steps.flatMap(step =>
    step.do === 'apply' ? [step.objects.flatMap(ref => objects.get(refKey(ref)) ?? [])] : [],
  );
  const tried = digests(failed.objects);
  const was = digests(good.objects);
  // Pruning comes last: what the failed revision did not have is still there as it was, or is created anew.
  const isTouched = (key: string): boolean => tried.has(key) && tried.get(key) !== was.get(key);
  const changeOf = (ref: ObjectRef, created: boolean): Change =>
    created || isTouched(refKey(ref)) ? 'restored' : 'unchanged';
  const plan = planRolling({ groups, previous: failed.created, prune: request.prune });
  warnOfTheKept(deps, request, failed, good);
  deps.emit({ type: 'rollback-started', revision: good.revision, steps: plan.steps.map(({ name }) => name) });
  const driven = await drive(deps, {
    ...request,
    steps: plan.steps,
    objects,
    changeOf,
    force: true,
    afterApply: freeingStuckPods(deps, failed.objects, applicable),
  });
  if (driven.end !== 'failed') return undefined;
  const { code, message, hint } = driven.error;
  const how =
    code === 'workload-failed' || code === 'deadline-exceeded'
      ? 'was applied again, but did not become healthy'
      : 'could not be applied again';
  return new SluiceError('rollback-failed', `Revision ${good.revision} ${how}: ${message}`, {
    cause: driven.error,
    hint: [hint, 'The cluster may run a mixture of both revisions.'].filter(Boolean).join('\n'),
  });
}

/** What the failed revision changed of objects that it neither created nor shares with the good one stays, and must be said. */
function warnOfTheKept(deps: ReleaseDeps, request: DeployRequest, failed: ReleaseRecord, good: ReleaseRecord): void {
  const created = new Set(failed.created.map(refKey));
  const extra = leftOver(failed.objects.map(refOf), good.objects);
  const kept = extra.filter(ref => !request.prune || !created.has(refKey(ref)));
  if (kept.length > 0)
    deps.emit({
      type: 'warning',
      message: `Revision ${good.revision} does not have ${kept.map(refText).join(', ')}: left as revision ${failed.revision} applied it.`,
    });
}

/** What an unfinished revision may have left, with what was left before it. */
export function refsLeftBy(record: ReleaseRecord | undefined): ObjectRef[] {
  return record ? [...record.objects.map(refOf), ...record.unpruned] : [];
}
