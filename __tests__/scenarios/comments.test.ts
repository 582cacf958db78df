import { describe, expect } from '@jest/globals';
import {
  APPROVE,
  asked,
  DONE,
  endOf,
  NO_CLUSTER,
  openReview,
  QUIET,
  REFUSED,
  SHOWN,
  statesOf,
  stillWaits,
  waiting,
} from './github.ts';
import { records, runUntil, selectorOf, standing } from './releases.ts';
import { onSandbox } from './world.ts';

describe('a comment promotes', () => {
  onSandbox('promote-later: exactly what is recorded, once, whoever says it again', async world => {
    const review = await waiting(world, SHOWN);
    const { github, head } = review;
    expect(review.live()).toEqual([expect.stringContaining('waits for approval at 50 %')]);
    expect(review.live()[0]).toContain('`/promote` lets it go on');
    const { payload } = review.comment('ada', '/promote');
    const promoted = await review.hear(payload, SHOWN);
    expect({ ...endOf(promoted), release: promoted.outputs['release'] }).toEqual({
      exitCode: 0,
      phase: 'succeeded',
      reason: '',
      release: 'shop',
    });
    expect(await standing(world)).toBe('version 2, 2 pods');
    expect(await records(world)).toEqual(['1 succeeded', '2 succeeded']);
    expect(review.reactions()).toEqual(['eyes', 'rocket']);
    expect(review.live()).toEqual([expect.stringContaining('### ✅ Promoted: `shop` revision 2')]);
    expect(review.answers()).toEqual([expect.stringContaining('@ada `/promote`: ✅ Promoted')]);
    // Of both revisions, as people see them.
    expect(statesOf(review)).toEqual(['in_progress success inactive', 'in_progress queued in_progress success']);
    const statuses = github.repository.commits.statuses(head()).map(({ context, state }) => `${context} ${state}`);
    expect(statuses.slice(0, 4).reverse()).toEqual([
      'sluice/shop pending',
      'sluice/shop pending',
      'sluice/shop pending',
      'sluice/shop success',
    ]);
    // The same workflow run again, and another person a moment later.
    world.writes();
    for (const again of [payload, review.comment('root', '/promote').payload]) {
      expect(endOf(await review.hear(again))).toEqual(DONE);
      expect(review.answers().at(-1)).toContain('was promoted already');
    }
    expect(world.writes()).toEqual([]);
  });

  onSandbox('comment-edited, a bot, an answer of our own, an issue, no command: nothing happens', async world => {
    const review = await waiting(world);
    const { payload } = review.comment('ada', '/promote');
    const { comment } = review.comment('ada', 'Please wait.');
    const before = review.github.calls.length;
    const own = review.github.repository.comments(review.number)[0];
    const ignored = [
      { ...payload, action: 'edited' },
      { ...payload, action: 'deleted' },
      { ...payload, sender: { login: 'renovate[bot]', type: 'Bot' } },
      review.github.commentPayload(comment),
      own && review.github.commentPayload(own),
      { ...payload, issue: { number: 1 } },
      {},
    ];
    for (const one of ignored) expect(endOf(await review.hear(one, {}, NO_CLUSTER))).toEqual(QUIET);
    expect(review.github.calls.length).toBe(before);
    await stillWaits(world);
  });

  onSandbox('comment-auth: whoever may not is told why, and the cluster is not asked', async world => {
    const review = await waiting(world);
    const cases: [author: string, body: string, inputs: Record<string, string>, words: string][] = [
      ['rita', '/reject', {}, 'reject-roles asks for triage or more, and you have read on acme/shop'],
      ['tim', '/promote', {}, 'promote-roles asks for write or more, and you have triage on acme/shop'],
      ['bob', '/promote', { 'prevent-self-promotion': 'true' }, 'prevent-self-promotion is true'],
      ['ada', '/promote', { 'required-reviews': '1' }, 'required-reviews'],
      ['ada', '/promote --too 7', {}, '--too'],
    ];
    for (const [author, body, inputs, words] of cases) {
      expect(endOf(await review.say(author, body, inputs, NO_CLUSTER))).toEqual(REFUSED);
      expect(review.answers().at(-1)).toContain(`@${author} Sorry, `);
      expect(review.answers().at(-1)?.replaceAll('\\', '')).toContain(words);
    }
    expect(review.reactions()).toEqual(cases.flatMap(() => ['eyes', '-1']));
    await stillWaits(world);
    const help = await review.say('tim', '/help', {}, NO_CLUSTER);
    expect(endOf(help)).toEqual(QUIET);
    expect(review.answers().at(-1)).toMatch(/`\/reject`.*✅ you may/);
    expect(review.answers().at(-1)).toMatch(/`\/promote`.*❌ not you/);
    expect(endOf(await review.say('ada', '/promot', {}, NO_CLUSTER))).toEqual(QUIET);
    expect(review.answers().at(-1)).toContain('Did you mean `/promote`?');
  });

  onSandbox('comment-auth: a fork', async world => {
    const review = await waiting(world);
    review.github.repository.issues.deleteHeadRepository(review.number);
    expect(endOf(await review.say('root', '/reject', {}, NO_CLUSTER))).toEqual(REFUSED);
    expect(review.answers().at(-1)).toContain('comes from a fork');
    await stillWaits(world);
  });

  onSandbox(
    'stale-comment: a refusal that names both commits, also where the head moves after the comment',
    async world => {
      const review = await waiting(world);
      const deployed = review.head();
      expect(endOf(await review.say('ada', '/promote 0123abc'))).toEqual(REFUSED);
      expect(review.answers().at(-1)).toContain('0123abc');
      expect(review.answers().at(-1)).toContain(deployed);
      // Between the moment when the command was allowed and that of the change.
      const reads = (): number => asked(review).filter(one => one.endsWith(`/pulls/${review.number}`)).length;
      const before = reads();
      let moved = '';
      const stop = setInterval(() => {
        if (reads() === before || moved) return;
        moved = review.github.repository.issues.push(review.number);
      }, 1);
      expect(endOf(await review.say('ada', '/promote'))).toEqual(REFUSED);
      clearInterval(stop);
      expect(review.answers().at(-1)).toContain(deployed);
      expect(review.answers().at(-1)).toContain(moved);
      expect(review.answers().at(-1)).toContain('Deploy that commit first; or, with allow-superseded: true');
      await stillWaits(world);
      expect(endOf(await review.say('ada', '/promote', { 'allow-superseded': 'true' }))).toMatchObject({
        phase: 'succeeded',
      });
    },
  );

  onSandbox(
    'a push to the main branch is commented on the pull request that it merged, and promoted from there',
    async world => {
      const review = await openReview(world);
      await review.deploy(1, { comment: 'false' });
      const merged = review.github.repository.issues.merge(review.number, { by: 'ada' });
      await review.deploy(2, APPROVE, { commit: merged, env: { GITHUB_REF: 'refs/heads/main' } });
      expect(review.live()).toEqual([expect.stringContaining('waits for approval')]);
      expect(endOf(await review.say('ada', `/Promote ${merged.slice(0, 8)}`))).toMatchObject({ phase: 'succeeded' });
    },
  );
});

describe('required checks', () => {
  onSandbox('are those of the commit that is recorded, without those of the release itself', async world => {
    const review = await waiting(world);
    const { commits } = review.github.repository;
    const all = { 'required-checks': 'all' };
    world.writes();
    expect(endOf(await review.say('ada', '/promote', all))).toEqual(REFUSED);
    expect(review.answers().at(-1)).toContain('required-checks');
    const build = commits.checkRun(review.head(), { name: 'build', status: 'in_progress', actionsRun: 17 });
    // The deploy's own job, which may still hold.
    commits.checkRun(review.head(), { name: 'deploy', status: 'in_progress', actionsRun: 5002 });
    expect(endOf(await review.say('ada', '/promote', all))).toEqual(REFUSED);
    expect(review.answers().at(-1)).toContain('build');
    expect(world.writes()).toEqual([]);
    commits.changeCheckRun(build, { status: 'completed', conclusion: 'success' });
    expect(endOf(await review.say('ada', '/promote', all))).toMatchObject({ phase: 'succeeded' });
  });
});

describe('a comment rejects', () => {
  onSandbox(
    'reject-while-running: the run that holds goes back within two seconds, and the other reports it',
    async world => {
      const review = await openReview(world);
      await review.deploy(1);
      const { run } = world;
      const { ended } = await runUntil(
        { ...world, run: (inputs, options) => review.deploy(2, inputs, options) },
        /^Hold /,
        { steps: '[weight: 50, hold: 10m]' },
      );
      const rejected = await review.say('tim', '/reject');
      const first = await ended;
      expect(endOf(rejected)).toEqual({ exitCode: 0, phase: 'rolled-back', reason: 'rejected' });
      expect(endOf(first)).toEqual({ exitCode: 1, phase: 'rolled-back', reason: 'rejected' });
      expect(await standing(world)).toBe('version 1, 2 pods');
      expect(await selectorOf({ ...world, run })).toEqual({ app: 'web' });
      expect(review.live()).toEqual([expect.stringContaining('Rejected: `shop` revision 2')]);
      expect(review.answers().at(-1)).toContain('Rejected: `shop` revision 2');
    },
  );

  onSandbox('one promotes and another rejects at the same time: it ends whole, and both are told how', async world => {
    const review = await waiting(world);
    const ends = await Promise.all([review.say('ada', '/promote'), review.say('tim', '/reject')]);
    const [promoted, rejected] = ends.map(({ outputs }) => outputs['phase']);
    const last = (await records(world)).at(-1);
    expect(['2 succeeded', '2 rolled-back']).toContain(last);
    expect(await standing(world)).toBe(last === '2 succeeded' ? 'version 2, 2 pods' : 'version 1, 2 pods');
    expect(last === '2 succeeded' ? promoted : rejected).toBe(last?.slice(2));
    expect(review.answers()).toHaveLength(2);
    expect(await standing(world, 'web-canary')).toBeUndefined();
  });
});
