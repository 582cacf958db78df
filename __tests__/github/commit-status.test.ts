import { describe, expect, it } from '@jest/globals';
import { commitStatus } from '../../src/github/commit-status.ts';
import type { Follower } from '../../src/github/follower.ts';
import { GitHubError } from '../../src/github/github.ts';
import type { LiveReport } from '../../src/report/live-report.ts';
import type { ReportModel } from '../../src/report/model.ts';
import type { VirtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type Answers, clockAtStart, forbidden, githubStub, pass, passUntil, type Stub } from './github-stub.ts';
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

interface Scene {
  clock: VirtualClock;
  github: Stub;
  warnings: string[];
  follower: Follower;
}

function scene(answers: Answers = () => ({ answer: {} })): Scene {
  const clock = clockAtStart();
  const github = githubStub(clock, answers);
  const warnings: string[] = [];
  const commit = ({ origin, facts }: LiveReport): string | undefined => origin?.commit ?? facts.commit;
  const follower = commitStatus({ github, clock, warn: message => warnings.push(message), commit });
  return { clock, github, warnings, follower };
}

const posted = ({ github }: Scene): unknown[] =>
  github.calls.map(({ parameters: { sha, state, description } }) => [sha, state, description]);

async function ended({ clock, follower }: Scene, report: ReportModel): Promise<number | undefined> {
  return passUntil(clock, follower.end(report, { forMs: 10_000 }), 60_000);
}

async function ran(end: ReportModel, all = scene()): Promise<Scene> {
  all.follower.see(startedEvent, () => moving);
  await pass(all.clock, 1_000);
  await ended(all, end);
  return all;
}

describe('the commit status', () => {
  it('is pending while the release runs, and success at its end', async () => {
    const all = await ran(endOf('succeeded'));
    expect(all.github.calls.map(({ route, parameters }) => ({ route, ...parameters }))).toEqual(
      [
        { state: 'pending', description: 'is on its way' },
        { state: 'success', description: 'deployed' },
      ].map(status => ({
        route: 'POST /repos/{owner}/{repo}/statuses/{sha}',
        sha: COMMIT,
        context: 'sluice/shop',
        target_url: RUN_URL,
        ...status,
      })),
    );
    expect(all.warnings).toEqual([]);
  });

  it.each<[string, ReportModel, string, string]>([
    ['paused', approval, 'pending', 'waits for approval at 25 %'],
    ['rolled back', endOf('rolled-back', { reason: 'check-failed' }), 'failure', 'rolled back: a check failed'],
    ['rejected', endOf('rolled-back', { reason: 'rejected' }), 'failure', 'rejected'],
    ['superseded', endOf('rolled-back', { reason: 'superseded' }), 'failure', 'superseded by a newer deploy'],
    ['failed', endOf('failed', { reason: 'deadline-exceeded' }), 'failure', 'failed: deadline-exceeded'],
    ['cancelled', endOf('aborted', { reason: 'cancelled' }), 'error', 'cancelled'],
  ])('of a release that was %s says so', async (_, report, state, description) => {
    expect(posted(await ran(report)).at(-1)).toEqual([COMMIT, state, description]);
  });

  it('is sent for a change of state or of what is waited for, at a pace', async () => {
    const all = scene();
    const { follower, clock } = all;
    follower.see(startedEvent, () => moving);
    await pass(clock, 1_000);
    follower.see(shifted, () => moving);
    const pause = { why: 'approval' as const, at: 0 };
    follower.see(pausedEvent, () => ({ ...moving, pause }));
    await pass(clock, 3_999);
    expect(all.github.calls).toHaveLength(1);
    await pass(clock, 1);
    follower.see(resumedEvent, () => moving);
    await pass(clock, 60_000);
    expect(posted(all)).toEqual([
      [COMMIT, 'pending', 'is on its way'],
      [COMMIT, 'pending', 'waits for approval'],
      [COMMIT, 'pending', 'is on its way'],
    ]);
  });

  it('of a superseded commit fails, unless the release that supersedes it is of the same commit', async () => {
    for (const commit of ['c0ffee', COMMIT]) {
      const all = scene();
      const seven: LiveReport = { ...moving, revision: 7, origin: { commit } };
      all.follower.see(goingBack, () => seven);
      await pass(all.clock, 6_000);
      all.follower.see(supersededEvent, () => seven);
      all.follower.see(startedEvent, () => moving);
      await pass(all.clock, 6_000);
      await ended(all, endOf('succeeded'));
      const failures = posted(all).filter(one => (one as string[])[1] === 'failure');
      expect(failures).toEqual(commit === COMMIT ? [] : [[commit, 'failure', 'superseded by a newer deploy']]);
      expect(posted(all).at(-1)).toEqual([COMMIT, 'success', 'deployed']);
    }
  });

  it('is also that of a deploy which came to no release', async () => {
    const failed = scene();
    await ended(failed, endOf('failed', { reason: 'invalid-manifest' }));
    const unchanged = scene();
    await ended(unchanged, endOf('unchanged'));
    expect([...posted(failed), ...posted(unchanged)]).toEqual([
      [COMMIT, 'failure', 'failed: invalid-manifest'],
      [COMMIT, 'success', 'nothing to change: revision 8 is in place'],
    ]);
  });

  it('is not sent by a run that only told another one, only asked or was refused', async () => {
    const ends = [
      endOf('unchanged', { action: 'promote', taken: { verb: 'promote', holder: 'x' } }),
      endOf('failed', { taken: { verb: 'supersede', holder: 'x' } }),
      endOf('unchanged', { action: 'status', standing: { status: 'paused', startedAt: 0 } }),
      endOf('failed', { action: 'promote', reason: 'no-release' }),
    ];
    for (const end of ends) {
      const all = scene();
      await ended(all, end);
      expect(all.github.calls).toEqual([]);
    }
  });

  it('that may not be sent is told once, and not tried again', async () => {
    const all = await ran(
      endOf('succeeded'),
      scene(() => ({ answer: forbidden })),
    );
    expect(all.github.calls).toHaveLength(1);
    expect(all.warnings).toEqual([
      `The commit status sluice/shop of ${COMMIT.slice(0, 12)} could not be brought up to date: Resource not accessible by integration. Give the job \`permissions: statuses: write\`, if it has not got it. To do without, set \`commit-status: false\`. It is not tried again in this run.`,
    ]);
  });

  it.each([
    ['contents: write', 'contents: write'],
    ['statuses: read', 'statuses: write'],
  ])('names the permission that GitHub names, %s, but as far as it has to go', async (needs, told) => {
    const refused = new GitHubError('forbidden', 'No.', { needs });
    const all = await ran(
      endOf('succeeded'),
      scene(() => ({ answer: refused })),
    );
    expect(all.warnings[0]).toContain(`\`permissions: ${told}\``);
  });

  it('of a commit that GitHub does not know is told once', async () => {
    const unknown = new GitHubError('refused', 'No commit found for SHA', { status: 422 });
    const all = await ran(
      endOf('succeeded'),
      scene(() => ({ answer: unknown })),
    );
    expect(all.github.calls).toHaveLength(2);
    expect(all.warnings).toHaveLength(1);
  });
});
