import { describe, expect } from '@jest/globals';
import { APPROVE, endOf, NO_CLUSTER, openReview, QUIET, REFUSED, SHOWN, statesOf, waiting } from './github.ts';
import { records, runUntil, standing } from './releases.ts';
import { onSandbox } from './world.ts';

describe('the pull request', () => {
  onSandbox('of a release that gives way to another one is told so', async world => {
    const review = await waiting(world, { environment: 'production' });
    const { issues } = review.github.repository;
    const other = issues.addPull({ author: 'ada', headRef: 'other' });
    await review.deploy(3, { ...APPROVE, environment: 'production' }, { commit: other.pull.headSha });
    expect(review.live()).toEqual([expect.stringContaining('Superseded: `shop` revision 2')]);
    expect(review.live(other.number)).toEqual([expect.stringContaining('revision 3 waits for approval')]);
    expect(statesOf(review).at(1)).toMatch(/queued.* inactive$/);
    expect(endOf(await review.say('ada', '/promote'))).toEqual(REFUSED);
    expect(review.answers().at(-1)).toContain('is at revision 3 by now');
    expect(await records(world)).toEqual(['1 succeeded', '2 superseded', '3 paused']);
  });

  onSandbox('has the end that `post` gives to a run that was cut', async world => {
    const review = await openReview(world);
    await review.deploy(1);
    const deploying = {
      ...world,
      run: (inputs: Record<string, string> | undefined, options: object | undefined) =>
        review.deploy(2, inputs, options),
    };
    const { child, ended } = await runUntil(deploying, /^Hold /, { steps: '[weight: 50, hold: 10m]', ...SHOWN });
    child.kill('SIGINT');
    const { state } = await ended;
    await review.deploy(2, SHOWN, { entry: 'post', state });
    expect(review.live()).toEqual([expect.stringContaining('Cancelled: `shop` revision 2 was taken back')]);
    expect(statesOf(review)).toEqual([expect.stringMatching(/^in_progress .*failure$/)]);
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
  });

  onSandbox('shows how it stands, and goes back to the version before', async world => {
    const review = await waiting(world);
    expect(endOf(await review.say('tim', '/status'))).toEqual(QUIET);
    expect(review.answers().at(-1)).toContain('waits for approval at 50 %');
    expect(endOf(await review.say('ada', '/promote'))).toMatchObject({ phase: 'succeeded' });
    expect(endOf(await review.say('ada', '/rollback'))).toMatchObject({ exitCode: 0, phase: 'succeeded' });
    expect(await standing(world)).toBe('version 1, 2 pods');
    // Said once more by a run that is started again, it is about a revision that is not the newest any more.
    expect(await records(world)).toEqual(['1 succeeded', '2 succeeded', '3 succeeded']);
  });
});

describe('GitHub', () => {
  onSandbox('that is down stops no release, and lets no command through', async world => {
    const review = await waiting(world);
    review.github.faults.down({ match: /./ });
    const run = await review.deploy(3, SHOWN);
    expect(endOf(run)).toMatchObject({ exitCode: 0, phase: 'succeeded' });
    expect(run.log).toContain('::warning::');
    // Who may cannot be learned any more.
    review.github.faults.clear();
    review.github.faults.add({ match: /collaborators/, status: 403, body: { message: 'No' } });
    const promoted = await review.say('ada', '/promote', {}, NO_CLUSTER);
    expect(endOf(promoted)).toEqual(REFUSED);
    expect(review.answers().at(-1)).toContain('could not be learned');
  });

  onSandbox(
    'that lets the token do less is told which permission is missing, once, and the release goes on',
    async world => {
      const review = await openReview(world);
      await review.deploy(1);
      const all = { 'pull-requests': 'write', contents: 'read', deployments: 'write', statuses: 'write' } as const;
      let version = 1;
      for (const lacking of ['pull-requests', 'deployments', 'statuses'] as const) {
        version += 1;
        const { [lacking]: _, ...permissions } = all;
        const run = await review.deploy(version, {
          ...SHOWN,
          hold: '0s',
          'github-token': review.github.token({ permissions }),
        });
        expect(endOf(run)).toMatchObject({ exitCode: 0, phase: 'succeeded' });
        const warnings = run.log.split('\n').filter(line => line.startsWith('::warning::'));
        expect(warnings).toEqual([expect.stringContaining(`${lacking}: write`)]);
      }
      const permissions = { contents: 'read' } as const;
      const mute = await review.say('ada', '/status', { 'github-token': review.github.token({ permissions }) });
      expect(endOf(mute)).toEqual(QUIET);
      expect(mute.log).toContain('pull-requests: write');
    },
  );
});
