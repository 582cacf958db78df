import { HEAD, MERGE } from '../github/commands/acme.ts';
import type { State } from './comment-cluster.ts';

// What every command comes to, written down from docs/comments.md, docs/operating.md and section 8 of the design, not from the code.

export const VERBS = ['promote', 'reject', 'pause', 'resume', 'rollback', 'status', 'help'] as const;
type Verb = (typeof VERBS)[number];
/** Weakest first. */
export const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
type Role = (typeof ROLES)[number];

/** What GitHub tells of each kind of pull request; ada comments, and logins have no case. */
export const PULLS = {
  own: { user: { login: 'Ada' } },
  'other’s': {},
  fork: { head: { sha: HEAD, ref: 'main', repo: { full_name: 'eve/shop' } } },
  closed: { state: 'closed' },
  merged: { state: 'closed', merged: true, merge_commit_sha: MERGE },
  draft: { draft: true },
} as const;
export type Pull = keyof typeof PULLS;

export interface Row {
  state: State;
  verb: Verb;
  role: Role;
  pull: Pull;
  /** Whether prevent-self-promotion is true. */
  isSelfForbidden: boolean;
}

/**
 * How a run ends. `told`: by an answer, with nothing changed. `mailbox`: the run that works on the release is told. `lock`:
 * this run takes the lock, to do it itself.
 */
export type Decision = 'helped' | 'refused' | 'no-release' | 'already-done' | 'locked' | 'told' | 'mailbox' | 'lock';

export const WRITES: Partial<Record<Decision, string>> = {
  mailbox: 'patch Lease default/sluice.shop',
  lock: 'create Lease default/sluice.shop',
};

/** All that is asserted of a row. */
export interface Came {
  decision: Decision | string;
  /** Words that are in the answer: of `/help`, one each in the rows of its table. */
  says: readonly string[];
  /** `nothing` was asked of it, it was only read, or the first write. */
  cluster: 'nothing' | 'reads' | string;
  reactions: string;
  /** Of the step. */
  failures: number;
  /** How often GitHub was asked for the pull request, for the role, for a sign, for an answer, and for anything else. */
  pulls: number;
  permissions: number;
  signs: number;
  answers: number;
  others: number;
}

/** The tables under "The commands" and "Who may". */
const NEEDS: Readonly<Record<Verb, Role>> = {
  promote: 'write',
  resume: 'write',
  rollback: 'write',
  reject: 'triage',
  pause: 'triage',
  status: 'triage',
  help: 'none',
};

/** "What is refused": what stands against a verb on such a pull request, whoever says it. */
function againstPull({ verb, pull, isSelfForbidden }: Row): string | undefined {
  if (verb === 'help') return undefined;
  if (pull === 'fork') return 'allow-forks is false, and this pull request comes from a fork of acme/shop';
  if (verb !== 'promote' && verb !== 'resume') return undefined;
  if (pull === 'closed')
    return 'Only an open or merged pull request can be released, and this one was closed without a merge';
  if (pull === 'draft') return 'Only a pull request that is ready can be released, and this one is a draft';
  return pull === 'own' && isSelfForbidden ? 'prevent-self-promotion is true, and you opened this' : undefined;
}

function againstPerson({ verb, role }: Row): string | undefined {
  const needs = NEEDS[verb];
  if (ROLES.indexOf(role) >= ROLES.indexOf(needs)) return undefined;
  const input = needs === 'write' ? 'promote-roles' : 'reject-roles';
  return `${input} asks for ${needs} or more, and you have ${role === 'none' ? 'no role' : role} on acme/shop`;
}

/** What a permitted command can come to, and words of its answer. */
const ENDS = {
  none: ['no-release', 'Namespace default has no release of pull request #7. Deploy it first.'],
  newer: [
    'refused',
    'is at revision 3 by now, which comes from pull request #8 and not from this pull request. Say it where',
  ],
  over: ['no-release', 'its newest revision 2 has ended: succeeded'],
  done: ['already-done', 'Revision 2 was promoted already'],
  held: [
    'locked',
    'Another run holds this release: https://github.com/acme/shop/actions/runs/12. Nothing was changed. It is alive',
  ],
  waits: ['told', 'revision 2 waits for approval at 25 %'],
  status: ['told', '@ada this is how it stands.'],
  mailbox: ['mailbox', ''],
  lock: ['lock', ''],
} as const satisfies Record<string, readonly [Decision, string]>;
type End = keyof typeof ENDS;

/** The table under "Commands" of operating.md. A comment does not wait for another run, and a release is its newest revision's. */
const COMES_TO: Readonly<Record<State, Readonly<Record<Exclude<Verb, 'help'>, End>>>> = {
  absent: all('none'),
  superseded: all('newer'),
  running: { ...all('mailbox'), resume: 'held', status: 'status' },
  // Another run has the lock, and may be about to do anything: it is told.
  locked: { ...all('mailbox'), resume: 'waits', status: 'status' },
  paused: { ...all('lock'), resume: 'waits', status: 'status' },
  finished: { promote: 'done', resume: 'done', reject: 'over', pause: 'over', rollback: 'lock', status: 'status' },
};

function all(end: End): Record<Exclude<Verb, 'help'>, End> {
  return { promote: end, reject: end, pause: end, resume: end, rollback: end, status: end };
}

const NOT_DONE: readonly Decision[] = ['refused', 'no-release', 'locked'];

export function expected(row: Row): Came {
  const { state, verb, pull } = row;
  if (verb === 'help') {
    const says = VERBS.map(one => {
      const against = againstPull({ ...row, verb: one }) ?? againstPerson({ ...row, verb: one });
      return against ? `❌ not you: ${against}` : '✅ you may';
    });
    // Where the pull request stands against all of them, nobody's role matters.
    return came('helped', says, 'nothing', { pulls: 1, permissions: pull === 'fork' ? 0 : 1 });
  }
  const sorry = `@ada Sorry, \`/${verb}\` was not done: `;
  const byPull = againstPull(row);
  const against = byPull ?? againstPerson(row);
  if (against) return came('refused', [sorry + against], 'nothing', { pulls: 1, permissions: byPull ? 0 : 1 });
  const [decision, words] = ENDS[COMES_TO[state][verb]];
  // What goes forward is asked about once more at the moment of the change: the head may have moved.
  const isForward = verb === 'promote' || verb === 'resume';
  const again = isForward && (decision === 'mailbox' || decision === 'lock' || decision === 'locked') ? 1 : 0;
  const says = NOT_DONE.includes(decision) ? [sorry, words] : [words];
  return came(decision, says, WRITES[decision] ?? 'reads', { pulls: 1 + again, permissions: 1 });
}

function came(
  decision: Decision,
  says: readonly string[],
  cluster: string,
  asked: { pulls: number; permissions: number },
): Came {
  const isDone = !NOT_DONE.includes(decision);
  const reactions = isDone ? 'eyes rocket' : 'eyes -1';
  return { decision, says, cluster, reactions, failures: isDone ? 0 : 1, ...asked, signs: 2, answers: 1, others: 0 };
}
