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
 * at once. Nothing is asked where no check makes any.
 */
export async function removeLeftJobs(deps: ReleaseDeps, record: ReleaseRecord): Promise<void> {
  const { settings, plan } = record;
  if (!settings?.checks.some(({ kind }) => kind === 'job')) return;
  const namespaces = [...new Set(plan.traffic?.pairs.flatMap(({ stable }) => stable.namespace ?? []))];
  const labelSelector = `${CHECK_LABEL},${RELEASE_LABEL}=${record.release}`;
  const results = await forEachAtOnce(namespaces, async namespace => {
    const { items } = await deps.cluster.list<KubeObject>(JOB, { namespace, labelSelector });
    for (const job of items.filter(one => isOwnedBy(one, record))) {
      deps.signal.throwIfAborted();
      const ref = refOf({ ...job, ...JOB });
      await deps.cluster.remove(ref, { propagation: 'Background', uid: job.metadata.uid as string });
      deps.emit({ type: 'written', ref, change: 'pruned' });
    }
  });
  for (const [index, result] of results.entries()) {
    if (result.status === 'fulfilled') continue;
    const { reason } = result;
    if (!(reason instanceof ApiError) || reason.code !== 'forbidden') throw reason;
    // Who may not see Jobs could hardly make any, and the end of a release must not hang on that.
    deps.emit({
      type: 'warning',
      message: `Jobs of checks (label ${CHECK_LABEL}) may be left in namespace ${namespaces[index]}: ${reason.message}`,
    });
  }
}
