import { describe, expect, it } from '@jest/globals';
import { checksRefusal } from '../../../src/github/commands/checks.ts';
import type { CommandPolicy } from '../../../src/github/commands/policy.ts';
import { acme, failing, HEAD, OWN_RUN, PATIENCE, POLICY, type Said, TROUBLES } from './acme.ts';

const ACTIONS = { id: 15368, slug: 'github-actions' };

function run(name: string, conclusion: string | null = 'success', more: object = {}): object {
  const url = 'https://github.com/acme/shop/actions/runs/5/job/6';
  const status = conclusion === null ? 'in_progress' : 'completed';
  return { name, status, conclusion, app: ACTIONS, details_url: url, html_url: url, ...more };
}

function at(url: string): object {
  return { details_url: url, html_url: url };
}

const own = (name = 'comment'): object => run(name, null, at(`${OWN_RUN}/job/9`));
const status = (context: string, state: string): object => ({ context, state });

async function judged(
  said: Said,
  requiredChecks: CommandPolicy['requiredChecks'] = 'all',
  ownRuns: readonly string[] = [OWN_RUN],
): Promise<string> {
  const refused = await checksRefusal(acme(said), HEAD, { ...POLICY, requiredChecks }, { patience: PATIENCE, ownRuns });
  return refused?.message ?? 'green';
}

describe('required checks', () => {
  it.each<[string, Said, CommandPolicy['requiredChecks'], RegExp]>([
    [
      'all green',
      { runs: [run('build'), run('docs', 'skipped'), run('lint', 'neutral')], statuses: [status('ci', 'success')] },
      'all',
      /^green$/,
    ],
    ['only statuses', { statuses: [status('ci', 'success')] }, 'all', /^green$/],
    ['none at all', {}, 'all', /it has none but those of the release/],
    ['none but its own', { runs: [own()], statuses: [status('sluice/web', 'success')] }, 'all', /it has none but/],
    [
      'its own under way',
      { runs: [run('build'), own()], statuses: [status('sluice/web', 'pending')] },
      'all',
      /^green$/,
    ],
    [
      'named and green',
      { runs: [run('build'), run('e2e', 'failure')], statuses: [status('ci', 'success')] },
      ['build', 'ci'],
      /^green$/,
    ],
    ['named and missing', { runs: [run('build')] }, ['build', 'test'], /no check with the name test \(only build\)/],
    ['named in another case', { runs: [run('build')] }, ['Build'], /no check with the name Build/],
    ['named, twice there, once green', { runs: [run('build'), run('build', 'failure')] }, ['build'], /build failed/],
    ['named, and its own', { runs: [run('build'), own('deploy')] }, ['deploy'], /no check with the name deploy/],
    ['named, and nothing there', {}, ['build'], /no check with the name build:/],
    ['no names', { runs: [run('build', 'failure')] }, [], /^green$/],
    ['not wanted', { runs: failing('unreachable') }, 'none', /^green$/],
    ...['failure', 'cancelled', 'timed_out', 'action_required', 'stale', 'startup_failure', 'whatever'].map(
      (conclusion): [string, Said, 'all', RegExp] => [
        conclusion,
        { runs: [run('build', conclusion)] },
        'all',
        /build failed/,
      ],
    ),
    ['completed without a word', { runs: [run('build', null, { status: 'completed' })] }, 'all', /build failed/],
    ...['queued', 'in_progress', 'waiting', 'requested', 'pending'].map((state): [string, Said, 'all', RegExp] => [
      state,
      { runs: [run('build', null, { status: state })] },
      'all',
      /build did not finish yet/,
    ]),
    ['a status that is pending', { statuses: [status('ci', 'pending')] }, 'all', /ci did not finish/],
    ['a status that failed', { statuses: [status('ci', 'failure')] }, 'all', /ci failed/],
    ['a status in error', { statuses: [status('ci', 'error')] }, 'all', /ci failed/],
    ['a status that is almost its own', { statuses: [status('sluiced', 'failure')] }, 'all', /sluiced failed/],
  ])('%s', async (_name, said, required, told) => {
    expect(await judged(said, required)).toMatch(told);
  });

  it('name three of those that are not green, in one line', async () => {
    const names = ['build', 'lint', 'docs', 'e2e', 'perf'];
    expect(await judged({ runs: names.map(name => run(name, null)) })).toBe(
      'required-checks asks for all checks of commit abc1234 to be green, and build, lint, docs and 2 more did not finish yet: wait until then, then say it again.',
    );
    const long = names.map(name => run(`${name}\n::error::${'x'.repeat(500)}`, 'failure'));
    const message = await judged(
      { runs: long },
      long.map((_, index) => `${names[index]}\n::error::${'x'.repeat(500)}`),
    );
    expect(message.length).toBeLessThanOrEqual(500);
    expect(message).not.toMatch(/\n/);
  });

  it.each<[string, string, boolean]>([
    ['https://github.com/acme/shop/actions/runs/77', OWN_RUN, true],
    ['https://github.com/acme/shop/actions/runs/77/job/9', OWN_RUN, true],
    ['https://github.com/acme/shop/actions/runs/77/attempts/2', OWN_RUN, true],
    ['https://github.com/acme/shop/actions/runs/77?pr=7', OWN_RUN, true],
    ['https://github.com/Acme/Shop/actions/runs/77/job/9', OWN_RUN, true],
    ['https://github.com/acme/shop/actions/runs/77/job/9', `${OWN_RUN}/attempts/2`, true],
    ['https://github.com/acme/shop/actions/runs/77/job/9', `${OWN_RUN}/`, true],
    ['https://github.com/acme/shop/actions/runs/770/job/9', OWN_RUN, false],
    ['https://github.com/acme/shop/actions/runs/77x/job/9', OWN_RUN, false],
    ['https://github.com/acme/shop/actions/runs/7/job/7', OWN_RUN, false],
    ['https://github.com/acme/other/actions/runs/77', OWN_RUN, false],
    ['https://ci.example/?of=https://github.com/acme/shop/actions/runs/77', OWN_RUN, false],
    ['https://ci.example/1', '', false],
    ['https://ci.example/1', 'https://ci.example', false],
  ])('take %s for one of %s: %j', async (url, ownRun, isOwn) => {
    const runs = [run('build'), run('x', 'failure', at(url))];
    expect(await judged({ runs }, 'all', [ownRun])).toMatch(isOwn ? /^green$/ : /x failed/);
    const byOne = [run('build'), run('x', 'failure', { details_url: url, html_url: null })];
    expect(await judged({ runs: byOne }, 'all', [ownRun])).toMatch(isOwn ? /^green$/ : /x failed/);
  });

  it('leave out what other comments started, and nothing that only looks like it', async () => {
    const other = (more: object): object => run('comment', 'failure', more);
    expect(await judged({ runs: [run('build'), own(), other({})] })).toBe('green');
    expect(await judged({ runs: [run('build'), other({})] })).toMatch(/comment failed/);
    expect(await judged({ runs: [run('build'), own(), other({ app: { id: 1, slug: 'other' } })] })).toMatch(
      /comment failed/,
    );
    expect(await judged({ runs: [run('build'), own(), other({ app: null })] })).toMatch(/comment failed/);
    const nobodys = run('comment', null, { app: null, ...at(OWN_RUN) });
    expect(await judged({ runs: [run('build'), nobodys, other({ app: null })] })).toMatch(/comment failed/);
    expect(await judged({ runs: [run('build')], statuses: [status('comment', 'failure')] })).toMatch(/comment failed/);
  });

  it.each(TROUBLES)('that cannot be learned refuse: %s', async trouble => {
    const green = { runs: [run('build')], statuses: [status('ci', 'success')] };
    for (const said of [
      { ...green, runs: failing(trouble, 'checks: read') },
      { ...green, statuses: failing(trouble) },
    ]) {
      const refused = await checksRefusal(
        acme(said),
        HEAD,
        { ...POLICY, requiredChecks: ['build'] },
        { patience: PATIENCE, ownRuns: [] },
      );
      expect(refused?.rule).toBe('look-up');
      expect(refused?.message).toMatch(
        /^It could not be learned whether the checks of commit abc1234 are green, and that refuses: GitHub/,
      );
    }
  });

  it('that are too many to read refuse', async () => {
    expect(await judged({ runs: { items: [run('build')], more: true } })).toMatch(/more than the 1 that are read/);
    expect(await judged({ runs: [run('build')], statuses: { items: [], more: true } })).toMatch(/could not be learned/);
  });
});
