import { describe, expect, it } from '@jest/globals';
import { SluiceError } from '../../src/errors.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import { summaryOf } from '../../src/report/summary.ts';
import {
  ADA,
  blueGreen,
  canary,
  commanding,
  deploying,
  deployment,
  driven,
  ended,
  modelOf,
  moved,
  NEW,
  OLD,
  pauseFor,
  recordAt,
  started,
  type Told,
} from './shop.ts';
import { back, canarySucceeded, checkFailed, pausedForApproval, rejected, resumed, status, toTen } from './stories.ts';

const verdictOf = (model: Parameters<typeof summaryOf>[0]): string | undefined => summaryOf(model).split('\n')[0];
const sampled: ReleaseEvent = {
  type: 'sampled',
  check: 'pods',
  sample: { outcome: 'pass', message: '1 of 1' },
  dryRun: false,
};

describe('the report of a release that moves traffic', () => {
  it('has what was asked and what came of it, move by move', () => {
    expect(pausedForApproval.traffic).toMatchObject({
      router: 'pods',
      track: 'canary',
      now: 25,
      actual: [
        { workload: deployment('web'), share: 25, pods: { twin: 1, stable: 3 } },
        { workload: deployment('cart'), share: 50, pods: { twin: 1, stable: 1 } },
      ],
      weights: [{ asked: 10 }, { asked: 25 }],
    });
    expect(pausedForApproval.headline.serves).toBe(
      'Revision 8 has 25 % (web), 50 % (cart) of the requests (asked: 25 %), and revision 7 has the rest.',
    );
  });

  it('of two pods of which one is new says asked 10 %, actual 50 %', () => {
    const pair = canary.traffic?.pairs[1];
    const plan = { ...canary, traffic: { ...canary.traffic, pairs: [pair] } } as typeof canary;
    const model = modelOf(deploying, [
      ...started(plan),
      ...driven(plan, 1, 12, moved(plan, 10)),
      ...ended({ phase: 'aborted', revision: 8, serving: 7, error: new SluiceError('cancelled', 'Cut.') }),
    ]);
    expect(model.headline.serves).toBe(
      'The run was cut. Revision 8 has 50 % of the requests (asked: 10 %; 1 of 2 pods), and revision 7 has the rest.',
    );
    expect(summaryOf(model)).toContain('| 10 % | **50 %: 1 of 2 pods** |');
    expect(verdictOf(model)).toBe('## 🛑 Cancelled: `shop` revision 8 is not complete and stands at 10 %');
  });

  it('shows both versions while there are two, and one afterwards', () => {
    const [web, , catalog] = pausedForApproval.workloads;
    expect(web).toMatchObject({
      resized: 3,
      twin: { ref: deployment('web-canary'), health: 'healthy', replicas: { ready: 1, desired: 1 } },
    });
    expect(catalog).not.toHaveProperty('twin');
    for (const model of [canarySucceeded, checkFailed, rejected, resumed])
      for (const workload of model.workloads) expect(workload).not.toHaveProperty('twin');
    expect(canarySucceeded.objects.map(({ change }) => change)).not.toContain('pruned');
  });

  it('has all requests at the new version once it is promoted, and at the old one once it is taken back', () => {
    expect(canarySucceeded.traffic).toMatchObject({ now: 100, actual: [{ share: 100 }, { share: 100 }] });
    expect(checkFailed.traffic).toMatchObject({ now: 0, actual: [{ share: 0 }, { share: 0 }] });
    expect(checkFailed.traffic?.weights.at(-1)).toMatchObject({ end: 'taken-back' });
    expect(resumed.traffic?.weights.map(({ asked, at }) => [asked, at === undefined])).toEqual([
      [10, true],
      [25, true],
      [0, false],
    ]);
  });

  it('keeps the checks of each hold apart, with its name', () => {
    expect(checkFailed.checks.map(({ step, verdict }) => [step, verdict])).toEqual([
      ['Hold 2m at 10 %', 'pass'],
      ['Hold 2m at 25 %', 'fail'],
    ]);
    expect(verdictOf(checkFailed)).toContain('failed a check at 25 %, revision 7 serves again');
  });

  it('tells the samples of a hold that a person has ended', () => {
    const pause = pauseFor('command', { detail: `by ${ADA}` });
    const model = modelOf(deploying, [
      ...toTen.slice(0, -2),
      [1, sampled],
      [1, sampled],
      [1, { type: 'commanded', verb: 'pause', by: ADA }],
      [0, { type: 'step-ended', index: 2, name: 'Hold 2m at 10 %', outcome: 'paused' }],
      [0, { type: 'paused', pause, record: recordAt(canary, 2, { pause }) }],
      ...ended({ phase: 'paused', revision: 8, serving: 7 }),
    ]);
    expect(model.checks).toMatchObject([{ verdict: 'undecided', samples: 2, step: 'Hold 2m at 10 %' }]);
    expect(model.decisions).toMatchObject([{ verb: 'pause', by: ADA }]);
    expect(verdictOf(model)).toBe('## ⏸️ Paused: `shop` revision 8 was stopped at 10 % on request');
  });

  it('shows steps of earlier runs as done, and where the promotion stands', () => {
    const model = modelOf(commanding('promote'), [
      [0, { type: 'resumed', revision: 8, origin: {}, plan: canary, cursor: 6, objects: NEW, previous: OLD }],
      ...driven(canary, 6, 1),
    ]);
    expect(model.timeline.slice(4, 8).map(({ outcome, earlier = false }) => [outcome, earlier])).toEqual([
      ['done', true],
      ['done', true],
      ['done', false],
      ['pending', false],
    ]);
    expect(model.step).toEqual({ index: 7, of: 12, name: 'Promote 3 Deployments', promoting: true });
    expect(model.headline.serves).toContain('The promotion of revision 8 is not complete');
  });

  it('takes workloads and images from the record where the run was given no manifests', () => {
    for (const model of [rejected, resumed, status])
      expect(model.workloads[0]?.images).toEqual([
        { container: 'web', from: 'ghcr.io/acme/web:1.5.0', to: 'ghcr.io/acme/web:1.6.0' },
      ]);
  });

  it('keeps a superseded revision and the newer one apart', () => {
    const error = new SluiceError('superseded', 'Revision 8 was superseded.');
    const model = modelOf(deploying, [
      ...back(error, 4),
      [0, { type: 'started', revision: 9, origin: {}, plan: canary, previous: OLD, firstDeploy: false }],
      ...driven(canary, 0, 1),
      ...ended({ phase: 'failed', revision: 9, error: new SluiceError('api-error', 'No.') }),
    ]);
    expect(model.timeline).toHaveLength(5 + 12);
    expect(model.timeline[0]).toMatchObject({ rollback: true, revision: 8, outcome: 'done' });
    expect(model.timeline[5]).toMatchObject({ name: 'Prepare 2 Services', outcome: 'done' });
    expect(model).not.toHaveProperty('rollback');
    expect(model.traffic?.weights).toEqual([]);
  });

  it('knows how a release stands that others have paused', () => {
    const pause = pauseFor('approval', { detail: 'at 25 %' });
    const model = modelOf(deploying, [
      [0, { type: 'paused', pause, record: recordAt(canary, 5, { pause }) }],
      ...ended({ phase: 'paused', revision: 8, serving: 7 }),
    ]);
    expect(verdictOf(model)).toBe('## ⏸️ Paused: `shop` revision 8 waits for approval at 25 %');
    expect(model.traffic).toMatchObject({ now: 25 });
    expect(model.timeline[5]).toMatchObject({ outcome: 'paused', earlier: true });
    expect(model.nextSteps[0]?.workflow).toContain('action: promote\n    release: shop\n    namespace: shop');
  });

  it('says that what was done before is told as planned', () => {
    expect(summaryOf(resumed)).toContain('told as the plan expected it');
    expect(summaryOf(canarySucceeded)).not.toContain('told as the plan expected it');
  });

  it('counts what others have changed again and again once', () => {
    const drift: ReleaseEvent = { type: 'drift', found: ['web has 5 replicas'], corrected: true };
    expect(modelOf(deploying, [...started(canary), [1, drift], [1, drift]]).warnings).toEqual([
      'Somebody else changed what the release had written: web has 5 replicas. It was written again (2 times).',
    ]);
  });

  it('says of a preview that it has nothing yet, and of one with everything that it is not promoted', () => {
    const at = (cursor: number): string => {
      const pause = pauseFor('approval');
      const facts: Told = [[0, { type: 'paused', pause, record: recordAt(blueGreen, cursor, { pause }) }]];
      return modelOf(deploying, [...facts, ...ended({ phase: 'paused', revision: 8, serving: 7 })]).headline.serves;
    };
    expect(at(2)).toBe('Revision 7 has all requests; revision 8 has none yet.');
    expect(at(4)).toBe('Revision 8 has all requests, and is not promoted yet.');
  });
});

describe('where a release comes from', () => {
  it('is told, and not where the run comes from that goes on with it', () => {
    const origin = { repository: 'acme/shop', commit: 'c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12', pullRequest: 31 };
    const summary = summaryOf({ ...resumed, origin });
    expect(summary).toContain('`c0ffee1`');
    expect(summary).toContain('pull request 31');
    expect(resumed.facts.commit).toBeDefined();
    expect(summary).not.toContain(`\`${resumed.facts.commit?.slice(0, 7)}\``);
  });
});
