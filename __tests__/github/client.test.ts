import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MOST_BYTES } from '../../src/github/attempt.ts';
import { type Answering, COMMENT, json, PULL, TOKEN, troubleOf, world } from './answering.ts';

const MINUTE = { forMs: 60_000 };

describe('a request', () => {
  it('is GitHub’s, with the token and a pinned version of the API', async () => {
    const { github, seen, debug, run } = world(() => json({ id: 1 }, 201, { 'x-ratelimit-remaining': '4999' }));
    const answer = await run(github.ask(COMMENT, { issue_number: 7, body: 'Hello' }, MINUTE));
    expect(answer).toEqual({ id: 1 });
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: 'https://api.github.com/repos/acme/shop/issues/7/comments',
        headers: { authorization: `token ${TOKEN}`, 'x-github-api-version': '2022-11-28' },
        body: { body: 'Hello' },
      },
    ]);
    expect(debug).toEqual(['POST /repos/acme/shop/issues/7/comments: 201 in 0 ms, 4999 requests left']);
  });

  it('keeps the owner that it is given, and fills in none where the route has none', async () => {
    const { github, seen, run } = world(() => json({}));
    await run(github.ask(PULL, { pull_number: 7, owner: 'other' }, MINUTE));
    const team = { org: 'acme', team_slug: 'crew', username: 'ada' };
    await run(github.ask('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', team, MINUTE));
    expect(seen.map(({ url }) => url)).toEqual([
      'https://api.github.com/repos/other/shop/pulls/7',
      'https://api.github.com/orgs/acme/teams/crew/memberships/ada',
    ]);
  });

  it.each(['.', '..', '%2e%2E'])('never leaves its route by a name like %s', async username => {
    const { github, seen, run } = world(() => json({ permission: 'admin' }));
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    const asking = troubleOf(github.ask(route, { username }, MINUTE));
    if (username.startsWith('%')) {
      // Octokit encodes the percent sign again.
      await expect(run(asking)).rejects.toThrow('no error');
      expect(seen[0]?.url).toContain('/collaborators/%252e%252E/permission');
      return;
    }
    expect(await run(asking)).toMatchObject({ trouble: 'unreachable', message: expect.stringContaining('only dots') });
    expect(seen).toEqual([]);
  });

  it.each([
    ['https://api.github.com', undefined, 'https://api.github.com/graphql'],
    ['https://api.acme.ghe.com/', undefined, 'https://api.acme.ghe.com/graphql'],
    ['https://ghe.example/api/v3', undefined, 'https://ghe.example/api/graphql'],
    ['https://ghe.example/api/v3', 'https://ghe.example/own/graphql', 'https://ghe.example/own/graphql'],
  ])('of GraphQL beside %s goes to %s', async (apiUrl, graphqlUrl, expected) => {
    const answering: Answering = () => json({ data: { viewer: { login: 'github-actions[bot]' } } });
    const { github, seen, run } = world(answering, { apiUrl, ...(graphqlUrl ? { graphqlUrl } : {}) });
    expect(await run(github.viewer(MINUTE))).toBe('github-actions[bot]');
    expect(await run(github.viewer(MINUTE))).toBe('github-actions[bot]');
    expect(seen).toMatchObject([{ method: 'POST', url: expected, body: { query: 'query { viewer { login } }' } }]);
  });

  it.each(['https://ghe.example/api/v3', 'https://ghe.example/api/v3/'])('goes below the path of %s', async apiUrl => {
    const { github, seen, run } = world(() => json({}), { apiUrl });
    await run(github.ask(PULL, { pull_number: 7 }, MINUTE));
    expect(seen[0]?.url).toBe('https://ghe.example/api/v3/repos/acme/shop/pulls/7');
  });

  it('of writing does not follow to another address, where it would become another request', async () => {
    const { github, seen, run } = world(() => json({ message: 'Moved Permanently' }, 301));
    const error = await run(troubleOf(github.ask(COMMENT, { issue_number: 7, body: '' }, MINUTE)));
    expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('renamed or moved') });
    await run(troubleOf(github.ask(PULL, { pull_number: 7 }, MINUTE)));
    expect(seen.map(({ init }) => init.redirect)).toEqual(['manual', 'follow']);
  });
});

describe('a list', () => {
  const paged =
    (pages: unknown[], wrap = (items: unknown) => items): Answering =>
    (_, { url }) => {
      const page = Number(new URL(url).searchParams.get('page') ?? 1);
      const next = `<https://evil.example/repositories/1/x?per_page=100&page=${page + 1}>; rel="next", <https://x/?page=9>; rel="last"`;
      return json(
        wrap(pages[page - 1]),
        200,
        page < pages.length ? { link: next } : { link: '<https://x/>; rel="prev"' },
      );
    };
  const hundred = (from: number) => Array.from({ length: 100 }, (_, index) => ({ id: from + index }));
  const COMMENTS = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';

  it('is read to its end, and the token goes nowhere but to the API', async () => {
    const { github, seen, run } = world(paged([hundred(0), hundred(100), [{ id: 200 }]]));
    const { items, more } = await run(github.list(COMMENTS, { issue_number: 7 }, MINUTE));
    expect([items.length, items.at(-1), more]).toEqual([201, { id: 200 }, false]);
    expect(seen.map(({ url }) => url)).toEqual([
      'https://api.github.com/repos/acme/shop/issues/7/comments?per_page=100',
      'https://api.github.com/repos/acme/shop/issues/7/comments?per_page=100&page=2',
      'https://api.github.com/repos/acme/shop/issues/7/comments?per_page=100&page=3',
    ]);
  });

  it.each([
    [150, 150, true, 2],
    [200, 200, true, 2],
    [201, 201, false, 3],
    [1, 1, true, 1],
  ])('of which at most %i are wanted has %i, more: %s, by %i requests', async (most, count, more, requests) => {
    const { github, seen, run } = world(paged([hundred(0), hundred(100), [{ id: 200 }]]));
    const found = await run(github.list(COMMENTS, { issue_number: 7 }, MINUTE, most));
    expect([found.items.length, found.more, seen.length]).toEqual([count, more, requests]);
    expect(new URL(seen[0]?.url ?? '').searchParams.get('per_page')).toBe(String(Math.min(100, most)));
  });

  it('may be wrapped', async () => {
    const { github, run } = world(paged([[{ id: 1 }], [{ id: 2 }]], items => ({ total_count: 2, check_runs: items })));
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    expect(await run(github.list(route, { ref: 'main' }, MINUTE))).toEqual({
      items: [{ id: 1 }, { id: 2 }],
      more: false,
    });
  });

  it('that goes on with empty pages ends, and says that there may be more', async () => {
    const { github, seen, run } = world(() => json([], 200, { link: '<https://x/?page=2>; rel="next"' }));
    expect(await run(github.list(COMMENTS, { issue_number: 7 }, MINUTE))).toEqual({ items: [], more: true });
    expect(seen).toHaveLength(1);
  });

  it.each([{}, { a: [], b: [] }, 'x', null, 7])('is not what is none: %j', async data => {
    const { github, run } = world(() => json(data));
    const error = await run(troubleOf(github.list(COMMENTS, { issue_number: 7 }, MINUTE)));
    expect(error).toMatchObject({ trouble: 'unreachable', message: expect.stringContaining('what is no list') });
  });
});

describe('an answer that is none of GitHub’s', () => {
  const huge = (): Response => {
    const part = new Uint8Array(1024 * 1024);
    let sent = 0;
    return new Response(
      new ReadableStream({
        pull: control => {
          // Only as much is made as is taken: an endless answer must not be read to its end.
          if (++sent > MOST_BYTES / part.length + 8) control.error(new Error('too much was read'));
          else control.enqueue(part);
        },
      }),
    );
  };
  it.each<[string, () => Response, RegExp]>([
    ['a page', () => new Response('<html>Sign in', { headers: { 'content-type': 'text/html' } }), /not JSON of GitHub/],
    ['broken JSON', () => new Response('{"id": 1', { headers: { 'content-type': 'application/json' } }), /not JSON/],
    ['a malformed type', () => new Response('x', { headers: { 'content-type': ';;' } }), /not JSON/],
    ['nothing', () => new Response(''), /with nothing/],
    ['a number', () => json(7), /not JSON of GitHub/],
    ['null', () => json(null), /not JSON of GitHub/],
    ['too large', huge, /answered with more than 16 MiB/],
  ])('%s', async (_what, answering, message) => {
    const { github, seen, run } = world(answering);
    const error = await run(troubleOf(github.ask(PULL, { pull_number: 7 }, MINUTE)));
    expect(error).toMatchObject({ trouble: 'unreachable', message: expect.stringMatching(message) });
    expect(seen).toHaveLength(1);
  });

  it('is no trouble where nothing was to come', async () => {
    const { github, run } = world(() => new Response(null, { status: 204 }));
    const route = 'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}';
    expect(await run(github.ask(route, { comment_id: 1 }, MINUTE))).toBeUndefined();
  });

  it('whatever it is, fails as GitHub’s or is an object', async () => {
    const status = fc.constantFrom(200, 201, 202, 301, 304, 400, 401, 403, 404, 410, 422, 429, 451, 500, 503, 599);
    const text = fc.oneof(fc.json(), fc.string(), fc.constant(''));
    const value = fc.string({ unit: 'grapheme-ascii', maxLength: 30 });
    const headers = fc.dictionary(
      fc.constantFrom(
        'content-type',
        'date',
        'link',
        'retry-after',
        'x-accepted-github-permissions',
        'x-ratelimit-remaining',
        'x-ratelimit-reset',
      ),
      fc.oneof(value, fc.constantFrom('0', '9'.repeat(400), '-1', 'application/json', '<x>; rel="next"')),
    );
    await fc.assert(
      fc.asyncProperty(status, text, headers, async (code, body, extra) => {
        const { github, run } = world(() => new Response(code === 304 ? null : body, { status: code, headers: extra }));
        const answer = await run(
          github.ask(PULL, { pull_number: 7 }, { forMs: 5_000 }).catch((error: unknown) => error),
        );
        if (answer instanceof Error) expect(answer.name).toBe('GitHubError');
        else expect(typeof answer).toBe('object');
      }),
      { numRuns: 150 },
    );
  });
});

describe('the token', () => {
  it.each(['', 'two words', `${TOKEN}\r\nx-evil: 1`, 'ключ'])('%j is not sent', async token => {
    const { github, seen, run } = world(() => json({}), { token });
    const error = await run(troubleOf(github.ask(PULL, { pull_number: 7 }, MINUTE)));
    expect(error.trouble).toBe('unauthorized');
    expect(error.message).not.toContain(TOKEN);
    expect(seen).toEqual([]);
  });

  it.each<[string, Answering]>([
    ['an answer', () => json({ message: `What is ${TOKEN}?`, errors: [`token ${TOKEN}`] }, 400)],
    ['a page', () => new Response(`token ${TOKEN}`, { status: 403 })],
    ['the client', () => new TypeError(`invalid header value "token ${TOKEN}"`)],
    ['a header', () => json({}, 200, { 'x-ratelimit-remaining': TOKEN })],
  ])('quoted by %s, is in no message and no log', async (_what, answering) => {
    const { github, debug, warnings, run } = world(answering);
    const answer = await run(
      github.ask(COMMENT, { issue_number: 7, body: '' }, MINUTE).catch((error: unknown) => error),
    );
    const told = [String(answer), (answer as Error).stack, JSON.stringify(answer), String((answer as Error).cause)];
    expect([...told, ...debug, ...warnings].join('\n')).not.toContain(TOKEN);
    expect(debug).toHaveLength(1);
  });
});
