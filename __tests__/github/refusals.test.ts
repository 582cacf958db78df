import { describe, expect, it } from '@jest/globals';
import { workflowPermissions } from '../../src/github/needs.ts';
import { COMMENT, json, troubleOf, world } from './answering.ts';

const MINUTE = { forMs: 60_000 };

describe('what GitHub refuses', () => {
  const said = async (answer: Response): Promise<object> => {
    const { github, seen, run } = world(() => answer);
    const { trouble, status, needs, message } = await run(
      troubleOf(github.ask(COMMENT, { issue_number: 7, body: '' }, MINUTE)),
    );
    expect(seen).toHaveLength(1);
    return { trouble, status, needs, message };
  };
  const accepted = (permissions: string) => ({ 'x-accepted-github-permissions': permissions });
  const INACCESSIBLE = { message: 'Resource not accessible by integration' };
  const NOT_LET =
    'GitHub did not let the token write a comment on acme/shop#7 (403: Resource not accessible by integration).';

  it.each<[string, Response, object]>([
    [
      'names the permission that GitHub names',
      json(INACCESSIBLE, 403, accepted('issues=write; pull_requests=write')),
      {
        trouble: 'forbidden',
        status: 403,
        needs: 'pull-requests: write',
        message: `${NOT_LET} Give the job "permissions: pull-requests: write".`,
      },
    ],
    [
      'names that of the route where GitHub names none',
      json(INACCESSIBLE, 403),
      { trouble: 'forbidden', needs: 'pull-requests: write' },
    ],
    [
      'names what no workflow can give',
      json(INACCESSIBLE, 403, accepted('members=read')),
      {
        trouble: 'forbidden',
        needs: undefined,
        message: `${NOT_LET} It takes members=read, which no "permissions" of a workflow give: use the token of a GitHub App or person that has it.`,
      },
    ],
    [
      'names no permission where none would help',
      json({ message: 'Unable to create comment because issue is locked.' }, 403, accepted('issues=write')),
      {
        trouble: 'forbidden',
        needs: undefined,
        message:
          'GitHub did not let the token write a comment on acme/shop#7 (403: Unable to create comment because issue is locked). Check what the token may do.',
      },
    ],
    [
      'for the token',
      json({ message: 'Bad credentials' }, 401),
      { trouble: 'unauthorized', status: 401, message: expect.stringContaining('(401: Bad credentials)') },
    ],
    [
      'since it is not there',
      json({ message: 'Not Found' }, 404),
      { trouble: 'not-found', status: 404, message: expect.stringContaining('(404: Not Found)') },
    ],
    ['since it is gone', json({ message: 'Gone' }, 410), { trouble: 'refused', status: 410 }],
    [
      'with reasons in words',
      json(
        {
          message: 'Validation Failed',
          errors: [
            { resource: 'IssueComment', code: 'missing_field', field: 'body' },
            { resource: 'IssueComment', code: 'constructor', field: 'data' },
            { code: 'custom', message: 'is too long (maximum is 65536 characters)' },
            'No ref found',
            null,
            7,
          ],
        },
        422,
      ),
      {
        trouble: 'refused',
        status: 422,
        message:
          'GitHub refused to write a comment on acme/shop#7 (422: Validation Failed; body is missing; data has the fault "constructor"; is too long (maximum is 65536 characters); No ref found).',
      },
    ],
    [
      'by a page of a proxy',
      new Response('<head><title>x</title></head><h1>Blocked\n by  policy</h1>', { status: 418 }),
      { trouble: 'refused', message: 'GitHub refused to write a comment on acme/shop#7 (418: Blocked by policy).' },
    ],
    [
      'with much too many words',
      json({ message: `::error::${'x'.repeat(999)}` }, 400),
      { trouble: 'refused', message: expect.stringMatching(/^.{300,400}…\)\.$/) },
    ],
    [
      'without a word',
      new Response(null, { status: 400 }),
      { trouble: 'refused', message: expect.stringContaining('(400: no reason given') },
    ],
  ])('%s', async (_what, answer, expected) => {
    expect(await said(answer)).toMatchObject(expected);
  });

  it('in GraphQL comes with 200', async () => {
    const { github, run } = world(() => json({ data: null, errors: [{ type: 'FORBIDDEN', message: 'No access' }] }));
    const error = await run(troubleOf(github.viewer(MINUTE)));
    expect(error).toMatchObject({ trouble: 'refused', message: expect.stringContaining('No access') });
  });

  it.each([
    ['contents=read', 'contents: read'],
    ['pull_requests=write,contents=read', 'pull-requests: write, contents: read'],
    ['issues=read,contents=read; pull_requests=read,contents=read', 'pull-requests: read, contents: read'],
    ['members=read; statuses=read', 'statuses: read'],
    ['metadata=read,checks=read', 'checks: read'],
    ['metadata=read', undefined],
    ['administration=write', undefined],
    ['contents=admin', undefined],
    [',;=;;a=b', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('asks by the header for %s: %s', (header, expected) => {
    expect(workflowPermissions(header)).toBe(expected);
  });
});
