import { describe, expect, it } from '@jest/globals';
import { permittedVerbs } from '../../../src/github/commands/authorise.ts';
import { VERBS } from '../../../src/github/commands/parse.ts';
import type { PullRequest } from '../../../src/github/pull-request.ts';
import {
  acme,
  asked,
  MEMBERSHIP,
  MERGED,
  PATIENCE,
  PERMISSION,
  POLICY,
  PULL,
  permission,
  ruleOf,
  says,
} from './acme.ts';

interface Person {
  login?: string;
  /** Of none, read, triage, write, maintain and admin, which from 0 on. */
  worth: number;
  answer: unknown;
  isNamed?: boolean;
  isMember?: boolean;
}

const PEOPLE: Readonly<Record<string, Person>> = {
  nobody: { worth: 0, answer: undefined },
  none: { worth: 0, answer: 'none' },
  read: { worth: 1, answer: 'read' },
  triage: { worth: 2, answer: 'triage' },
  write: { worth: 3, answer: 'write' },
  maintain: { worth: 4, answer: 'maintain' },
  admin: { worth: 5, answer: 'admin' },
  'custom role based on write': { worth: 3, answer: permission('developer', 'write') },
  'custom role named in promote-roles': { worth: 1, answer: permission('release-manager', 'read'), isNamed: true },
  'allowed by login': { login: 'Grace', worth: 0, answer: undefined },
  'team member': { worth: 1, answer: 'read', isMember: true },
};
const PULLS: Readonly<Record<string, PullRequest>> = {
  'somebody else’s': PULL,
  'their own': { ...PULL, author: 'Ada' },
  'from a fork': { ...PULL, isFork: true },
  closed: { ...PULL, state: 'closed' },
  merged: MERGED,
  'merged from a fork, once a draft': { ...MERGED, isFork: true, isDraft: true },
  draft: { ...PULL, isDraft: true },
};
const policy = {
  promoteRoles: ['write', 'Release-Manager'],
  rejectRoles: ['triage'],
  allow: ['@grace', '@Acme/Release-Team'],
  preventSelfPromotion: true,
};

describe.each(Object.entries(PULLS))('on a pull request that is %s', (kind, pull) => {
  it.each(Object.entries(PEOPLE))('%s', async (_name, person) => {
    const { login = 'ada', worth, answer, isNamed = false, isMember = false } = person;
    const said = {
      people: answer === undefined ? {} : { [login]: answer },
      teams: isMember ? { 'acme/release-team/ada': 'active' } : {},
    };
    const expected = VERBS.map(verb => {
      const moves = verb === 'promote' || verb === 'resume';
      const byRole = moves || verb === 'rollback' ? worth >= 3 || isNamed : worth >= 2;
      const may = login === 'Grace' || byRole || isMember;
      const person = may ? 'permitted' : 'role';
      const calls = login === 'Grace' ? [] : byRole ? [PERMISSION] : [PERMISSION, MEMBERSHIP];
      if (verb === 'help') return { verb, rule: 'permitted', calls: [] };
      if (kind === 'from a fork') return { verb, rule: 'fork', calls: [] };
      if (moves && (kind === 'closed' || kind === 'draft')) return { verb, rule: kind, calls: [] };
      if (moves && kind === 'their own' && login === 'ada') return { verb, rule: 'self-promotion', calls: [] };
      return { verb, rule: person, calls };
    });

    const heard = await Promise.all(
      VERBS.map(async verb => {
        const github = acme(said);
        const rule = ruleOf(await says(github, verb, { policy, pull, login }));
        return { verb, rule, calls: asked(github) };
      }),
    );
    expect(heard).toEqual(expected);

    const github = acme(said);
    const told = await permittedVerbs(github, { author: login }, pull, { ...POLICY, ...policy }, PATIENCE);
    expect(told.map(({ verb, refusal }) => [verb, refusal?.rule ?? 'permitted'])).toEqual(
      expected.map(({ verb, rule }) => [verb, rule]),
    );
    // For all verbs together, each question is asked once.
    expect(asked(github).sort()).toEqual([...new Set(expected.flatMap(({ calls }) => calls))].sort());
  });
});

describe('help', () => {
  it('asks nothing of reviews and checks', async () => {
    const github = acme({ people: { ada: 'write' } });
    const strict = { ...POLICY, requiredReviews: 2, requiredChecks: 'all' as const };
    const told = await permittedVerbs(github, { author: 'ada' }, PULL, strict, PATIENCE);
    expect(told.filter(({ refusal }) => refusal)).toEqual([]);
    expect(asked(github)).toEqual([PERMISSION]);
  });
});
