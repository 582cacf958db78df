import { newCondition } from '../conditions.ts';
import { type Condition, conditionOf } from '../pods.ts';
import { timeOf } from '../timestamp.ts';
import type { Job } from './types.ts';

/** What a Job has come to by these counts; undefined while it goes on. */
export interface Verdict {
  /** Said first, while pods are still being ended and counted: SuccessCriteriaMet or FailureTarget. */
  interim: 'SuccessCriteriaMet' | 'FailureTarget';
  final: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

export interface Tally {
  active: number;
  succeeded: number;
  failed: number;
}

export function verdictOf(
  now: number,
  { spec, status }: Job,
  { active, succeeded, failed }: Tally,
): Verdict | undefined {
  const told = (['SuccessCriteriaMet', 'FailureTarget'] as const).find(
    type => conditionOf(status?.conditions, type)?.status === 'True',
  );
  if (told) {
    const { reason = '', message = '' } = conditionOf(status?.conditions, told) ?? {};
    return { interim: told, final: told === 'FailureTarget' ? 'Failed' : 'Complete', reason, message };
  }
  if (failed > (spec.backoffLimit ?? 6))
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const started = timeOf(status?.startTime);
  if (spec.activeDeadlineSeconds !== undefined && started !== undefined && !spec.suspend)
    if (now - started >= spec.activeDeadlineSeconds * 1000)
      return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  const done =
    spec.completions === undefined ? succeeded > 0 && active === 0 : succeeded >= spec.completions && active === 0;
  if (!done) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { interim: 'SuccessCriteriaMet', final: 'Complete', reason: 'CompletionsReached', message };
}

function failure(reason: string, message: string): Verdict {
  return { interim: 'FailureTarget', final: 'Failed', reason, message };
}

export function verdictCondition(now: number, type: string, { reason, message }: Verdict): Condition {
  const { lastTransitionTime = '', ...condition } = newCondition(now, type, 'True', reason, message);
  return { ...condition, lastProbeTime: lastTransitionTime, lastTransitionTime };
}

export function isOver({ status }: Job): boolean {
  return ['Complete', 'Failed'].some(type => conditionOf(status?.conditions, type)?.status === 'True');
}
