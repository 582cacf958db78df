import { SluiceError } from '../errors.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { planRolling } from '../strategies/rolling.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { byKey, drive } from './engine.ts';
import type { Change } from './events.ts';
import { labelled } from './labels.ts';
import { digests, type ReleaseRecord } from './record.ts';

/**
 * Applies the last good revision again, waits until it is healthy, and then removes what only the failed one had. Answers
 * with an error where the cluster did not get back.
 */
export async function rollBack(
  deps: ReleaseDeps,
  request: DeployRequest,
  good: ReleaseRecord,
  failed: readonly KubeObject[],
): Promise<SluiceError | undefined> {
  const objects = byKey(good.objects.map(object => labelled(object, good.release, good.revision)));
  const groups = good.plan.steps.flatMap(step =>
    step.do === 'apply' ? [step.objects.map(ref => objects.get(refKey(ref)) as KubeObject)] : [],
  );
  const tried = digests(failed);
  const was = digests(good.objects);
  const changeOf = (ref: ObjectRef): Change =>
    tried.get(refKey(ref)) === was.get(refKey(ref)) ? 'unchanged' : 'restored';
  const plan = planRolling({ groups, previous: failed.map(refOf), prune: request.prune });
  deps.emit({ type: 'rollback-started', revision: good.revision, steps: plan.steps.map(({ name }) => name) });
  const driven = await drive(deps, { ...request, plan, objects, changeOf });
  if (driven.done) return undefined;
  return new SluiceError(
    'rollback-failed',
    `Revision ${good.revision} was applied again, but did not become healthy: ${driven.error.message}`,
    {
      cause: driven.error,
      hint: `The cluster may run a mixture of both revisions. ${driven.error.hint ?? ''}`.trim(),
    },
  );
}

/** What an unfinished revision may have left, with what was left before it. */
export function refsLeftBy(record: ReleaseRecord | undefined): ObjectRef[] {
  return record ? [...record.objects.map(refOf), ...record.unpruned] : [];
}
