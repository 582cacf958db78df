import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCommentEvent } from '../../src/github/event.ts';
import { unreachable } from '../github/github-stub.ts';
import { clusterIn, type Watched } from './comment-cluster.ts';
import {
  answering,
  commentEvent,
  hearing,
  PULL,
  REACT,
  REPLY,
  type Run,
  SAID_AT,
  type Saying,
} from './comment-world.ts';
import { anyComment, harmIn } from './hostile-comments.ts';
import { obeyedBy } from './runner-log.ts';

const BODIES = Number(process.env['FUZZ_RUNS'] ?? 10_000);
/** FUZZ_SEED=-1 npm test …: another one each time. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_128);

interface Example {
  name: string;
  examples: Record<string, unknown>[];
}
// The package is a JSON file.
const EXAMPLES = createRequire(import.meta.url)('@octokit/webhooks-examples') as Example[];

/** Most answers are the same few. */
const harmless = new Set<string>();

/** What a run has said that it should not: to the runner, to people or to itself. */
function faultsOf({ log, replies }: Run): string[] {
  // What the runner takes for commands is what the toolkit was asked to tell it, and nothing else that was printed.
  const obeyed = obeyedBy(log.printed());
  const isAsIssued = JSON.stringify(obeyed) === JSON.stringify(log.issued);
  const faults = replies
    .filter(reply => !harmless.has(reply))
    .flatMap(reply => {
      const event = readCommentEvent(commentEvent(reply), 'issue_comment');
      const isOurs = 'ignored' in event && event.ignored === 'the comment is one of our own';
      return [...harmIn(reply), ...(isOurs ? [] : ['is heard']), ...(reply.length < 4_000 ? [] : ['is long'])];
    });
  if (faults.length === 0) for (const reply of replies) harmless.add(reply);
  return [
    ...faults,
    ...(isAsIssued ? [] : ['the runner obeys', ...obeyed]),
    ...(replies.length <= 1 ? [] : ['several answers']),
  ];
}

describe('the text of a comment', () => {
  const worlds: Readonly<Record<string, { saying: Saying; paused?: true; ends: RegExp }>> = {
    // Only what is about no release, no step or no commit of it is refused.
    'who may': {
      saying: { answers: answering({}) },
      paused: true,
      ends: /^(refused|no-release|unchanged|paused|write|quiet)$/,
    },
    'who may not': { saying: { answers: answering({ role: 'none' }) }, ends: /^(refused|quiet)$/ },
    'whom GitHub does not know, being down': {
      saying: { answers: answering({ more: { [PULL]: unreachable, [REACT]: unreachable, [REPLY]: unreachable } }) },
      ends: /^(refused|quiet)$/,
    },
  };
  const seen: Record<string, number> = {};

  async function say(
    name: string,
    { prefix, body }: { prefix: string; body: string },
    cluster: Watched,
  ): Promise<void> {
    const { saying, paused, ends } = worlds[name] as (typeof worlds)[string];
    const inputs = { 'command-prefix': prefix };
    const run = await hearing(commentEvent(body), { ...saying, inputs, ...(paused ? { cluster } : {}) });
    const end = run.write ? 'write' : (run.outcome?.error?.code ?? run.outcome?.phase ?? 'quiet');
    seen[`${name}: ${end}`] = (seen[`${name}: ${end}`] ?? 0) + 1;
    const faults = [...faultsOf(run), ...(ends.test(end) ? [] : [`it ended as ${end}`])];
    // An expectation for each would take longer than all the rest.
    if (faults.length > 0) expect([prefix, body, ...faults]).toEqual([]);
  }

  it('does nothing but what it says, whoever says it', async () => {
    const cluster = await clusterIn('paused', SAID_AT, 60_000);
    const everybody = Object.keys(worlds);
    const property = fc.asyncProperty(fc.constantFrom(...everybody), anyComment, (name, comment) =>
      say(name, comment, cluster),
    );
    await fc.assert(property, { numRuns: BODIES, ...(SEED >= 0 ? { seed: SEED } : {}) });
    expect(cluster.process.writes).toEqual([]);
    // Otherwise nothing was tried.
    for (const end of ['write', 'refused', 'no-release', 'unchanged', 'paused', 'quiet'])
      expect([end, (seen[`who may: ${end}`] ?? 0) > BODIES / 1_000]).toEqual([end, true]);
    for (const name of everybody)
      for (const end of ['refused', 'quiet'])
        expect([name, end, (seen[`${name}: ${end}`] ?? 0) > BODIES / 50]).toEqual([name, end, true]);
  }, 120_000);
});

describe('an event of any kind', () => {
  it('is no error, and asks GitHub for nothing, whatever the runner calls it', async () => {
    for (const { name, examples } of EXAMPLES)
      for (const payload of examples)
        for (const eventName of [name, 'issue_comment', '']) {
          const { outcome, github, log } = await hearing(payload, { answers: answering({}), eventName });
          expect([name, outcome, github.calls, log.issued]).toEqual([name, undefined, [], []]);
        }
  });

  it('is heard where it is a new comment on a pull request, with all that GitHub sends', async () => {
    const created = EXAMPLES.find(({ name }) => name === 'issue_comment')?.examples.find(
      ({ action }) => action === 'created',
    );
    const payload = structuredClone(created) as { issue: object; comment: object };
    Object.assign(payload.issue, { number: 7, pull_request: {} });
    Object.assign(payload.comment, { body: '/status', performed_via_github_app: null });
    const { outcome, reactions } = await hearing(payload, { answers: answering({}), end: { phase: 'unchanged' } });
    expect([outcome?.phase, reactions]).toEqual(['unchanged', ['eyes', 'rocket']]);
  });

  const bot = { login: 'renovate[bot]', type: 'Bot' };
  it.each<[string, (it: { comment: object; issue: object; sender: object; action: string }) => void]>([
    ['edited', it => Object.assign(it, { action: 'edited' })],
    ['deleted', it => Object.assign(it, { action: 'deleted' })],
    ['changed before it was heard', it => Object.assign(it.comment, { updated_at: '2030-01-01T00:00:00Z' })],
    ['on an issue', it => Object.assign(it.issue, { pull_request: undefined })],
    ['sent by a bot', it => Object.assign(it, { sender: bot })],
    ['written by a bot', it => Object.assign(it.comment, { user: bot })],
    ['sent by somebody else', it => Object.assign(it, { sender: { login: 'eve', type: 'User' } })],
    ['written by an app', it => Object.assign(it.comment, { performed_via_github_app: { slug: 'x' } })],
  ])('of a command that was %s is not heard', async (_name, change) => {
    const event = structuredClone(commentEvent('/promote')) as Parameters<typeof change>[0];
    change(event);
    const { outcome, github } = await hearing(event, { answers: answering({}), end: { phase: 'succeeded' } });
    expect([outcome, github.calls]).toEqual([undefined, []]);
  });

  it.each([null, 7, 'x', [], {}, { comment: [], issue: 'x' }])('of no shape is none: %j', async payload => {
    const { outcome, github } = await hearing(payload, { answers: answering({}) });
    expect([outcome, github.calls]).toEqual([undefined, []]);
  });
});
