import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCommentEvent } from '../../src/github/event.ts';
import type { Json } from '../../src/kube.ts';

interface Examples {
  name: string;
  examples: Record<string, unknown>[];
}
// The package is a JSON file.
const ALL = createRequire(import.meta.url)('@octokit/webhooks-examples') as Examples[];
const EXAMPLES = ALL.flatMap(({ name, examples }) => examples.map(payload => ({ name, payload })));

type Payload = {
  comment: Record<string, unknown> & { user: Record<string, unknown> };
  issue: Record<string, unknown>;
  sender: Record<string, unknown>;
  action: unknown;
};

/** GitHub's own example of a new comment, put on a pull request. */
function example(change: (payload: Payload) => void = () => {}): Payload {
  const found = EXAMPLES.find(({ name, payload }) => name === 'issue_comment' && payload['action'] === 'created');
  const payload = structuredClone(found?.payload) as unknown as Payload;
  payload.issue['pull_request'] = { url: 'https://api.github.com/repos/Codertocat/Hello-World/pulls/1' };
  payload.comment['performed_via_github_app'] = null;
  change(payload);
  return payload;
}

describe('a comment', () => {
  it('by a person on a pull request is taken', () => {
    const taken = readCommentEvent(
      example(({ comment }) => {
        comment['body'] = '/promote';
      }),
      'issue_comment',
    );
    expect(taken).toEqual({
      id: 492700400,
      body: '/promote',
      author: 'Codertocat',
      at: Date.parse('2019-05-15T15:20:21Z'),
      url: 'https://github.com/Codertocat/Hello-World/issues/1#issuecomment-492700400',
      pullRequest: 1,
    });
  });

  it.each<[string, (payload: Payload) => void]>([
    ['was edited or deleted', it => set(it, 'action', 'edited')],
    ['was edited or deleted', it => set(it, 'action', 'deleted')],
    ['on an issue', it => set(it.issue, 'pull_request', undefined)],
    ['on an issue', it => set(it.issue, 'pull_request', null)],
    ['on an issue', it => set(it.issue, 'pull_request', 'yes')],
    ['by a bot', it => set(it.comment.user, 'type', 'Bot')],
    ['by a bot', it => set(it.sender, 'type', 'Bot')],
    ['by a bot', it => named(it, 'github-actions[bot]')],
    ['by a bot', it => set(it.sender, 'login', 'renovate[bot]')],
    ['by an app', it => set(it.comment, 'performed_via_github_app', { slug: 'sluice' })],
    ['by an app', it => set(it.comment, 'performed_via_github_app', false)],
    ['not written by a user', it => set(it.comment.user, 'type', 'Organization')],
    ['not written by a user', it => set(it.comment.user, 'type', undefined)],
    ['not written by a user', it => set(it, 'sender', null)],
    ['does not say who', it => named(it, '')],
    ['does not say who', it => named(it, '../ada')],
    ['does not say who', it => named(it, 'a'.repeat(40))],
    ['does not say who', it => named(it, 'ada\n')],
    ['does not say who', it => named(it, 'ada_acme_x')],
    ['does not say who', it => named(it, ['ada'])],
    ['somebody other', it => set(it.sender, 'login', 'Ada')],
    ['when the comment was written', it => set(it.comment, 'created_at', '1')],
    ['when the comment was written', it => set(it.comment, 'created_at', '2019-13-45T15:20:21Z')],
    ['when the comment was written', it => set(it.comment, 'created_at', 1_557_933_621)],
    ['last changed', it => set(it.comment, 'updated_at', 'later')],
    ['edited since', it => set(it.comment, 'updated_at', '2019-05-15T15:20:22Z')],
    ['does not number', it => set(it.comment, 'id', 0)],
    ['does not number', it => set(it.comment, 'id', '492700400')],
    ['does not number', it => set(it.comment, 'id', 2 ** 53)],
    ['does not number', it => set(it.issue, 'number', 1.5)],
    ['does not number', it => set(it.issue, 'number', -1)],
    ['no text', it => set(it.comment, 'body', null)],
    ['one of our own', it => set(it.comment, 'body', '<!-- sluice:reply -->\n/promote')],
    ['one of our own', it => set(it.comment, 'body', '\ufeff\n\t <!-- sluice {} -->/promote')],
    ['at which address', it => set(it.comment, 'html_url', 'javascript:alert(1)')],
    ['at which address', it => set(it.comment, 'html_url', 'https://')],
    ['at which address', it => set(it.comment, 'html_url', `https://x/${'x'.repeat(2_000)}`)],
  ])('%s is ignored', (reason, change) => {
    expect(readCommentEvent(example(change), 'issue_comment')).toEqual({ ignored: expect.stringContaining(reason) });
  });

  it.each<[string, (payload: Payload) => void, object]>([
    ['by a managed user', it => named(it, 'ada-l_acme'), { author: 'ada-l_acme' }],
    ['without a time of change', it => set(it.comment, 'updated_at', undefined), {}],
    ['whose body quotes our marker', it => set(it.comment, 'body', '> <!-- sluice'), { body: '> <!-- sluice' }],
    ['with no word', it => set(it.comment, 'body', ''), { body: '' }],
    ['of 10 MB', it => set(it.comment, 'body', 'x'.repeat(10_000_000)), { body: 'x'.repeat(10_000) }],
    [
      'cut within a character',
      it => set(it.comment, 'body', `${'x'.repeat(9_999)}🚢`),
      { body: `${'x'.repeat(9_999)}\ufffd` },
    ],
    [
      'with an address that would break a text',
      it => set(it.comment, 'html_url', 'https://github.com/a/b#<b>\n"'),
      { url: 'https://github.com/a/b#%3Cb%3E%22' },
    ],
  ])('%s is taken', (_what, change, expected) => {
    expect(readCommentEvent(example(change), 'issue_comment')).toMatchObject({ pullRequest: 1, ...expected });
  });

  function set(object: object, key: string, value: unknown): void {
    (object as Record<string, unknown>)[key] = value;
  }
  function named({ comment, sender }: Payload, login: unknown): void {
    comment.user['login'] = login;
    sender['login'] = login;
  }
});

describe('an event', () => {
  it('of every kind that GitHub has an example of is ignored, unless it is a new comment on a pull request', () => {
    expect(EXAMPLES.length).toBeGreaterThan(300);
    for (const { name, payload } of EXAMPLES) {
      expect(readCommentEvent(payload, name)).toEqual({ ignored: expect.any(String) });
      // None of the examples is on a pull request.
      const moved = { ...payload, issue: { ...(payload['issue'] as object), pull_request: {} } };
      const isNew = name === 'issue_comment' && payload['action'] === 'created';
      expect('ignored' in readCommentEvent(moved, name)).toBe(!isNew);
    }
    expect(
      EXAMPLES.filter(({ name, payload }) => name === 'issue_comment' && payload['action'] === 'created'),
    ).not.toEqual([]);
  });

  it.each([undefined, '', 'push', 'issue_comment\n::error::', 'pull_request_review_comment'])(
    'with the name %j is not looked at',
    name => {
      const { ignored } = readCommentEvent(example(), name) as { ignored: string };
      expect(ignored).toContain('only issue_comment holds commands');
      expect(ignored).not.toContain('\n');
    },
  );

  it('of any shape is no error', () => {
    fc.assert(
      fc.property(fc.anything(), payload => {
        expect(readCommentEvent(payload, 'issue_comment')).toEqual({ ignored: expect.any(String) });
      }),
    );
  });

  it('with anything at any of its places is no error, and what is taken is sound', () => {
    const places = placesOf(example() as unknown as Json, []).filter(
      ([head]) => head === 'comment' || head === 'issue' || head === 'sender' || head === 'action',
    );
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('Bot', 'ada', '[bot]', -1, 1e300, '<!-- sluice', ''));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...places), value), { maxLength: 3 }), changes => {
        const payload = changes.reduce<Json>(
          (before, [place, put]) => withChange(before, place, put as Json),
          example() as unknown as Json,
        );
        const event = readCommentEvent(payload, 'issue_comment');
        if ('ignored' in event) return;
        taken++;
        expect(event.author).toMatch(/^[A-Za-z0-9_-]{1,39}$/);
        expect([event.id, event.pullRequest].every(one => Number.isSafeInteger(one) && one > 0)).toBe(true);
        expect(event.at).toEqual(expect.any(Number));
        expect(event.body.length).toBeLessThanOrEqual(10_000);
        expect(event.url).toMatch(/^https?:\/\/[^\s<>"]+$/);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(100);
  });
});

function placesOf(value: Json, path: string[]): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, one]) => placesOf(one, [...path, key])),
  ];
}

function withChange(value: Json, [key, ...rest]: string[], put: Json): Json {
  if (key === undefined) return put;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return { ...value, [key]: withChange((value as Record<string, Json>)[key] ?? null, rest, put) };
}
