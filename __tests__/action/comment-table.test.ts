import { beforeAll, describe, expect, it } from '@jest/globals';
import { HEAD, PERMISSION } from '../github/commands/acme.ts';
import { clusterIn, FirstWrite, STATES } from './comment-cluster.ts';
import {
  type Came,
  type Decision,
  expected,
  PULLS,
  type Pull,
  ROLES,
  type Row,
  VERBS,
  WRITES,
} from './comment-oracle.ts';
import {
  answering,
  asRead,
  commentEvent,
  hearing,
  PULL,
  pullAnswer,
  REACT,
  REPLY,
  type Run,
  SAID_AT,
} from './comment-world.ts';

function decisionOf({ outcome, write }: Run): Decision | string {
  if (!outcome) return 'helped';
  const decision = Object.entries(WRITES).find(([, one]) => one === write)?.[0];
  // A pause that was planned is no trouble.
  return decision ?? write ?? outcome.error?.code ?? (['unchanged', 'paused'].includes(outcome.phase) ? 'told' : '?');
}

/** What a row came to; of the words that were to be in the answer, those that are. */
function cameTo(run: Run, { decision, says }: Came): Came {
  const asked = (wanted: string): number => run.github.calls.filter(({ route }) => route === wanted).length;
  const answer = asRead(run.replies.join('\n'));
  const rows = answer.split('\n').filter(line => line.startsWith('| `/'));
  const places = decision === 'helped' ? rows : says.map(() => answer);
  return {
    decision: decisionOf(run),
    says: says.filter((words, index) => places[index]?.includes(words)),
    cluster: run.write ?? (run.requests > 0 ? 'reads' : 'nothing'),
    reactions: run.reactions.join(' '),
    failures: run.log.issued.filter(line => line.startsWith('error')).length,
    pulls: asked(PULL),
    permissions: asked(PERMISSION),
    signs: asked(REACT),
    answers: asked(REPLY),
    others: run.github.calls.length - [PULL, PERMISSION, REACT, REPLY].map(asked).reduce((sum, one) => sum + one),
  };
}

/** Says each row's command: which came to something else than they should, and how many came to what. */
async function table(rows: readonly Row[]): Promise<{ wrong: object[]; counts: Record<string, number> }> {
  const wrong: object[] = [];
  const counts: Record<string, number> = {};
  for (const state of STATES) {
    const cluster = await clusterIn(state, SAID_AT, 60_000);
    for (const row of rows.filter(one => one.state === state)) {
      const run = await hearing(commentEvent(`/${row.verb}`), {
        answers: answering({ role: row.role, pull: pullAnswer(PULLS[row.pull]) }),
        inputs: row.isSelfForbidden ? { 'prevent-self-promotion': 'true' } : {},
        cluster,
      });
      const wanted = expected(row);
      const came = cameTo(run, wanted);
      counts[came.decision] = (counts[came.decision] ?? 0) + 1;
      if (JSON.stringify(came) !== JSON.stringify(wanted)) wrong.push({ row, came, wanted, answer: run.replies });
    }
    // Nothing of what was stopped has come to it by another way; a Lease that another run has is not created anew.
    expect(cluster.process.writes.filter(({ status }) => status !== 409)).toEqual([]);
  }
  return { wrong, counts };
}

function rowsOf(states: readonly Row['state'][], pulls: readonly Pull[], isSelfForbidden: boolean): Row[] {
  return states.flatMap(state =>
    VERBS.flatMap(verb => ROLES.flatMap(role => pulls.map(pull => ({ state, verb, role, pull, isSelfForbidden })))),
  );
}

describe('every command, by every role, on every pull request, in every state of the release', () => {
  const rows = rowsOf(STATES, Object.keys(PULLS) as Pull[], false);
  let came: Awaited<ReturnType<typeof table>>;
  beforeAll(async () => {
    came = await table(rows);
  }, 60_000);

  it('is decided, answered and asked about as the documentation says', () => {
    const { wrong } = came;
    expect(rows).toHaveLength(1_512);
    expect({ wrong: wrong.length, first: wrong.slice(0, 3) }).toEqual({ wrong: 0, first: [] });
  });

  it('comes to each decision as often as it did', () => {
    expect(came.counts).toEqual({
      helped: 216,
      // 738 by person or pull request, and 93 of what has a newer revision of another one.
      refused: 831,
      'no-release': 133,
      'already-done': 18,
      locked: 9,
      told: 98,
      mailbox: 128,
      lock: 79,
    });
  });
});

describe('where nobody may promote what they have opened', () => {
  it('only promote and resume are refused, only to the author, and whatever their role', async () => {
    const { counts, wrong } = await table(rowsOf(['paused', 'running'], ['own', 'other’s', 'merged', 'draft'], true));
    expect({ wrong: wrong.length, first: wrong.slice(0, 3) }).toEqual({ wrong: 0, first: [] });
    expect(counts).toEqual({ helped: 48, refused: 144, locked: 6, told: 38, mailbox: 50, lock: 50 });
  });
});

describe('what commit', () => {
  const moved = { head: { sha: 'd'.repeat(40), ref: 'feature/cart', repo: { full_name: 'acme/shop' } } };
  const rows: [body: string, pull: object, inputs: Record<string, string>, decision: Decision, says: string][] = [
    ['/promote abc1234', {}, {}, 'lock', ''],
    ['/promote 0123abc', {}, {}, 'refused', `You named commit 0123abc, and revision 2 is of commit ${HEAD}.`],
    ['/promote', moved, {}, 'refused', `of commit ${HEAD}, and pull request #7 has come to ${'d'.repeat(40)} since.`],
    ['/promote', moved, { 'allow-superseded': 'true' }, 'lock', ''],
    ['/reject', moved, {}, 'lock', ''],
    ['/rollback', moved, {}, 'lock', ''],
  ];
  it.each(rows)('%s, where GitHub says %j and the inputs %j: %s', async (body, pull, inputs, decision, says) => {
    const cluster = await clusterIn('paused', SAID_AT, 60_000);
    const run = await hearing(commentEvent(body), { answers: answering({ pull: pullAnswer(pull) }), inputs, cluster });
    expect([decisionOf(run), run.reactions]).toEqual([decision, ['eyes', says ? '-1' : 'rocket']]);
    expect(asRead(run.replies[0])).toContain(says);
  });
});

describe('the cluster of these tests', () => {
  it('stops a run at its first write', async () => {
    const { cluster, process } = await clusterIn('paused', SAID_AT, 60_000);
    const conf = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'default' } };
    const ref = { apiVersion: 'v1', kind: 'Secret', name: 'sluice.shop.2', namespace: 'default' };
    const writes = [
      () => cluster.create(conf),
      () => cluster.apply(conf),
      () => cluster.replace(conf),
      () => cluster.patch(ref, {}, 'merge'),
      () => cluster.bound(new AbortController().signal).remove(ref),
    ];
    for (const write of writes) await expect(write()).rejects.toThrow(FirstWrite);
    expect(process.writes).toEqual([]);
  });
});
