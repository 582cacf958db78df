import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Follower } from '../../src/github/follower.ts';
import { GitHubError } from '../../src/github/github.ts';
import { liveComment } from '../../src/github/live-comment.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import type { VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import {
  type Answers,
  clockAtStart,
  flush,
  forbidden,
  githubStub,
  notFound,
  pass,
  passUntil,
  type Stub,
  unreachable,
} from './github-stub.ts';
import { endOf, goingBack, moving, pausedEvent, shifted, startedEvent, supersededEvent } from './moving.ts';

const MARKER = '<!-- sluice:live shop -->';
const BOT = 'github-actions[bot]';
const LIMITS = { forMs: 10_000 };

interface Scene {
  clock: VirtualClock;
  github: Stub;
  warnings: string[];
  follower: Follower;
  /** An event, at which the release has this share of the requests. */
  see: (event: ReleaseEvent, report?: LiveReport) => void;
  bodies: () => unknown[];
}

function comment(id: number, body: string, login: string, type = 'Bot'): object {
  return { id, body, user: { login, type } };
}

/** A GitHub with these comments, that keeps what is written to it. */
function ordinary(comments: readonly object[] = [], viewer: string | Error = BOT): Answers {
  return ({ route }) => {
    if (route === 'viewer') return { answer: viewer };
    if (route.startsWith('GET')) return { answer: comments };
    return { answer: { id: 900 } };
  };
}

function scene(answers: Answers = ordinary(), pullRequest = (report: LiveReport) => report.facts.pullRequest): Scene {
  const clock = clockAtStart();
  const github = githubStub(clock, answers);
  const warnings: string[] = [];
  const follower = liveComment({
    github,
    clock,
    warn: message => warnings.push(message),
    pullRequest,
    render: ({ phase, revision, headline }) => `${MARKER}\n${revision} ${phase}: ${headline.serves}`,
    marker: () => MARKER,
  });
  const see: Scene['see'] = (event, report = at('0 %')) => follower.see(event, () => report);
  const bodies: Scene['bodies'] = () =>
    [...github.sent('POST'), ...github.sent('PATCH')].map(c => c.parameters['body']);
  return { clock, github, warnings, follower, see, bodies };
}

const facts = { ...moving.facts, pullRequest: 12 };
const at = (serves: string, more: Partial<LiveReport> = {}): LiveReport => ({
  ...moving,
  facts,
  headline: { serves },
  ...more,
});
const last = (phase: Parameters<typeof endOf>[0], more: Parameters<typeof endOf>[1] = {}): ReturnType<typeof endOf> =>
  endOf(phase, { facts, headline: { serves: 'the end' }, ...more });

async function ended({ clock, follower }: Scene, report = last('succeeded')): Promise<number | undefined> {
  return passUntil(clock, follower.end(report, LIMITS), 60_000);
}

describe('the live comment', () => {
  it('is made when the release begins, edited at a pace as it moves, and at once at its end', async () => {
    const all = scene();
    const { clock, github, see } = all;
    see({ type: 'checked', objects: 3, creates: 1, postponed: 0 });
    await pass(clock, 1_000);
    expect(github.calls).toEqual([]);
    see(startedEvent);
    await pass(clock, 1_000);
    see(shifted, at('10 %'));
    see(shifted, at('25 %'));
    await pass(clock, 5_000);
    await ended(all);
    expect(github.calls.map(({ route, parameters }) => [route.split(' ')[0], parameters['body']])).toEqual([
      ['viewer', undefined],
      ['GET', undefined],
      ['POST', `${MARKER}\n8 running: 0 %`],
      ['PATCH', `${MARKER}\n8 running: 25 %`],
      ['PATCH', `${MARKER}\n8 succeeded: the end`],
    ]);
    expect(github.sent('POST')[0]?.parameters['issue_number']).toBe(12);
    expect(github.sent('PATCH')[0]?.parameters['comment_id']).toBe(900);
    expect(all.warnings).toEqual([]);
  });

  it('is not made twice, because it could not be learned for a moment who writes', async () => {
    let asked = 0;
    const known = ordinary([comment(7, MARKER, 'shop-deployer[bot]')]);
    const all = scene((call, place) => {
      if (call.route !== 'viewer') return known(call, place);
      asked += 1;
      return { answer: asked === 1 ? unreachable : 'shop-deployer[bot]' };
    });
    all.see(startedEvent);
    await pass(all.clock, 6_000);
    await ended(all);
    expect(all.github.sent('POST')).toEqual([]);
    expect(all.github.sent('PATCH').map(({ parameters }) => parameters['comment_id'])).toEqual([7]);
  });

  it('is not edited for what does not change what is shown', async () => {
    const { clock, github, see } = scene();
    see(startedEvent);
    await pass(clock, 6_000);
    const before = github.calls.length;
    see({ type: 'locking' }, at('other'));
    see({ type: 'warning', message: 'w' }, at('other'));
    see({ type: 'advanced', release: 'shop' }, at('other'));
    await pass(clock, 60_000);
    expect(github.calls).toHaveLength(before);
  });

  it('asks for a report only where it is sent', async () => {
    const { clock, follower } = scene();
    let reports = 0;
    const now = (): LiveReport => {
      reports += 1;
      return at('0 %');
    };
    follower.see(startedEvent, now);
    await flush();
    const first = reports;
    for (let i = 0; i < 100; i++) follower.see(shifted, now);
    await pass(clock, 60_000);
    expect(reports).toBe(first + 1);
  });

  it('is the newest of its own, and never what somebody else has written with its marker', async () => {
    const comments = [
      comment(1, `${MARKER} old`, BOT),
      comment(2, `${MARKER} mine`, BOT.toUpperCase()),
      comment(3, `${MARKER} forged`, 'mallory', 'User'),
      comment(4, `quoted: ${MARKER}`, BOT),
      { id: 5, body: `${MARKER} of a deleted account`, user: null },
    ];
    const { github, see } = scene(ordinary(comments));
    see(startedEvent);
    await flush();
    expect(github.sent('PATCH').map(({ parameters }) => parameters['comment_id'])).toEqual([2]);
    expect(github.sent('POST')).toEqual([]);
  });

  it('is believed only of the Actions bot where the token does not tell whose it is', async () => {
    const comments = [
      comment(1, MARKER, BOT),
      comment(2, MARKER, BOT, 'User'),
      comment(3, MARKER, 'other[bot]'),
      comment(4, MARKER, 'ada', 'User'),
    ];
    const { github, see, warnings } = scene(ordinary(comments, forbidden));
    see(startedEvent);
    await flush();
    expect(github.sent('PATCH').map(({ parameters }) => parameters['comment_id'])).toEqual([1]);
    expect(warnings).toEqual([]);
  });

  it('is looked for on the newest pages where there are more than 1,000 comments', async () => {
    const pages: unknown[] = [];
    const { github, see } = scene(call => {
      if (call.route === 'viewer') return { answer: BOT };
      if (call.route.endsWith('{issue_number}')) return { answer: { comments: 1_450 } };
      if (!call.route.startsWith('GET')) return { answer: { id: 900 } };
      const { page } = call.parameters;
      pages.push(page);
      if (page === undefined) return { answer: { items: [comment(1, MARKER, BOT)], more: true } };
      return { answer: page === 14 ? [comment(1_333, MARKER, BOT)] : [] };
    });
    see(startedEvent);
    await flush();
    expect(pages).toEqual([undefined, 15, 14]);
    expect(github.sent('PATCH').map(({ parameters }) => parameters['comment_id'])).toEqual([1_333]);
  });

  it('is made anew once where it was deleted meanwhile, and given up when that happens again', async () => {
    const { clock, github, see, warnings } = scene(call =>
      call.route.startsWith('PATCH') ? { answer: notFound } : ordinary()(call, 0),
    );
    see(startedEvent);
    for (const share of ['10 %', '25 %', '50 %', '75 %']) {
      await pass(clock, 6_000);
      see(shifted, at(share));
    }
    await pass(clock, 6_000);
    expect([github.sent('POST').length, github.sent('PATCH').length]).toEqual([2, 2]);
    expect(warnings).toHaveLength(1);
  });

  it('does not begin for a run that ends before there was any release', async () => {
    const all = scene();
    await ended(all, last('failed', { reason: 'invalid-manifest' }));
    expect(all.bodies()).toEqual([]);
  });

  it('is edited by such a run where it is there already', async () => {
    const all = scene(ordinary([comment(7, MARKER, BOT)]));
    await ended(all, last('unchanged'));
    expect(all.bodies()).toEqual([`${MARKER}\n8 unchanged: the end`]);
    // What failed before there was a release says nothing of the one that may wait there.
    const failed = scene(ordinary([comment(7, MARKER, BOT)]));
    await ended(failed, last('failed', { reason: 'invalid-manifest' }));
    expect(failed.bodies()).toEqual([]);
  });

  it('is left to the run that works on the release by one that has only told it, or was refused', async () => {
    const told = scene(ordinary([comment(7, MARKER, BOT)]));
    const taken = { action: 'pause', taken: { verb: 'pause', holder: 'x' } };
    told.see(pausedEvent, at('25 %', taken));
    await ended(told, last('paused', taken));
    const refused = scene(ordinary([comment(7, MARKER, BOT)]));
    await ended(refused, last('failed', { action: 'promote', reason: 'no-release' }));
    expect([...told.github.calls, ...refused.github.calls]).toEqual([]);
  });

  it('is not written where there is no pull request', async () => {
    const all = scene(ordinary(), () => undefined);
    all.see(startedEvent);
    await ended(all);
    expect(all.github.calls).toEqual([]);
  });

  it('goes on in one comment where a release supersedes another of the same pull request', async () => {
    const all = scene();
    const seven = at('being taken back', { revision: 7 });
    all.see(goingBack, seven);
    await pass(all.clock, 1_000);
    all.see(supersededEvent, seven);
    all.see(startedEvent, at('0 %'));
    await pass(all.clock, 10_000);
    const over = last('rolled-back', { revision: 7, others: [last('succeeded')] });
    await ended(all, over);
    expect(all.bodies()).toEqual([
      `${MARKER}\n7 running: being taken back`,
      `${MARKER}\n8 running: 0 %`,
      `${MARKER}\n8 succeeded: the end`,
    ]);
  });

  it('tells the pull request of a superseded release its end', async () => {
    const all = scene();
    const seven = at('being taken back', { revision: 7, facts: { ...facts, pullRequest: 11 } });
    all.see(goingBack, seven);
    await pass(all.clock, 1_000);
    all.see(supersededEvent, seven);
    all.see(startedEvent, at('0 %'));
    await pass(all.clock, 1_000);
    await ended(all);
    expect(all.github.sent('POST').map(({ parameters }) => parameters['issue_number'])).toEqual([11, 12]);
    expect(all.bodies()).toContain(`${MARKER}\n7 rolled-back: being taken back`);
  });
});

describe('trouble with the live comment', () => {
  it('of a missing permission is told once, with the permission and how to do without, and ends it', async () => {
    const all = scene(call => (call.route.startsWith('POST') ? { answer: forbidden } : ordinary()(call, 0)));
    all.see(startedEvent);
    for (let i = 0; i < 5; i++) {
      await pass(all.clock, 6_000);
      all.see(shifted, at(`${i} %`));
    }
    const calls = all.github.calls.length;
    expect(await ended(all)).toBe(0);
    expect(all.github.calls).toHaveLength(calls);
    expect(all.bodies()).toHaveLength(1);
    expect(all.warnings).toEqual([
      'The live comment on pull request #12 could not be brought up to date: Resource not accessible by integration. Give the job `permissions: pull-requests: write`, if it has not got it. To do without, set `comment: false`. It is not tried again in this run.',
    ]);
  });

  it('of a locked conversation is told as such', async () => {
    const locked = new GitHubError('forbidden', 'Unable to create comment because issue is locked.', { status: 403 });
    const all = scene(call => (call.route.startsWith('POST') ? { answer: locked } : ordinary()(call, 0)));
    all.see(startedEvent);
    await ended(all);
    expect(all.warnings).toHaveLength(1);
    expect(all.warnings[0]).toContain('issue is locked. Unlock its conversation');
    expect(all.warnings[0]).not.toContain('permissions:');
  });

  it('that passes is told once, and the next edit is tried', async () => {
    let fails = 3;
    const all = scene(call =>
      call.route.startsWith('PATCH') && fails-- > 0 ? { answer: unreachable } : ordinary()(call, 0),
    );
    all.see(startedEvent);
    for (let i = 0; i < 5; i++) {
      await pass(all.clock, 6_000);
      all.see(shifted, at(`${i} %`));
    }
    await ended(all);
    const tried = ['running: 1 %', 'running: 2 %', 'running: 3 %', 'succeeded: the end'];
    expect(all.bodies().slice(1)).toEqual(tried.map(text => `${MARKER}\n8 ${text}`));
    expect(all.warnings).toHaveLength(1);
    expect(all.warnings[0]).not.toContain('permissions:');
  });

  it('with a creation that got no answer makes no second comment', async () => {
    const written: object[] = [];
    const all = scene(call => {
      if (!call.route.startsWith('POST')) return ordinary(written)(call, 0);
      written.push(comment(901, String(call.parameters['body']), BOT));
      return { answer: unreachable };
    });
    all.see(startedEvent);
    await pass(all.clock, 1_000);
    await ended(all);
    expect(all.github.sent('POST')).toHaveLength(1);
    expect(all.github.sent('PATCH').map(({ parameters }) => parameters['comment_id'])).toEqual([901]);
  });

  it('that never answers neither stops nor delays: `see` returns, `end` waits as long as it may, nothing is left', async () => {
    const all = scene(() => ({ deaf: true }));
    all.see(startedEvent);
    await flush();
    expect(await ended(all)).toBe(LIMITS.forMs);
    expect(all.warnings).toHaveLength(1);
    expect(all.clock.nextDue()).toBeUndefined();
    all.see(shifted);
    await pass(all.clock, 60_000);
    expect(all.github.calls).toHaveLength(1);
  });

  it('of a report that cannot be made is told and not thrown', async () => {
    const all = scene();
    const broken = (): never => {
      throw new Error('no such report');
    };
    expect(() => all.follower.see(startedEvent, broken)).not.toThrow();
    all.see(startedEvent);
    all.follower.see(shifted, broken);
    await pass(all.clock, 10_000);
    await ended(all);
    expect(all.warnings).toHaveLength(1);
    expect(all.bodies().at(-1)).toBe(`${MARKER}\n8 succeeded: the end`);
  });
});

/** What happens: time passes, the release moves, GitHub answers soon, late, with trouble, or never. */
const moves = fc.array(
  fc.record({ wait: fc.nat(12_000), kind: fc.constantFrom('shifted', 'paused', 'locking', 'started') }),
  { maxLength: 12 },
);
const answering = fc.array(
  fc.record({
    after: fc.oneof(fc.constant(0), fc.nat(8_000), fc.nat(60_000)),
    trouble: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 2, arbitrary: fc.constantFrom('unreachable' as const, 'rate-limited' as const, 'refused' as const) },
      { weight: 1, arbitrary: fc.constantFrom('forbidden' as const, 'not-found' as const, 'unauthorized' as const) },
      { weight: 1, arbitrary: fc.constant('deaf' as const) },
    ),
  }),
  { minLength: 1, maxLength: 20 },
);

describe('whatever happens', () => {
  it('the last state is shown or a warning told, one question at a time, 5 seconds apart, and the end is in time', async () => {
    let shown = 0;
    let warned = 0;
    await fc.assert(
      fc.asyncProperty(moves, answering, fc.integer({ min: 100, max: 20_000 }), async (steps, plan, forMs) => {
        let lastShown: unknown;
        const all = scene((call, place) => {
          const { after, trouble } = plan[place % plan.length] as (typeof plan)[number];
          if (trouble === 'deaf') return { deaf: true };
          if (trouble) return { after, answer: new GitHubError(trouble, 'as told') };
          return { after, ...ordinary()(call, place) };
        });
        const { clock, github, follower, warnings } = all;
        const keep = github.ask;
        github.ask = (async (...given: Parameters<typeof keep>) => {
          const answer = await keep(...given);
          lastShown = (given[1] as { body?: string }).body ?? lastShown;
          return answer;
        }) as typeof keep;
        let count = 0;
        const kinds: Record<string, ReleaseEvent> = {
          shifted,
          paused: pausedEvent,
          locking: { type: 'locking' },
          started: startedEvent,
        };
        all.see(startedEvent);
        for (const { wait, kind } of steps) {
          await pass(clock, wait);
          count += 1;
          all.see(kinds[kind] as ReleaseEvent, at(`state ${count}`));
        }
        const before = github.calls.length;
        const took = await passUntil(clock, follower.end(last('succeeded'), { forMs }), 120_000);
        await flush();
        expect(took).toBeLessThanOrEqual(forMs);
        expect(clock.nextDue()).toBeUndefined();
        expect(github.most).toBeLessThanOrEqual(1);
        const sends = github.calls.slice(0, before).filter(({ parameters }) => 'body' in parameters);
        for (const [index, { at: then }] of sends.entries())
          if (index > 0 && !isAnewAfterDeletion(sends, index))
            expect(then - (sends[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(5_000);
        const isShown = lastShown === `${MARKER}\n8 succeeded: the end`;
        if (isShown) shown += 1;
        if (warnings.length > 0) warned += 1;
        expect(isShown || warnings.length > 0).toBe(true);
      }),
      { numRuns: 150 },
    );
    // Else it would have shown nothing.
    expect(Math.min(shown, warned)).toBeGreaterThan(10);
  });
});

/** What was deleted is written anew as part of the same send. */
function isAnewAfterDeletion(sends: Stub['calls'], index: number): boolean {
  return sends[index]?.parameters['body'] === sends[index - 1]?.parameters['body'];
}
