import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type FakeGitHub, openGitHub } from '../../src/demo/github/github.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { type CheckedGitHub, openCheckedGitHub } from './checked.ts';
import { shapeDifferences } from './shape.ts';

const NOW = Date.UTC(2026, 2, 2, 10);
const COMMENTS = '/repos/acme/shop/issues/1/comments';

let clock: VirtualClock;
let github: CheckedGitHub;
beforeEach(async () => {
  clock = virtualClock(NOW);
  github = await openCheckedGitHub({ clock });
  github.repository.issues.addPull({ author: 'ada' });
});
afterEach(() => github.close());

interface Sent {
  method?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

async function send(to: FakeGitHub, path: string, { method = 'GET', token, body, headers }: Sent = {}) {
  const response = await fetch(new URL(path, to.url), {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson && text ? JSON.parse(text) : text };
}

describe('every answer', () => {
  it('says when it was given, which request it was, and how many are left', async () => {
    const token = github.token();
    await send(github, COMMENTS, { token });
    const { headers } = await send(github, COMMENTS, { token });
    const named = ['date', 'x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-used', 'x-ratelimit-reset'];
    expect(named.map(name => headers.get(name))).toEqual([
      'Mon, 02 Mar 2026 10:00:00 GMT',
      '15000',
      '14998',
      '2',
      String(NOW / 1000 + 3600),
    ]);
    expect(headers.get('x-github-request-id')).toMatch(/^[0-9A-F]{4}(:[0-9A-F]{6,8}){4}$/);
  });

  it('of a refusal has a message, a page and a status', async () => {
    const paths = ['/repos/acme/shop/pulls/99', '/repos/acme/gone', '/user/repos'];
    for (const path of paths) {
      expect((await send(github, path, { token: github.token() })).body).toEqual({
        message: 'Not Found',
        documentation_url: expect.stringMatching(/^https:\/\/docs\.github\.com\/rest/),
        status: '404',
      });
    }
    const token = github.token();
    github.revoke(token);
    expect(await send(github, COMMENTS, { token })).toMatchObject({
      status: 401,
      body: { message: 'Bad credentials' },
    });
    const post = { method: 'POST', body: { body: 'x' } };
    expect(await send(github, COMMENTS, post)).toMatchObject({
      status: 401,
      body: { message: 'Requires authentication' },
    });
    const broken = { method: 'POST', token: github.token(), body: '{"body":' };
    expect(await send(github, COMMENTS, broken)).toMatchObject({
      status: 400,
      body: { message: 'Problems parsing JSON' },
    });
    expect((await send(github, COMMENTS)).status).toBe(200);
  });

  it('is recorded with its request', async () => {
    const token = github.token();
    await send(github, COMMENTS, { method: 'POST', token, body: { body: 'x' } });
    expect(github.calls).toEqual([
      { method: 'POST', path: COMMENTS, body: { body: 'x' }, token, status: 201, at: NOW },
    ]);
  });

  it('is refused once the requests of the hour are used up', async () => {
    const strict = await openGitHub({ clock, requestsPerHour: 1 });
    const token = strict.token();
    const statuses = [];
    for (const wait of [0, 0, 3_600_000]) {
      clock.advance(wait);
      statuses.push((await send(strict, '/repos/acme/shop', { token })).status);
    }
    await strict.close();
    expect(statuses).toEqual([200, 403, 200]);
  });
});

describe('a fault', () => {
  it('of a rate limit says how long to wait', async () => {
    github.faults.secondaryLimit({ match: `POST /repos/acme/*/issues/…`, status: 429, retryAfterSeconds: 7, times: 1 });
    github.faults.primaryLimit({ match: /^GET .*per_page=5$/, resetInMs: 90_000 });
    const post = { method: 'POST', token: github.token(), body: { body: 'x' } };
    const limited = await send(github, COMMENTS, post);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    expect((await send(github, COMMENTS, post)).status).toBe(201);
    const { status, headers, body } = await send(github, `${COMMENTS}?per_page=5`);
    expect([status, headers.get('x-ratelimit-remaining'), headers.get('x-ratelimit-reset')]).toEqual([
      403,
      '0',
      String(NOW / 1000 + 90),
    ]);
    expect(body.message).toMatch(/^API rate limit exceeded/);
    expect((await send(github, `${COMMENTS}?per_page=50`)).status).toBe(200);
    expect(github.violations).toEqual([]);
  });

  it('may be an outage, and ends', async () => {
    const end = github.faults.badGateway();
    expect(await send(github, COMMENTS)).toMatchObject({ status: 502, body: expect.stringContaining('<html>') });
    end();
    github.faults.down({ match: 'GET', times: 1 });
    await expect(send(github, COMMENTS)).rejects.toThrow('fetch failed');
    expect((await send(github, COMMENTS)).status).toBe(200);
    expect(github.calls.map(({ status }) => status)).toEqual([502, undefined, 200]);
  });

  it('may lose the answer of what was obeyed', async () => {
    github.faults.add({ match: 'POST', hangUp: 'after', times: 1 });
    const post = { method: 'POST', token: github.token(), body: { body: 'x' } };
    await expect(send(github, COMMENTS, post)).rejects.toThrow('fetch failed');
    expect(github.repository.comments(1).map(({ body }) => body)).toEqual(['x']);
  });

  it('may delay an answer', async () => {
    github.faults.add({ delayMs: 5_000 });
    const answer = send(github, COMMENTS).then(({ status }) => status);
    while (github.calls.length === 0) await new Promise(resolve => setImmediate(resolve));
    expect(clock.nextDue()).toBe(NOW + 5_000);
    clock.advance(5_000);
    expect(await answer).toBe(200);
  });
});

describe('the check', () => {
  it.each([
    ['an endpoint that is not described', 'GET', '/repos/acme/shop/labels', undefined],
    ['a parameter that is not described', 'GET', `${COMMENTS}?perpage=5`, undefined],
    ['a property that is not described', 'POST', COMMENTS, { body: 'x', bodytext: 'x' }],
    ['a value of another type', 'POST', COMMENTS, { body: 5 }],
    ['a missing property', 'POST', COMMENTS, {}],
    ['another query than the known one', 'POST', '/graphql', { query: '{ viewer { id } }' }],
  ])('finds %s', async (_what, method, path, body) => {
    await send(github, path, { method, token: github.token(), body });
    expect(github.violations).toHaveLength(1);
  });

  it('finds an answer that does not fit', async () => {
    github.repository.comment(1, 'ada', 'x').id = 0.5;
    await send(github, COMMENTS);
    expect(github.violations).toEqual([expect.stringContaining('answer 200/0/id must be integer')]);
  });
});

describe('the payload of a comment', () => {
  const require = createRequire(import.meta.url);
  const events: { name: string; examples: Record<string, unknown>[] }[] = require('@octokit/webhooks-examples');
  const created = events
    .filter(({ name }) => name === 'issue_comment')
    .flatMap(({ examples }) => examples.filter(({ action }) => action === 'created'));

  it('has the shape of the recorded ones', () => {
    const comment = github.repository.comment(1, 'ada', '/promote');
    const payload = github.commentPayload(comment);
    expect(created).toHaveLength(5);
    // Only an app's own webhook names its installation.
    for (const { installation, ...example } of created) expect(shapeDifferences(example, payload)).toEqual([]);
    expect(payload).toMatchObject({
      action: 'created',
      issue: { number: 1, pull_request: { url: `${github.url}/repos/acme/shop/pulls/1` } },
      comment: { body: '/promote', user: { login: 'ada', type: 'User' } },
      sender: { login: 'ada' },
    });
  });

  it('of an issue has no pull request, and of an edit the earlier text', () => {
    const { number } = github.repository.issues.addIssue({ author: 'ada' });
    const comment = github.repository.comment(number, 'ada', '/promote');
    expect(github.commentPayload(comment)['issue']).not.toHaveProperty('pull_request');
    expect(github.commentPayload(comment, 'edited', 'x')).toMatchObject({ changes: { body: { from: 'x' } } });
  });
});

describe('as Enterprise Server', () => {
  it('everything lies below /api', async () => {
    const server = await openCheckedGitHub({ enterprise: true, clock });
    const token = server.token();
    const query = { method: 'POST', token, body: { query: 'query { viewer { login } }' } };
    const { body } = await send(server, '/api/v3/repos/acme/shop', { token });
    const statuses = [await send(server, server.graphqlUrl, query), await send(server, body.url, { token })];
    await server.close();
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v3$/);
    expect(body.html_url).toBe('https://github.acme.example/acme/shop');
    expect(statuses.map(({ status }) => status)).toEqual([200, 200]);
    expect(server.violations).toEqual([]);
  });
});
