import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import { runLog } from '../../src/report/log.ts';
import {
  ADA,
  canary,
  check,
  deployment,
  judged,
  moved,
  NEW,
  OLD,
  pauseFor,
  RUN,
  recordAt,
  type Told,
  timed,
} from './shop.ts';
import { back, toTen } from './stories.ts';

function linesOf(facts: Told, live = false): string[] {
  const log = runLog({ colour: false, live });
  return timed(facts)
    .flatMap(log)
    .map(({ kind, text }) => (kind === 'line' ? text : `${kind}: ${text}`));
}

function said(...events: ReleaseEvent[]): string[] {
  return linesOf(events.map(event => [1, event] as const));
}

function sampled(outcome: 'pass' | 'fail', message: string, dryRun = false): ReleaseEvent {
  return { type: 'sampled', check: 'pods', sample: { outcome, message }, dryRun };
}

describe('the log of a release that moves traffic', () => {
  it('does not say that a revision serves, only because nothing was to be done', () => {
    const error = new SluiceError('already-done', 'Revision 8 was taken back already.');
    expect(said({ type: 'ended', outcome: { phase: 'unchanged', revision: 8, error } })).toEqual([
      'Nothing to do: Revision 8 was taken back already.',
    ]);
  });

  it('tells the notes of the plan, and each move with what was asked and what came of it', () => {
    const lines = linesOf(toTen);
    expect(lines.slice(0, 3)).toEqual([
      'Revision 8, canary, 12 steps',
      `  note      ${canary.notes?.[0]}`,
      'group: 1/12 Prepare 2 Services',
    ]);
    expect(lines).toContain('  resized   Deployment shop/web-canary to 1 pod');
    expect(lines).toContain('  shifted   asked 10 %, actual 25 % (Deployment shop/web), 50 % (Deployment shop/cart)');
    expect(lines).toContain('  passed    check pods, 13 samples: Deployment shop/web-canary: 1 of 1 pods can serve');
  });

  it('tells a sample when it is news: another outcome, or other words than numbers', () => {
    const samples = [
      sampled('pass', '1 of 1 pods'),
      sampled('pass', '2 of 3 pods'),
      sampled('fail', '0 of 3 pods'),
      sampled('fail', '0 of 3 pods'),
      sampled('fail', 'Pod web-1 has crashed'),
    ];
    expect(said(...samples)).toEqual([
      '  passing   check pods: 1 of 1 pods',
      '  failing   check pods: 0 of 3 pods',
      '  failing   check pods: Pod web-1 has crashed',
    ]);
    expect(
      linesOf(
        samples.map(event => [1, event] as const),
        true,
      ),
    ).toEqual([
      '  passing   check pods: 1 of 1 pods',
      'live:   passing   check pods: 2 of 3 pods',
      '  failing   check pods: 0 of 3 pods',
      'live:   failing   check pods: 0 of 3 pods',
      '  failing   check pods: Pod web-1 has crashed',
    ]);
  });

  it('says why a hold ended before its time', () => {
    const early = { ...judged(check()), early: { leftMs: 65_000 } } as ReleaseEvent;
    expect(said(early).at(-1)).toMatch(/^ {2}The hold ends 1 min 5 s early: .*\(early-pass\)$/);
  });

  it('counts failures, errors and missing data apart, and says when a check has no say', () => {
    expect(
      said(
        judged(
          check({ verdict: 'fail', failures: 2, errors: 1, noData: 3, message: 'no' }),
          check({ name: 'slow', verdict: 'inconclusive', samples: 0, dryRun: true, message: 'not sampled' }),
        ),
      ),
    ).toEqual([
      '  failed    check pods, 13 samples, 2 failures, 1 error, 3 without data: no',
      '  unclear   check slow (dry run: has no say), 0 samples: not sampled',
    ]);
  });

  it('says who has said what, and what others have changed', () => {
    expect(
      said(
        { type: 'commanded', verb: 'promote', by: ADA },
        { type: 'commanded', verb: 'supersede', by: RUN },
        { type: 'drift', found: ['Deployment shop/web has 5 replicas instead of 3'], corrected: true },
        { type: 'drift', found: ['Service shop/web sends to every track'], corrected: false },
        { type: 'resumed', revision: 8, origin: {}, plan: canary, cursor: 5, by: ADA, objects: NEW, previous: OLD },
        { type: 'resized', ref: { ...deployment('db'), kind: 'StatefulSet' }, replicas: 1 },
      ),
    ).toEqual([
      `Told to promote by ${ADA}`,
      `Told to give way to a newer deploy by ${RUN}`,
      '  drift     Deployment shop/web has 5 replicas instead of 3: written again',
      '  drift     Service shop/web sends to every track: left so (on-drift: ignore)',
      `Revision 8, canary, goes on at step 6 of 12, Wait for approval at 25 %; told by ${ADA}`,
      '  resized   StatefulSet shop/db to 1 pod of the new version',
    ]);
  });

  it('says why it is paused, until when, and what to do; a failure is not told twice', () => {
    const time = pauseFor('time', { resumeAt: '2026-03-14T10:00:01.000Z', detail: 'max-run is over' });
    const failed = pauseFor('failed', { detail: 'web is broken' });
    expect(
      said(
        { type: 'paused', pause: time, record: recordAt(canary, 4, { pause: time }) },
        { type: 'failed', error: new SluiceError('workload-failed', 'web is broken'), failures: [] },
        { type: 'paused', pause: failed, record: recordAt(canary, 1, { pause: failed }) },
      ),
    ).toEqual([
      'Paused: the release holds at 25 % until 2026-03-14 10:01 UTC: max-run is over',
      '  action: advance, in a scheduled workflow, goes on when it is time; promote goes on at once, reject takes it back',
      'error: web is broken',
      'Paused: the release failed without traffic and waits for a decision',
      '  action: resume tries the same step again, reject takes it back',
    ]);
  });

  it('says why it is taken back before it is, also where this run has done nothing else', () => {
    const error = new SluiceError('rejected', 'Revision 8 was rejected by ada.', { hint: 'Deploy again.' });
    const lines = linesOf([
      ...back(error, 5),
      [1, { type: 'ended', outcome: { phase: 'rolled-back', revision: 8, serving: 7, error } }],
    ]);
    expect(lines.slice(0, 4)).toEqual([
      'error: Revision 8 was rejected by ada.',
      '  Deploy again.',
      'Taking revision 8 back, 5 steps',
      'group: 1/5 Wait for stable’s capacity',
    ]);
    expect(lines).toContain('  shifted   all requests to stable');
    expect(lines.at(-1)).toBe('Ended: rolled-back, revision 8; revision 7 serves');
  });

  it('tells how a release stands as a block, with a mark where it is', () => {
    const pause = pauseFor('approval', { detail: 'at 25 %' });
    expect(
      said(
        { type: 'status', record: recordAt(canary, 5, { pause }), holder: RUN },
        { type: 'ended', outcome: { phase: 'unchanged', revision: 8, serving: 7 } },
      ),
    ).toEqual([
      'Release shop, revision 8: paused',
      '  strategy  canary, router pods',
      '  begun     2026-03-14 09:16:53 UTC',
      '  step      6 of 12, Wait for approval at 25 %',
      '  weight    the new version has 25 % (web), 50 % (cart) of the requests (asked: 25 %)',
      '  paused    since 2026-03-14 09:25:53 UTC; it waits for approval at 25 %',
      `  lock      held by ${RUN}`,
      '  plan',
      '     1  done  Prepare 2 Services',
      '     2  done  Shift to 10 %',
      '     3  done  Hold 2m at 10 %',
      '     4  done  Shift to 25 %',
      '     5  done  Hold 2m at 25 %',
      '  >  6  now   Wait for approval at 25 %',
      '     7        Promote 3 Deployments',
      '     8        Wait until stable is the new version',
      '     9        Give the traffic back to stable',
      '    10        Drain',
      '    11        Remove Deployment shop/web-canary, Deployment shop/cart-canary',
      '    12        Take back what was held',
    ]);
  });

  it('tells each release that it goes on with apart, and its end once', () => {
    const error = new SluiceError('locked', 'cart is locked');
    expect(
      said(
        { type: 'advancing', release: 'cart' },
        { type: 'failed', error, failures: [] },
        { type: 'advanced', release: 'cart', outcome: { phase: 'failed', error } },
        { type: 'advancing', release: 'shop' },
        { type: 'advanced', release: 'shop' },
        { type: 'ended', outcome: { phase: 'failed', error } },
      ),
    ).toEqual([
      'Release cart',
      'error: cart is locked',
      'Ended: failed; nothing was changed',
      'Release shop',
      '  Nothing is due',
    ]);
    expect(said({ type: 'ended', outcome: { phase: 'unchanged' } })).toEqual([
      'Nothing to do: no release of the namespace is under way',
    ]);
  });

  it('says that the other run goes on where that was told to', () => {
    expect(
      said(
        { type: 'command-taken', verb: 'promote', holder: RUN },
        { type: 'ended', outcome: { phase: 'unchanged', revision: 8 } },
      ),
    ).toEqual([`The run that works on the release was told to promote: ${RUN}`, 'Ended: the other run goes on']);
  });

  it('gives no command to the runner, whoever speaks', () => {
    const evil = '\n::error::x ##[group]';
    const plan = { ...canary, notes: [evil] };
    const pause = pauseFor('command', { detail: evil });
    const lines = said(
      { type: 'started', revision: 8, origin: {}, plan, previous: [], firstDeploy: false },
      { type: 'commanded', verb: 'pause', by: evil },
      sampled('fail', evil),
      judged(check({ message: evil })),
      { type: 'drift', found: [evil], corrected: true },
      { type: 'paused', pause, record: recordAt(plan, 1, { pause }) },
      { type: 'status', record: recordAt(plan, 1, { pause }), holder: evil },
      { type: 'advancing', release: evil },
      ...moved(canary, 25),
    );
    expect(lines.filter(line => /[\r\n]|##\[|^\s*::/.test(line))).toEqual([]);
  });
});
