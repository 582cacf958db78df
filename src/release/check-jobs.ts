import { ApiError } from '../cluster/errors.ts';
import { type KubeObject, refOf } from '../kube.ts';
import type { ReleaseDeps } from './deps.ts';
import { CHECK_LABEL, isOwnedBy, RELEASE_LABEL } from './labels.ts';
import { forEachAtOnce } from './parallel.ts';
import type { ReleaseRecord } from './record.ts';
import type { Stage } from './stage.ts';

const JOB = { apiVersion: 'batch/v1', kind: 'Job' };

/** Deletes what checks have left, once in each direction: with the twins where there are any, else in the last step. */
export async function removeCheckJobs({ deps, record }: Stage, at: 'remove' | 'unguard'): Promise<void> {
  const steps = record.back?.steps ?? record.plan.steps;
  if (at === 'unguard' && steps.some(step => step.do === 'remove')) return;
  await removeLeftJobs(deps, record);
}

/**
 * Deletes the Jobs of a release's checks that are still there: each check deletes its own, but its run may have died, or had to stop
 * at once. Nothing is asked where no check makes any. Throws what goes wrong, unless it can be borne: that is warned of.
 */
export async function removeLeftJobs(
  deps: ReleaseDeps,
  record: ReleaseRecord,
  isBorne: (error: unknown) => boolean = isRefused,
): Promise<void> {
  const { settings, plan } = record;
  if (!settings?.checks.some(({ kind }) => kind === 'job')) return;
  const namespaces = [...new Set(plan.traffic?.pairs.map(({ stable }) => stable.namespace ?? record.namespace))];
  const labelSelector = `${CHECK_LABEL},${RELEASE_LABEL}=${record.release}`;
  const results = await forEachAtOnce(namespaces, async namespace => {
    const { items } = await deps.cluster.list<KubeObject>(JOB, { namespace, labelSelector });
    const ours = items.filter(one => isOwnedBy(one, record));
    const removals = await forEachAtOnce(ours, job => remove(deps, job));
    const failed = removals.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
  });
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    const { reason } = result;
    if (!isBorne(reason)) throw reason;
    const where = `namespace ${namespaces[index]} (selector ${labelSelector})`;
    const why = reason instanceof Error ? reason.message : String(reason);
    deps.emit({ type: 'warning', message: `Jobs of checks may be left in ${where}: ${why}` });
  }
}

async function remove(deps: ReleaseDeps, job: KubeObject): Promise<void> {
  deps.signal.throwIfAborted();
  const ref = refOf({ ...job, ...JOB });
  await deps.cluster.remove(ref, { propagation: 'Background', uid: job.metadata.uid as string });
  deps.emit({ type: 'written', ref, change: 'pruned' });
}

/** Who may not see Jobs could hardly make any, and what a policy keeps it keeps the next time, too: the end of a release must not hang on that. */
function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}
