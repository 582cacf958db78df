import { describe, expect, it } from '@jest/globals';
import { openReporter } from '../../src/action/reporter.ts';
import type { Clock } from '../../src/clock.ts';
import { type Reason, SluiceError } from '../../src/errors.ts';
import type { Outcome } from '../../src/release/events.ts';
import { commanding } from '../report/shop.ts';
import { toolkit } from './runner.ts';

const clock: Clock = { now: () => 0, after: () => () => undefined };

async function failuresOf(action: string, phase: Outcome['phase'], code?: Reason): Promise<string[]> {
  const { core, failures } = toolkit();
  const error = code && new SluiceError(code, 'It did not work.', { hint: 'Look.' });
  await openReporter(core, clock, commanding(action), undefined).end({
    phase,
    revision: 8,
    ...(error ? { error } : {}),
  });
  return failures;
}

describe('the step', () => {
  const good: [action: string, phase: Outcome['phase'], code: Reason | undefined][] = [
    ['deploy', 'succeeded', undefined],
    ['deploy', 'unchanged', undefined],
    ['deploy', 'paused', undefined],
    ['advance', 'unchanged', undefined],
    ['advance', 'paused', undefined],
    ['status', 'unchanged', undefined],
    ['pause', 'paused', undefined],
    ['pause', 'paused', 'check-failed'],
    ['reject', 'rolled-back', 'rejected'],
    ['rollback', 'rolled-back', 'rejected'],
    ['rollback', 'succeeded', undefined],
  ];
  it.each(good)('succeeds for %s that ended as %s (%s)', async (action, phase, code) => {
    expect(await failuresOf(action, phase, code)).toEqual([]);
  });

  const bad: [action: string, phase: Outcome['phase'], code: Reason][] = [
    ['deploy', 'paused', 'check-failed'],
    ['deploy', 'paused', 'check-inconclusive'],
    ['resume', 'paused', 'check-error'],
    ['deploy', 'rolled-back', 'rejected'],
    ['deploy', 'rolled-back', 'check-failed'],
    ['promote', 'rolled-back', 'rejected'],
    ['advance', 'rolled-back', 'check-failed'],
    ['reject', 'failed', 'rollback-failed'],
    ['reject', 'aborted', 'cancelled'],
    ['rollback', 'rolled-back', 'workload-failed'],
    ['pause', 'failed', 'no-release'],
  ];
  it.each(bad)('fails for %s that ended as %s %s', async (action, phase, code) => {
    expect(await failuresOf(action, phase, code)).toEqual(['It did not work.\nLook.']);
  });
});
