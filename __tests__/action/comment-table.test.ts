import { describe, expect, it } from '@jest/globals';
import { clusterIn, FirstWrite, STATES, type State, type Watched } from './comment-cluster.ts';
import { answering, commentEvent, hearing, PULL, pullAnswer, type Run, SAID_AT } from './comment-world.ts';

const VERBS = ['promote', 'reject', 'pause', 'resume', 'rollback', 'status', 'help'] as const;
type Verb = (typeof VERBS)[number];
/** Weakest first. */
const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;

const MERGE_SHA = 'e'.repeat(40);
const PULLS = {
  own: { user: { login: 'ada' } },
  "other's": {},
  fork: {
    head: { sha: (pullAnswer() as { head: { sha: string } }).head.sha, ref: 'main', repo: { full_name: 'eve/shop' } },
  },
  closed: { state: 'closed' },
  merged: { state: 'closed', merged: true, merge_commit_sha: MERGE_SHA },
  draft: { draft: true },
} as const;
type Pull = keyof typeof PULLS;
const PULL_KINDS = Object.keys(PULLS) as Pull[];

/** Section 8 of the design, and docs/comments.md: what the person and the pull request have against it. */
function refusesPerson(verb: Verb, role: (typeof ROLES)[number], pull: Pull): boolean {
  if (verb === 'help') return false;
  const isForward = verb === 'promote' || verb === 'resume';
  if (pull === 'fork' || (isForward && (pull === 'closed' || pull === 'draft'))) return true;
  const needed = isForward || verb === 'rollback' ? 'write' : 'triage';
  return ROLES.indexOf(role) < ROLES.indexOf(needed);
}

/** What a permitted command comes to: its first write, or how it ends without any. */
const COMES_TO: Readonly<Record<State, Readonly<Record<Exclude<Verb, 'help'>, string>>>> = {
  absent: all('no-release'),
  superseded: all('refused'),
  running: { ...all('patch Lease'), resume: 'locked', status: 'unchanged' },
  // Another run has the lock, and may be about to do anything: it is told.
  locked: { ...all('patch Lease'), resume: 'paused', status: 'unchanged' },
  paused: { ...all('create Lease'), resume: 'paused', status: 'unchanged' },
  finished: {
    promote: 'already-done',
    resume: 'already-done',
    reject: 'no-release',
    pause: 'no-release',
    rollback: 'create Lease',
    status: 'unchanged',
  },
};

function all(end: string): Record<Exclude<Verb, 'help'>, string> {
  return { promote: end, reject: end, pause: end, resume: end, rollback: end, status: end };
}

function endOf({ write, outcome }: Run): string {
  if (write) return write.split(' ').slice(0, 2).join(' ');
  return outcome?.error?.code ?? outcome?.phase ?? 'quiet';
}

const DONE = ['quiet', 'patch Lease', 'create Lease', 'unchanged', 'paused', 'already-done'];

describe('every command, by every role, on every pull request, in every state of the release', () => {
  it.each(STATES)('%s', async state => {
    const cluster: Watched = await clusterIn(state, SAID_AT, 60_000);
    const wrong: string[] = [];
    const counts: Record<string, number> = {};
    for (const verb of VERBS)
      for (const role of ROLES)
        for (const pull of PULL_KINDS) {
          const run = await hearing(commentEvent(`/${verb}`), {
            cluster,
            answers: answering({ role, pull: pullAnswer(PULLS[pull]) }),
          });
          const isRefused = refusesPerson(verb, role, pull);
          const expected = verb === 'help' ? 'quiet' : isRefused ? 'refused' : COMES_TO[state][verb];
          const end = endOf(run);
          counts[end] = (counts[end] ?? 0) + 1;
          const found = {
            end,
            // Who may not is refused before the cluster hears of it.
            askedCluster: run.requests > 0,
            replies: run.replies.length,
            reactions: run.reactions.join(' '),
            first: run.github.calls.find(({ route }) => route.startsWith('GET'))?.route,
          };
          const wanted = {
            end: expected,
            askedCluster: verb !== 'help' && !isRefused,
            replies: 1,
            reactions: DONE.includes(expected) ? 'eyes rocket' : 'eyes -1',
            first: PULL,
          };
          if (JSON.stringify(found) !== JSON.stringify(wanted))
            wrong.push(`${state} ${verb} ${role} ${pull}: ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`);
        }
    expect(wrong).toEqual([]);
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(rows).toBe(VERBS.length * ROLES.length * PULL_KINDS.length);
    // Of 252 rows a state: 36 for help, 123 refused by person or pull request.
    expect(counts['quiet']).toBe(36);
    expect((counts['refused'] ?? 0) - (state === 'superseded' ? 93 : 0)).toBe(123);
  });

  it.each(['promote', 'resume', 'reject', 'rollback'] as const)(
    '%s by the author, where nobody may promote their own',
    async verb => {
      const cluster = await clusterIn('paused', SAID_AT, 60_000);
      const run = await hearing(commentEvent(`/${verb}`), {
        cluster,
        inputs: { 'prevent-self-promotion': 'true' },
        answers: answering({ role: 'admin', pull: pullAnswer(PULLS.own) }),
      });
      const isForward = verb === 'promote' || verb === 'resume';
      expect([endOf(run), run.requests > 0]).toEqual(isForward ? ['refused', false] : ['create Lease', true]);
    },
  );

  it('is stopped by its first write in these tests, and writes nothing else', async () => {
    const { cluster, process } = await clusterIn('paused', SAID_AT, 60_000);
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'x', namespace: 'default' },
    };
    await expect(cluster.create(lease)).rejects.toThrow(FirstWrite);
    expect(process.writes).toEqual([]);
  });
});
