import { describe, expect, it } from '@jest/globals';
import { answerError, limitError } from '../../src/github/answer-error.ts';
import type { GitHubError } from '../../src/github/github.ts';
import { toldOf } from '../../src/github/routes.ts';
import { HEAD, PERMISSION, REVIEWS, RUNS, STATUSES } from '../github/commands/acme.ts';
import type { Answers } from '../github/github-stub.ts';
import { clusterIn, type State, type Watched } from './comment-cluster.ts';
import { answering, asRead, commentEvent, hearing, PULL, REACT, REPLY, type Run, SAID_AT } from './comment-world.ts';

const PLACE = {
  owner: 'acme',
  repo: 'shop',
  pull_number: 7,
  username: 'ada',
  ref: HEAD,
  comment_id: 501,
  issue_number: 7,
};
const actOf = (route: string): string => toldOf(route, PLACE).act;

function refusing(route: string, status: number, message: string): GitHubError {
  const asked = { ...toldOf(route, PLACE), host: 'api.github.com', redact: (text: string) => text };
  return answerError(asked, { kind: 'answer', status, headers: {}, data: { message }, text: '' });
}

/** As the client tells them. */
const TROUBLES: Readonly<Record<string, (route: string) => GitHubError>> = {
  forbidden: route => refusing(route, 403, 'Resource not accessible by integration'),
  unauthorized: route => refusing(route, 401, 'Bad credentials'),
  unreachable: route => refusing(route, 502, 'Server Error'),
  'rate-limited': route =>
    limitError(
      { ...toldOf(route, PLACE), host: 'api.github.com', redact: text => text },
      { waitMs: 3_600_000, endsAt: SAID_AT + 3_600_000, isSecondary: false },
    ),
};

const APPROVED = {
  state: 'APPROVED',
  commit_id: HEAD,
  submitted_at: '2026-03-14T09:00:00Z',
  user: { login: 'grace', type: 'User' },
};
const STRICT = { 'required-reviews': '1', 'required-checks': 'all' };
/** All that is asked about `/promote` where everything is required, and answered so that it goes on. */
const GOOD = {
  [REVIEWS]: [APPROVED],
  [RUNS]: [{ name: 'build', status: 'completed', conclusion: 'success', details_url: null, html_url: null, app: null }],
  [STATUSES]: [],
};

/** What a run came to, whatever was said of it. */
const endOf = ({ outcome, write }: Run): string => write ?? outcome?.error?.code ?? outcome?.phase ?? 'quiet';

async function promote(more: Record<string, unknown>, inputs: Record<string, string> = STRICT): Promise<Run> {
  const cluster = await clusterIn('paused', SAID_AT, 60_000);
  return hearing(commentEvent('/promote'), { answers: answering({ more: { ...GOOD, ...more } }), cluster, inputs });
}

describe('what cannot be learned', () => {
  it('is not needed where all is known', async () => {
    const run = await promote({});
    expect(endOf(run)).toBe('create Lease default/sluice.shop');
    for (const route of [PULL, PERMISSION, REVIEWS, RUNS, STATUSES])
      expect(run.github.calls.map(call => call.route)).toContain(route);
  });

  const before = [PULL, PERMISSION, REVIEWS].map(route => ({ route, requests: 'none' }));
  const after = [RUNS, STATUSES].map(route => ({ route, requests: 'reads' }));
  const rows = [...before, ...after].flatMap(row => Object.keys(TROUBLES).map(trouble => ({ ...row, trouble })));

  it.each(rows)('refuses, and the answer names it: $route is $trouble', async ({ route, requests, trouble }) => {
    const run = await promote({ [route]: TROUBLES[trouble]?.(route) });
    expect([endOf(run), run.reactions, run.replies.length]).toEqual(['refused', ['eyes', '-1'], 1]);
    // The commit that checks are of is the record's.
    expect(run.requests > 0 ? 'reads' : 'none').toBe(requests);
    expect(asRead(run.replies[0])).toContain(actOf(route));
    expect(run.log.issued.filter(line => line.startsWith('error'))).toEqual([expect.stringContaining(actOf(route))]);
  });

  it.each(['/help', '/status', '/reject', '/rollback'])('about the pull request refuses %s, too', async body => {
    const cluster = await clusterIn('paused', SAID_AT, 60_000);
    const answers = answering({ more: { [PULL]: TROUBLES['unreachable']?.(PULL) } });
    const run = await hearing(commentEvent(body), { answers, cluster });
    expect([endOf(run), run.requests, run.reactions]).toEqual(['refused', 0, ['eyes', '-1']]);
    expect(asRead(run.replies[0])).toContain(actOf(PULL));
  });

  it('is waited for as long as people wait, and then refuses', async () => {
    const cluster = await clusterIn('paused', SAID_AT, 60_000);
    const known = answering({});
    const answers: Answers = (call, place) => ({
      ...known(call, place),
      after: call.route === PERMISSION ? 600_000 : 0,
    });
    const run = await hearing(commentEvent('/promote'), { answers, cluster });
    expect([endOf(run), run.requests, run.took]).toEqual(['refused', 0, 90_000]);
  });

  it('of a pull request whose answer lacks something refuses', async () => {
    for (const lacking of ['head', 'base', 'user', 'state', 'number', 'html_url']) {
      const cluster = await clusterIn('paused', SAID_AT, 60_000);
      const whole = (await answering({})({ route: PULL, parameters: {}, at: 0 }, 0)).answer as object;
      const run = await hearing(commentEvent('/promote'), {
        answers: answering({ pull: { ...whole, [lacking]: undefined } }),
        cluster,
      });
      expect([lacking, endOf(run), run.requests]).toEqual([lacking, 'refused', 0]);
    }
  });
});

describe('what cannot be said', () => {
  const cases: [body: string, role: string, state: State][] = [
    ['/promote', 'admin', 'paused'],
    ['/reject', 'triage', 'running'],
    ['/promote', 'read', 'paused'],
    ['/promote', 'admin', 'finished'],
    ['/promote', 'admin', 'absent'],
    ['/status', 'triage', 'locked'],
    ['/help', 'none', 'absent'],
    ['/promot', 'admin', 'paused'],
  ];

  async function said(
    [body, role]: (typeof cases)[number],
    cluster: Watched,
    mute: readonly string[],
    how: string,
  ): Promise<Run> {
    const known = answering({ role });
    const answers: Answers = (call, place) => {
      if (!mute.includes(call.route)) return known(call, place);
      return how === 'silent' ? { after: 600_000 } : { answer: TROUBLES[how]?.(call.route) };
    };
    return hearing(commentEvent(body), { answers, cluster });
  }
  const warnings = ({ log }: Run): string[] => log.issued.filter(line => line.startsWith('warning'));

  it.each(cases)('changes nothing of %s by %s, %s, and is warned of once', async (...one) => {
    const cluster = await clusterIn(one[2], SAID_AT, 60_000);
    const plain = await said(one, cluster, [], 'forbidden');
    expect(warnings(plain)).toEqual([]);
    for (const mute of one[0] === '/promot' ? [[REPLY]] : [[REACT], [REPLY], [REACT, REPLY]])
      for (const how of [...Object.keys(TROUBLES), 'silent']) {
        const run = await said(one, cluster, mute, how);
        const failures = (it: Run): string[] => it.log.issued.filter(line => line.startsWith('error'));
        expect([mute, how, endOf(run), failures(run)]).toEqual([mute, how, endOf(plain), failures(plain)]);
        expect(warnings(run)).toHaveLength(1);
        expect(warnings(run)[0]).toMatch(/^warning (A reaction|The answer) could not be written on pull request #7: /);
        // Nobody waits for it much longer than for the rest; what else could be said was.
        expect(run.took).toBeLessThanOrEqual(plain.took + 45_000);
        if (how !== 'silent' && !mute.includes(REPLY)) expect(run.replies).toEqual(plain.replies);
      }
  });
});
