import { describe, expect, it } from '@jest/globals';
import { type HealthFailure, outcomeError } from '../../src/health/outcome.ts';

const FAILURE: HealthFailure = {
  ref: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' },
  status: 'failed',
  message: 'Exceeded its progress deadline: ReplicaSet "web-1" has timed out progressing.',
  reason: 'ProgressDeadlineExceeded',
  findings: [{ reason: 'Unhealthy', message: 'Pod web-1-a: container app runs but is not ready' }],
};

function errorOf(failure: HealthFailure, how: 'failed' | 'deadline' = 'failed', total = 1) {
  return outcomeError([failure], how, { timeoutMs: 60_000, total, notes: [] });
}

describe('the words of a failure', () => {
  it('end a sentence once where the cluster has ended it already', () => {
    expect(errorOf(FAILURE).message).toBe(
      'Deployment shop/web failed: Exceeded its progress deadline: ReplicaSet "web-1" has timed out progressing. ' +
        'Pod web-1-a: container app runs but is not ready',
    );
  });

  it.each([
    [1, '1 of 1 object was not healthy after 1 min. '],
    [2, '1 of 2 objects were not healthy after 1 min. '],
  ])('count %i', (total, lead) => {
    expect(errorOf(FAILURE, 'deadline', total).message.startsWith(lead)).toBe(true);
  });

  it('advise on a refusal that a Deployment tells in its own status, without a finding', () => {
    const refused = {
      ...FAILURE,
      message: 'Cannot create pods: exceeded quota',
      reason: 'QuotaExceeded',
      findings: [],
    };
    expect(errorOf(refused).hint).toContain('ResourceQuota');
  });

  it('give no advice on what is not known', () => {
    expect(errorOf({ ...FAILURE, reason: 'Odd', findings: [] }).hint).toBeUndefined();
  });
});
