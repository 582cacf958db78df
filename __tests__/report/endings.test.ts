import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { Outcome } from '../../src/release/events.ts';
import { summaryOf } from '../../src/report/summary.ts';
import {
  ADA,
  canary,
  check,
  commanding,
  deploying,
  driven,
  ended,
  judged,
  modelOf,
  NEW,
  OLD,
  pauseFor,
  RUN,
  recordAt,
} from './shop.ts';
import { back, nothingDue, toTen } from './stories.ts';

const verdictOf = (model: Parameters<typeof summaryOf>[0]): string | undefined => summaryOf(model).split('\n')[0];

describe('the verdict', () => {
  const error = (code: ConstructorParameters<typeof SluiceError>[0]): SluiceError => new SluiceError(code, 'm');
  const endings: [action: string, outcome: Outcome, words: string][] = [
    ['promote', { phase: 'succeeded', revision: 8, serving: 8 }, '✅ Promoted: `shop` revision 8'],
    [
      'reject',
      { phase: 'rolled-back', revision: 8, error: error('rejected') },
      '↩️ Rejected: `shop` revision 8 was taken back',
    ],
    [
      'deploy',
      { phase: 'rolled-back', revision: 8, error: error('rejected') },
      '↩️ Rejected: `shop` revision 8 was taken back',
    ],
    [
      'deploy',
      { phase: 'rolled-back', revision: 8, error: error('superseded') },
      '↩️ Superseded: `shop` revision 8 was taken back for a newer deploy',
    ],
    [
      'deploy',
      { phase: 'rolled-back', revision: 8, error: error('cancelled') },
      '↩️ Cancelled: `shop` revision 8 was taken back',
    ],
    ['reject', { phase: 'succeeded', revision: 8 }, '✅ Too late to reject: `shop` revision 8 was promoted before'],
    [
      'rollback',
      { phase: 'succeeded', revision: 9 },
      '✅ Rolled back as asked: `shop` revision 9 serves, an earlier version',
    ],
    ['promote', { phase: 'failed', error: error('no-release') }, '❌ Failed: `shop` was not promoted'],
    ['status', { phase: 'failed', error: error('no-release') }, '❌ Failed: the status of `shop` could not be read'],
    ['deploy', { phase: 'aborted', error: error('cancelled') }, '🛑 Cancelled: `shop` was not deployed'],
  ];
  it.each(endings)('of %s with %j', (action, outcome, words) => {
    expect(verdictOf(modelOf(commanding(action), ended(outcome)))).toBe(`## ${words}`);
  });

  it('of a run that has told another one', () => {
    const model = modelOf(commanding('promote'), [
      [0, { type: 'command-taken', verb: 'promote', holder: RUN }],
      ...ended({ phase: 'unchanged', revision: 8 }),
    ]);
    expect(verdictOf(model)).toBe('## ✅ Told: the run that works on `shop` revision 8 goes on');
    expect(model.headline.next).toContain(RUN);
    expect(model.nextSteps).toEqual([]);
  });

  it('of a way back that failed says that nothing that serves was deleted', () => {
    const failed = new SluiceError('rollback-failed', 'Revision 8 could not be taken back: no.', {
      hint: 'Run again.',
    });
    const model = modelOf(deploying, [
      ...toTen,
      ...back(error('workload-failed'), 4).slice(0, 1),
      ...ended({ phase: 'failed', revision: 8, error: failed }),
    ]);
    expect(verdictOf(model)).toBe('## ❌ Failed: `shop` revision 8, and the way back too');
    expect(model.headline.serves).toMatch(/Nothing that serves was deleted\. Revision 8 has 25 %/);
  });

  it('of a release that was left where it failed says how to go on', () => {
    const pause = pauseFor('check-failed', { detail: 'm' });
    const model = modelOf(deploying, [
      ...toTen,
      [0, { type: 'failed', error: error('check-failed'), failures: [] }],
      [0, { type: 'paused', pause, record: recordAt(canary, 2, { pause }) }],
      ...ended({ phase: 'failed', revision: 8, serving: 7, error: error('check-failed') }),
    ]);
    expect(verdictOf(model)).toBe('## ❌ Failed: `shop` revision 8, which stands at 10 %');
    expect(model.nextSteps.map(({ text }) => text.split(':')[0])).toEqual([
      'Hold and check once more',
      'Go on all the same',
      'Take it back',
    ]);
  });
});

describe('the report of several releases', () => {
  const paused = pauseFor('approval', { detail: 'at 25 %' });
  const model = modelOf(commanding('advance'), [
    [0, { type: 'advancing', release: 'cart' }],
    [0, { type: 'advanced', release: 'cart' }],
    [0, { type: 'advancing', release: 'shop' }],
    [0, { type: 'resumed', revision: 8, origin: {}, plan: canary, cursor: 4, by: ADA, objects: NEW, previous: OLD }],
    ...driven(canary, 4, 100, [judged(check())]),
    [0, { type: 'paused', pause: paused, record: recordAt(canary, 5, { pause: paused }) }],
    [0, { type: 'advanced', release: 'shop', outcome: { phase: 'paused', revision: 8, serving: 7 } }],
    [0, { type: 'advancing', release: 'tax' }],
    [0, { type: 'resumed', revision: 3, origin: {}, plan: canary, cursor: 4, by: ADA, objects: NEW, previous: OLD }],
    [
      0,
      {
        type: 'advanced',
        release: 'tax',
        outcome: { phase: 'failed', revision: 3, error: new SluiceError('drift', 'Gone.') },
      },
    ],
    ...ended({ phase: 'failed', revision: 3, error: new SluiceError('drift', 'Gone.') }),
  ]);

  it('has the worst first, each with its own verdict', () => {
    expect(model).toMatchObject({
      release: 'tax',
      phase: 'failed',
      revision: 3,
      others: [{ release: 'shop', phase: 'paused' }],
    });
    expect(summaryOf(model).match(/^## .*$/gm)).toEqual([
      '## ❌ Failed: `tax` revision 3, which stands at 25 %',
      '## ⏸️ Paused: `shop` revision 8 waits for approval at 25 %',
    ]);
  });

  it('names those for which it was not time', () => {
    expect(nothingDue.headline.serves).toBe('Nothing was written: release shop still waits, or a run works on it.');
  });
});
