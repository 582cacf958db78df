import { describe, expect, it } from '@jest/globals';
import { type DeploymentsDeps, deployments } from '../../src/github/deployments.ts';
import type { Follower } from '../../src/github/follower.ts';
import { GitHubError } from '../../src/github/github.ts';
import { statusText } from '../../src/github/state-words.ts';
import type { ReleaseEvent } from '../../src/release/events.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import type { ReportModel } from '../../src/report/model.ts';
import type { VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { canary, recordAt } from '../report/shop.ts';
import {
  type Answers,
  clockAtStart,
  forbidden,
  githubStub,
  notFound,
  pass,
  passUntil,
  type Stub,
  unreachable,
} from './github-stub.ts';
import {
  approval,
  COMMIT,
  endOf,
  goingBack,
  moving,
  pausedEvent,
  RUN_URL,
  resumedEvent,
  shifted,
  startedEvent,
  supersededEvent,
} from './moving.ts';

const TASK = 'deploy:sluice/shop/shop';

interface Scene {
  clock: VirtualClock;
  github: Stub;
  warnings: string[];
  follower: Follower;
}

interface Known {
  id: number;
  sha: string;
  payload: unknown;
  /** Of its statuses, from the newest. */
  states: string[];
}

const known = (id: number, revision: number, states: string[], more: Partial<Known> = {}): Known => ({
  id,
  sha: COMMIT,
  payload: { release: 'shop', namespace: 'shop', revision },
  states,
  ...more,
});

/** A GitHub that has these deployments, and keeps what is added. */
function keeping(all: Known[]): Answers {
  return ({ route, parameters }) => {
    const [method, path = ''] = route.split(' ');
    const id = parameters['deployment_id'];
    if (method === 'GET' && path.endsWith('/statuses')) {
      const states = all.find(one => one.id === id)?.states ?? [];
      return { answer: states.map((state, index) => ({ id: states.length - index, state })) };
    }
    if (method === 'GET')
      return { answer: all.filter(({ sha }) => (parameters['sha'] ?? sha) === sha).toSorted((a, b) => b.id - a.id) };
    if (path.endsWith('/statuses')) {
      all.find(one => one.id === id)?.states.unshift(String(parameters['state']));
      return { answer: {} };
    }
    const made = { id: 100 + all.length, sha: String(parameters['ref']), payload: parameters['payload'], states: [] };
    all.push(made);
    return { answer: { id: made.id } };
  };
}

function scene(answers: Answers = keeping([]), more: Partial<DeploymentsDeps> = {}): Scene {
  const clock = clockAtStart();
  const github = githubStub(clock, answers);
  const warnings: string[] = [];
  const follower = deployments({
    github,
    clock,
    warn: message => warnings.push(message),
    environment: 'production',
    commit: ({ origin, facts }) => origin?.commit ?? facts.commit,
    ...more,
  });
  return { clock, github, warnings, follower };
}

async function ended({ clock, follower }: Scene, report: ReportModel, forMs = 10_000): Promise<number | undefined> {
  return passUntil(clock, follower.end(report, { forMs }), 60_000);
}

const posted = ({ github }: Scene): unknown[] =>
  github
    .sent('POST')
    .map(({ route, parameters: { deployment_id: id, state, description, ref } }) =>
      route.endsWith('/statuses') ? [id, state, description] : ['created', ref],
    );

/** A run that begins a release and ends it so. */
async function ran(end: ReportModel, all = scene()): Promise<Scene> {
  all.follower.see(startedEvent, () => moving);
  await pass(all.clock, 1_000);
  await ended(all, end);
  return all;
}

describe('the deployment of a release', () => {
  it('has its last state, although GitHub does not know it for a moment after it was made', async () => {
    const known: Known[] = [];
    const kept = keeping(known);
    let missed = 0;
    const all = scene((call, place) => {
      if (call.route.startsWith('POST') && call.route.endsWith('/statuses') && missed === 0) {
        missed += 1;
        return { answer: notFound };
      }
      return kept(call, place);
    });
    await ran(endOf('succeeded'), all);
    expect(known[0]?.states).toEqual(['success']);
  });

  it('is queued by a run that does nothing else than to pause it', async () => {
    const known: Known[] = [];
    await ran(endOf('succeeded'), scene(keeping(known)));
    const all = scene(keeping(known));
    all.follower.see({ ...(pausedEvent as ReleaseEvent & { type: 'paused' }), isOwn: true }, () => approval);
    await pass(all.clock, 1_000);
    await ended(all, approval);
    expect(known[0]?.states[0]).toBe('queued');
  });

  it('is made when it begins, and has its states', async () => {
    const { github, warnings } = await ran(
      endOf('succeeded'),
      scene(keeping([]), { environmentUrl: 'https://shop.acme.io' }),
    );
    const [made, begun, over] = github.sent('POST').map(({ parameters }) => parameters);
    expect(made).toEqual({
      ref: COMMIT,
      task: TASK,
      auto_merge: false,
      required_contexts: [],
      environment: 'production',
      description: 'shop revision 8',
      payload: { release: 'shop', namespace: 'shop', revision: 8 },
    });
    const links = { log_url: RUN_URL, environment_url: 'https://shop.acme.io', auto_inactive: false };
    expect(begun).toEqual({ deployment_id: 100, state: 'in_progress', description: 'is on its way', ...links });
    expect(over).toEqual({ deployment_id: 100, state: 'success', description: 'deployed', ...links });
    expect(warnings).toEqual([]);
  });

  it.each<[string, ReportModel, string, string]>([
    ['paused', approval, 'queued', 'waits for approval at 25 %'],
    ['promoted', endOf('succeeded', { traffic: approval.traffic } as Partial<ReportModel>), 'success', 'promoted'],
    ['failing a check', endOf('rolled-back', { reason: 'check-failed' }), 'failure', 'rolled back: a check failed'],
    [
      'failing a check that could not be measured',
      endOf('rolled-back', { reason: 'check-error' }),
      'failure',
      'rolled back: a check could not be measured',
    ],
    ['rejected', endOf('rolled-back', { reason: 'rejected' }), 'failure', 'rejected'],
    [
      'failed',
      endOf('failed', {
        reason: 'workload-failed',
        failure: { headline: 'web cannot start: its image does not exist.', findings: [], events: [] },
      }),
      'failure',
      'failed: web cannot start: its image does not exist.',
    ],
    ['cancelled', endOf('aborted', { reason: 'cancelled' }), 'error', 'cancelled'],
    ['superseded', endOf('rolled-back', { reason: 'superseded' }), 'inactive', 'superseded by a newer deploy'],
  ])('of a release that was %s says so', async (_, report, state, description) => {
    expect(posted(await ran(report)).at(-1)).toEqual([100, state, description]);
  });

  it('gets a status for a change of state, not for every event', async () => {
    const all = scene();
    const { follower, clock } = all;
    follower.see(startedEvent, () => moving);
    for (const serves of ['10 %', '25 %', '50 %']) {
      await pass(clock, 6_000);
      follower.see(shifted, () => ({ ...moving, headline: { serves } }));
      follower.see({ type: 'step-started', index: 1, name: 'Hold' }, () => moving);
    }
    await pass(clock, 6_000);
    const pause = { why: 'approval' as const, at: 0 };
    follower.see(pausedEvent, () => ({ ...moving, pause }));
    await pass(clock, 6_000);
    follower.see(pausedEvent, () => ({ ...moving, pause: { ...pause, why: 'command' as const } }));
    await pass(clock, 6_000);
    follower.see(resumedEvent, () => moving);
    await pass(clock, 6_000);
    expect(posted(all)).toEqual([
      ['created', COMMIT],
      [100, 'in_progress', 'is on its way'],
      [100, 'queued', 'waits for approval'],
      [100, 'queued', 'was stopped on request'],
      [100, 'in_progress', 'is on its way'],
    ]);
  });

  it.each([
    ['an object', { release: 'shop', namespace: 'shop', revision: 8 }],
    ['the JSON of one', '{"release":"shop","namespace":"shop","revision":8}'],
  ])('is found again by a later run, its payload being %s', async (_, payload) => {
    const all = scene(
      keeping([
        known(5, 8, ['queued'], { payload }),
        known(6, 9, [], { payload: 'not { json' }),
        known(7, 9, [], { payload: '' }),
        known(8, 8, [], { payload: { release: 'shop', namespace: 'other', revision: 8 } }),
      ]),
    );
    all.follower.see(resumedEvent, () => ({ ...moving, action: 'promote' }));
    await pass(all.clock, 1_000);
    const [list] = all.github.calls;
    expect(list?.parameters).toMatchObject({ environment: 'production', sha: COMMIT, task: TASK });
    expect(posted(all)).toEqual([[5, 'in_progress', 'is on its way']]);
  });

  it('with success retires what was active before it, and nothing that is later, over or another release’s', async () => {
    const theirs = { payload: { release: 'cart', namespace: 'shop', revision: 3 } };
    const all = scene(
      keeping([
        known(1, 3, ['success', 'in_progress']),
        known(2, 4, ['failure', 'in_progress']),
        known(3, 5, ['in_progress']),
        known(4, 6, ['queued', 'success']),
        known(5, 7, ['inactive', 'success']),
        known(6, 7, ['success'], theirs),
        known(7, 8, ['queued']),
        known(8, 9, ['in_progress']),
      ]),
    );
    await ran(endOf('succeeded'), all);
    const retired = 'superseded by revision 8';
    expect(posted(all)).toEqual([
      [7, 'in_progress', 'is on its way'],
      [7, 'success', 'deployed'],
      [4, 'inactive', retired],
      [3, 'inactive', retired],
      [1, 'inactive', retired],
    ]);
    expect(all.github.calls.filter(({ route }) => route.startsWith('GET')).at(1)?.parameters).toMatchObject({
      environment: 'production',
      task: TASK,
      per_page: 30,
    });
  });

  it('becomes inactive where it is superseded, also when the release that supersedes it is this run’s own', async () => {
    const all = scene(keeping([known(5, 7, ['queued'], { sha: 'c0ffee' })]));
    const seven: LiveReport = { ...moving, revision: 7, origin: { commit: 'c0ffee' } };
    all.follower.see(goingBack, () => seven);
    await pass(all.clock, 60_000);
    all.follower.see(supersededEvent, () => seven);
    all.follower.see(startedEvent, () => moving);
    await pass(all.clock, 60_000);
    await ended(all, endOf('succeeded'));
    expect(posted(all)).toEqual([
      [5, 'in_progress', 'is on its way'],
      [5, 'inactive', 'superseded by a newer deploy'],
      ['created', COMMIT],
      [101, 'in_progress', 'is on its way'],
      [101, 'success', 'deployed'],
    ]);
  });

  it('becomes inactive where the run fails before the release that should supersede it begins', async () => {
    const all = scene(keeping([known(5, 7, ['queued'])]));
    const seven: LiveReport = { ...moving, revision: 7 };
    all.follower.see(goingBack, () => seven);
    all.follower.see(supersededEvent, () => seven);
    const { revision: _, ...unborn } = endOf('failed', { reason: 'conflict' });
    await ended(all, unborn);
    expect(posted(all)).toEqual([[5, 'inactive', 'superseded by a newer deploy']]);
  });

  it('is that of the release that the run was thrown out of, though its report names no revision', async () => {
    const { revision: _, ...thrown } = endOf('failed', { reason: 'lock-lost' });
    expect(posted(await ran(thrown)).at(-1)).toEqual([100, 'failure', 'failed: lock-lost']);
  });

  it('is not made only to be inactive', async () => {
    let fails = true;
    const all = scene((call, place) => (fails ? { answer: unreachable } : keeping([])(call, place)));
    all.follower.see(startedEvent, () => moving);
    await pass(all.clock, 1_000);
    fails = false;
    await ended(all, endOf('rolled-back', { reason: 'superseded' }));
    expect(posted(all)).toEqual([]);
  });

  it('of each release that one run goes on with has its own end', async () => {
    const all = scene();
    const reports = (['shop', 'cart'] as const).map(release => ({ ...moving, action: 'advance', release }));
    for (const report of reports) {
      all.follower.see({ type: 'advancing', release: report.release }, () => report);
      all.follower.see(resumedEvent, () => report);
      await pass(all.clock, 1_000);
      const outcome = { phase: 'succeeded' as const, revision: 8 };
      all.follower.see({ type: 'advanced', release: report.release, outcome }, () => report);
    }
    const [shop, cart] = reports.map(({ release }) => endOf('succeeded', { release }));
    await ended(all, { ...(cart as ReportModel), others: [shop as ReportModel] });
    expect(all.github.sent('POST').map(({ parameters: { deployment_id: id, state } }) => [id, state])).toEqual([
      [undefined, undefined],
      [100, 'in_progress'],
      [100, 'success'],
      [undefined, undefined],
      [101, 'in_progress'],
      [101, 'success'],
    ]);
  });

  it.each<[string, ReleaseEvent[], ReportModel]>([
    ['changes nothing', [], endOf('unchanged')],
    [
      'only asks',
      [{ type: 'status', record: recordAt(canary, 5, {}) }, pausedEvent],
      endOf('unchanged', { action: 'status' }),
    ],
    [
      'only tells another run',
      [{ type: 'command-taken', verb: 'reject', holder: 'x' }],
      endOf('rolled-back', { action: 'reject', taken: { verb: 'reject', holder: 'x' } }),
    ],
  ])('is not made by a run that %s', async (_, events, end) => {
    const all = scene();
    for (const event of events) all.follower.see(event, () => moving);
    await pass(all.clock, 1_000);
    await ended(all, end);
    expect(all.github.calls).toEqual([]);
  });

  it('is not made where the commit is not known', async () => {
    expect((await ran(endOf('succeeded'), scene(keeping([]), { commit: () => undefined }))).github.calls).toEqual([]);
  });
});

describe('trouble with the deployment', () => {
  it('of a missing permission is told once, and ends it', async () => {
    const all = await ran(
      endOf('succeeded'),
      scene(call => (call.route.startsWith('POST') ? { answer: forbidden } : { answer: [] })),
    );
    expect(all.github.sent('POST')).toHaveLength(1);
    expect(all.warnings).toEqual([
      'The deployment of shop revision 8 to environment production could not be brought up to date: Resource not accessible by integration. Give the job `permissions: deployments: write`, if it has not got it. To do without, leave the input `environment` out. It is not tried again in this run.',
    ]);
  });

  it.each([
    ['202', { message: 'Auto-merged main into topic on deployment.' }, 'Auto-merged main into topic'],
    ['409', new GitHubError('refused', 'Conflict merging main into topic.', { status: 409 }), 'Conflict merging main'],
  ])('of an answer %s is told, and the end is tried', async (_, answer, words) => {
    const all = await ran(
      endOf('succeeded'),
      scene(call => ({ answer: call.route.startsWith('POST') ? answer : [] })),
    );
    expect(all.github.sent('POST')).toHaveLength(2);
    expect(all.warnings).toHaveLength(1);
    expect(all.warnings[0]).toContain(words);
  });

  it('that never answers ends in time', async () => {
    const all = scene(() => ({ deaf: true }));
    all.follower.see(startedEvent, () => moving);
    await pass(all.clock, 1_000);
    expect(await ended(all, endOf('succeeded'), 4_000)).toBe(4_000);
    expect(all.warnings).toHaveLength(1);
    expect(all.clock.nextDue()).toBeUndefined();
  });
});

describe('the words of a status', () => {
  it('are at most 140 characters on one line, none of them cut in half', () => {
    const text = statusText(`${'x'.repeat(138)}\u{1f680}\u{1f680} and\nmore`);
    expect(text).toBe(`${'x'.repeat(138)}…`);
    expect(text.isWellFormed()).toBe(true);
    expect(statusText('a\nb')).toBe('a b');
  });
});
