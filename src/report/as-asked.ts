import type { Outcome } from '../release/events.ts';

/** Whether the run came to what its action asked for, so that its step succeeds. */
export function isAsAsked(action: string, { phase, error }: Pick<Outcome, 'phase' | 'error'>): boolean {
  switch (phase) {
    case 'succeeded':
    case 'unchanged':
      return true;
    case 'paused':
      // A planned pause is no trouble; one that a check has forced is, but for whoever asked for a pause.
      return error === undefined || action === 'pause';
    case 'rolled-back':
      return (action === 'reject' || action === 'rollback') && error?.code === 'rejected';
    case 'failed':
    case 'aborted':
      return false;
  }
}
