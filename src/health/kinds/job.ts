import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, wordsOf } from '../conditions.ts';
import { counted, failed, type Health, healthy, progressing } from '../verdict.ts';

interface JobSpec {
  completions?: number;
  parallelism?: number;
  suspend?: boolean;
}

interface JobStatus extends Conditioned {
  active?: number;
  ready?: number;
  succeeded?: number;
  failed?: number;
}

/** A Job is awaited to its end. It has no observedGeneration; its template cannot change. */
export function jobHealth(object: KubeObject<JobSpec, JobStatus>): Health {
  const { spec, status } = object;
  // Without `completions` the Job is a work queue: one success, after which no pod is left, is all of it.
  const desired = spec?.completions ?? 1;
  const succeeded = status?.succeeded ?? 0;
  const replicas = { desired, updated: (status?.active ?? 0) + succeeded, ready: succeeded };
  const lost = status?.failed ? `, ${counted(status.failed, 'pod')} failed` : '';
  // FailureTarget is the decision; Failed follows once the last pod is gone.
  const failure = [conditionOf(status, 'Failed'), conditionOf(status, 'FailureTarget')].find(
    one => one?.status === 'True',
  );
  if (failure) return failed(failure.reason ?? 'JobFailed', `The Job failed: ${wordsOf(failure)}`, { replicas });
  if (conditionOf(status, 'Complete')?.status === 'True')
    return healthy(`Completed: ${counted(succeeded, 'pod')} succeeded${lost}`, { replicas });
  if (spec?.suspend)
    return healthy('Suspended: it does not run until it is resumed', { reason: 'Suspended', replicas });
  if (!status?.active && succeeded < desired)
    return progressing(`Waiting for a pod to be started${lost}`, { replicas });
  return progressing(`Waiting for completion: ${succeeded} of ${counted(desired, 'pod')} succeeded${lost}`, {
    replicas,
  });
}
