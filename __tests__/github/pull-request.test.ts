import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pullRequestOfCommit, readPullRequest } from '../../src/github/pull-request.ts';
import { json, troubleOf, world } from './answering.ts';

const MINUTE = { forMs: 60_000 };
const SHA = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

type Fields = Record<string, unknown>;

/** GitHub's own example of a pull request, in our repository. */
function pull(change: Fields = {}, { head = {}, base = {} }: { head?: Fields; base?: Fields } = {}): Fields {
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as { name: string; examples: Fields[] }[];
  const found = all.find(({ name }) => name === 'pull_request')?.examples[0]?.['pull_request'] as Fields;
  const repo = { full_name: 'acme/shop' };
  return {
    ...found,
    number: 7,
    head: { ...(found['head'] as Fields), sha: SHA, ref: 'feature/cart', repo, ...head },
    base: { ...(found['base'] as Fields), ref: 'main', repo, ...base },
    ...change,
  };
}

const read = async (answer: unknown) => {
  const { github, run } = world(() => json(answer));
  return run(readPullRequest(github, 7, MINUTE));
};

describe('a pull request', () => {
  it('is read', async () => {
    const { github, seen, run } = world(() => json(pull()));
    expect(await run(readPullRequest(github, 7, MINUTE))).toEqual({
      number: 7,
      author: 'Codertocat',
      state: 'open',
      isDraft: false,
      isFork: false,
      headSha: SHA,
      headRef: 'feature/cart',
      url: 'https://github.com/Codertocat/Hello-World/pull/2',
    });
    expect(seen.map(({ url }) => url)).toEqual(['https://api.github.com/repos/acme/shop/pulls/7']);
  });

  it.each<[string, Fields, object]>([
    ['closed', pull({ state: 'closed' }), { state: 'closed' }],
    ['closed, with a trial merge', pull({ state: 'closed', merge_commit_sha: OTHER }), { state: 'closed' }],
    ['merged', pull({ state: 'closed', merged: true, merge_commit_sha: OTHER }), { state: 'merged', mergeSha: OTHER }],
    [
      'merged, by its time',
      pull({ state: 'closed', merged: false, merged_at: '2026-01-01T00:00:00Z', merge_commit_sha: null }),
      { state: 'merged' },
    ],
    ['a draft', pull({ draft: true }), { isDraft: true }],
    ['of a server that has no drafts', pull({ draft: undefined }), { isDraft: false }],
    ['from a fork', pull({}, { head: { repo: { full_name: 'eve/shop' } } }), { isFork: true }],
    ['from a fork that is gone', pull({}, { head: { repo: null } }), { isFork: true }],
    ['by a bot', pull({ user: { login: 'dependabot[bot]' } }), { author: 'dependabot[bot]' }],
  ])('%s', async (_what, answer, expected) => {
    const found = await read(answer);
    expect(found).toMatchObject(expected);
    expect('mergeSha' in found).toBe('mergeSha' in expected);
  });

  it.each<[string, unknown]>([
    ['its own number', pull({ number: 8 })],
    ['its own number', pull({ number: '7' })],
    ['its own number', []],
    ['who opened it', pull({ user: null })],
    ['who opened it', pull({ user: { login: 7 } })],
    ['whether it is open', pull({ state: 'OPEN' })],
    ['whether it is a draft', pull({ draft: 'no' })],
    ['from which repository it comes', pull({}, { head: { repo: undefined } })],
    ['from which repository it comes', pull({}, { head: { repo: {} } })],
    ['from which repository it comes', pull({}, { base: { repo: null }, head: { repo: null } })],
    ['which commit its head is', pull({}, { head: { sha: 'main' } })],
    ['which commit its head is', pull({}, { head: { sha: SHA.slice(1) } })],
    ['which branch its head is', pull({}, { head: { ref: '' } })],
    ['its address', pull({ html_url: 'javascript:alert(1)' })],
  ])('of which GitHub does not say %s is not read', async (what, answer) => {
    const error = await troubleOf(read(answer));
    expect(error).toMatchObject({
      trouble: 'unreachable',
      message: expect.stringContaining(`acme/shop#7 does not say ${what};`),
    });
  });

  it('of any shape is GitHub’s error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.object(), fc.array(fc.jsonValue())), async answer => {
        await troubleOf(read(answer));
      }),
      { numRuns: 50 },
    );
  });
});

describe('the pull request of a commit', () => {
  const merged = (number: number, mergeSha: unknown, base: Fields = {}): Fields =>
    pull(
      { number, state: 'closed', merged: undefined, merged_at: '2026-01-01T00:00:00Z', merge_commit_sha: mergeSha },
      { base },
    );
  const open = (number: number, head: Fields = {}): Fields => pull({ number, merge_commit_sha: SHA }, { head });
  const closed = pull({ number: 99, state: 'closed', merge_commit_sha: SHA });
  const FORK = { repo: { full_name: 'eve/shop' } };

  it.each<[string, unknown[], string | undefined, number | undefined]>([
    ['none', [], 'refs/heads/main', undefined],
    ['its merge', [open(9), merged(8, OTHER), merged(3, SHA), closed], 'refs/heads/main', 3],
    ['its merge, whatever the branch', [merged(3, SHA, { ref: 'next' }), merged(8, OTHER)], 'refs/heads/main', 3],
    ['one merged into the branch', [open(9), merged(3, OTHER)], 'refs/heads/main', 3],
    ['one merged into the branch, by its short name', [open(9), merged(3, OTHER)], 'main', 3],
    ['none merged elsewhere', [merged(3, OTHER, { ref: 'next' })], 'refs/heads/main', undefined],
    ['none merged elsewhere, where no branch is pushed', [merged(3, OTHER)], undefined, undefined],
    ['none merged into a branch with the name of the tag', [merged(3, OTHER)], 'refs/tags/main', undefined],
    ['the newest of several', [merged(3, SHA), merged(12, SHA), merged(5, SHA)], 'refs/heads/main', 12],
    ['an open one', [open(4), open(2), closed], 'refs/heads/feature/cart', 4],
    ['no open one with another head', [open(4, { sha: OTHER })], 'refs/heads/main', undefined],
    ['no open one from a fork', [open(4, FORK), open(5, { repo: null })], 'refs/heads/main', undefined],
    ['none that was closed', [closed], 'refs/heads/main', undefined],
    ['none of another repository', [merged(3, SHA, FORK)], 'refs/heads/main', undefined],
    ['one though the case differs', [merged(3, SHA, { repo: { full_name: 'Acme/Shop' } })], undefined, 3],
    ['none of what is none', [null, 7, 'x', [], {}, { ...merged(3, SHA), number: '3' }], 'refs/heads/main', undefined],
    ['one beside what is none', [{ base: { repo: { full_name: { toString: 1 } } } }, merged(3, SHA)], 'main', 3],
  ])('%s', async (_what, answer, ref, expected) => {
    const { github, seen, run } = world(() => json(answer));
    expect(await run(pullRequestOfCommit(github, SHA, ref, MINUTE))).toBe(expected);
    expect(seen.map(({ url }) => url)).toEqual([
      `https://api.github.com/repos/acme/shop/commits/${SHA}/pulls?per_page=100`,
    ]);
  });

  it('that GitHub does not know is an error', async () => {
    const { github, run } = world(() => json({ message: `No commit found for SHA: ${SHA}` }, 422));
    const error = await run(troubleOf(pullRequestOfCommit(github, SHA, undefined, MINUTE)));
    expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('No commit found') });
  });
});
