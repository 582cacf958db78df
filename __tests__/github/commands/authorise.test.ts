import { describe, expect, it } from '@jest/globals';
import { permittedVerbs } from '../../../src/github/commands/authorise.ts';
import {
  acme,
  asked,
  failing,
  MEMBERSHIP,
  MERGED,
  messageOf,
  PATIENCE,
  PERMISSION,
  POLICY,
  PULL,
  permission,
  ruleOf,
  type Said,
  says,
  TROUBLES,
} from './acme.ts';

const TEAM = '@acme/release-team';

describe('a role', () => {
  const rolesThat = async (answer: unknown, promoteRoles: readonly string[]): Promise<string> =>
    ruleOf(await says(acme({ people: { ada: answer } }), 'promote', { policy: { promoteRoles } }));

  it.each<[string, unknown, string[], string]>([
    ['in another case', permission('Maintain', 'write'), ['maintain'], 'permitted'],
    ['asked for in another case', 'maintain', ['Maintain'], 'permitted'],
    ['of an owner of the organisation', permission('admin', 'admin', { admin: true }), ['admin'], 'permitted'],
    [
      'of an owner who has a custom role, too',
      permission('auditor', 'admin', { pull: true, admin: true }),
      ['admin'],
      'permitted',
    ],
    ['of a server that tells none', { permission: 'write', user: null }, ['write'], 'permitted'],
    [
      'of a custom one, by its flags',
      permission('lead', 'write', { pull: true, push: true, maintain: true }),
      ['maintain'],
      'permitted',
    ],
    [
      'of a custom one, below',
      permission('lead', 'write', { pull: true, push: true, maintain: false }),
      ['maintain'],
      'role',
    ],
    [
      'of a custom one that is worth triage',
      permission('helper', 'read', { pull: true, triage: true }),
      ['triage'],
      'permitted',
    ],
    [
      'of a custom one that is worth less',
      permission('helper', 'read', { pull: true, triage: false }),
      ['triage'],
      'role',
    ],
    ['named like a stronger one', permission('Admin', 'read', { pull: true }), ['write'], 'role'],
    ['with flags above its permission', permission('x', 'read', { admin: true }), ['write'], 'role'],
    ['that is named, in another case', permission('Release Manager', 'read'), ['release manager'], 'permitted'],
    ['that is only begun like the named one', permission('release', 'read'), ['release manager'], 'role'],
    ['that is named, without any access', permission('release', 'none'), ['release'], 'role'],
    ['nobody has heard of', permission('x', 'owner'), ['read'], 'role'],
    ['none, which is no role to ask for', 'none', ['none', ''], 'role'],
    ['none, beside one to ask for', 'none', ['admin', 'none', ''], 'role'],
    ['though none is asked for', 'admin', [], 'role'],
    ['the weakest asked for', 'triage', ['admin', 'triage'], 'permitted'],
  ])('%s', async (_name, answer, wanted, rule) => {
    expect(await rolesThat(answer, wanted)).toBe(rule);
  });

  it('is told with what was asked for and the way out', async () => {
    const heard = async (answer: unknown, policy: object): Promise<string> =>
      messageOf(await says(acme({ people: { ada: answer } }), 'promote', { policy }));
    expect(await heard('triage', {})).toBe(
      'promote-roles asks for write or more, and you have triage on acme/shop: ask someone who may, or be added to allow.',
    );
    expect(await heard(undefined, { promoteRoles: ['admin', 'release-manager'] })).toBe(
      'promote-roles asks for admin, or release-manager, and you have no role on acme/shop: ask someone who may, or be added to allow.',
    );
    expect(await heard(permission('auditor', 'read'), { allow: [TEAM, '@acme/sre'] })).toBe(
      'promote-roles asks for write or more, and you have auditor (worth read) on acme/shop, and as far as the token sees you are not in @acme/release-team or @acme/sre: ask someone who may, or be added to allow.',
    );
    expect(await heard('admin', { promoteRoles: [] })).toBe(
      'promote-roles asks for none, and only allow lets in: ask someone who may, or be added to allow.',
    );
    expect(messageOf(await says(acme({}), 'pause'))).toMatch(/^reject-roles asks for triage or more/);
  });

  it('is not asked for where none would do', async () => {
    const github = acme({});
    await says(github, 'promote', { policy: { promoteRoles: [], allow: [TEAM] } });
    expect(asked(github)).toEqual([MEMBERSHIP]);
  });
});

describe('the allow list', () => {
  const may = async (allow: readonly string[], said: Said = {}, login = 'ada'): Promise<string> =>
    ruleOf(await says(acme(said), 'promote', { policy: { allow }, login }));

  it.each(['ada', '@ada', '@ADA', ' ada '])('has %j', async entry => {
    expect(await may([entry])).toBe('permitted');
  });

  it.each(['ad', 'adam', '@', '', '/', '@acme/', '@/ada', 'acme/release-team/ada', '*'])(
    'of %j does not have ada',
    async entry => {
      expect(await may([entry])).toBe('role');
      expect(await may([entry], {}, '')).toBe('role');
    },
  );

  it('has the members of a team, once they accepted', async () => {
    const inState = (state: string): Promise<string> => may([TEAM], { teams: { 'acme/release-team/ada': state } });
    expect(await inState('active')).toBe('permitted');
    expect(await inState('pending')).toBe('role');
  });

  it('is asked until somebody is found', async () => {
    const github = acme({ teams: { 'acme/b/ada': 'active' } });
    expect(ruleOf(await says(github, 'promote', { policy: { allow: ['@acme/a', '@acme/b', '@acme/c'] } }))).toBe(
      'permitted',
    );
    expect(github.calls.map(({ parameters }) => parameters['team_slug'] ?? 'role')).toEqual(['role', 'a', 'b']);
  });
});

describe('what cannot be learned', () => {
  const troubled = TROUBLES.map(trouble => failing(trouble, 'contents: read'));

  it.each(troubled)('of the role refuses: $trouble', async failure => {
    for (const verb of ['promote', 'reject', 'status'] as const) {
      const permit = await says(acme({ people: { ada: failure } }), verb);
      expect(ruleOf(permit)).toBe('look-up');
      expect(messageOf(permit)).toMatch(
        /^It could not be learned whether you may .*, and that refuses: GitHub did not tell \(.*\); the token needs contents: read\.$/,
      );
    }
  });

  it.each(troubled)('of a team refuses: $trouble', async failure => {
    const said = { people: { ada: 'read' }, teams: { 'acme/release-team/ada': failure } };
    const permit = await says(acme(said), 'promote', { policy: { allow: [TEAM] } });
    expect(ruleOf(permit)).toBe('look-up');
    if (failure.trouble === 'forbidden')
      expect(messageOf(permit)).toContain(
        'who is in @acme/release-team takes a token with members: read, which GITHUB_TOKEN never has (GitHub did not tell (forbidden)',
      );
  });

  it('does not matter where something else permits', async () => {
    const role = { people: { ada: failing('unreachable') } };
    const teams = { 'acme/a/ada': failing('forbidden'), 'acme/b/ada': 'active' };
    const heard = async (said: Said, allow: readonly string[]): Promise<string> =>
      ruleOf(await says(acme(said), 'promote', { policy: { allow } }));
    expect(await heard(role, ['ada'])).toBe('permitted');
    expect(await heard({ ...role, teams }, ['@acme/b'])).toBe('permitted');
    expect(await heard({ ...role, teams }, ['@acme/a', '@acme/b'])).toBe('permitted');
    expect(await heard({ people: { ada: 'write' }, teams }, ['@acme/a'])).toBe('permitted');
    expect(await heard({ ...role, teams }, ['@acme/a', '@acme/c'])).toBe('look-up');
  });

  it('is told by help, verb by verb', async () => {
    const github = acme({ people: { ada: failing('rate-limited') } });
    const told = await permittedVerbs(github, { author: 'ada' }, PULL, POLICY, PATIENCE);
    expect(told.map(({ refusal }) => refusal?.rule)).toEqual([...Array(6).fill('look-up'), undefined]);
    expect(asked(github)).toEqual([PERMISSION]);
  });

  it('is told in 500 characters', async () => {
    const failure = (): Error => Object.assign(failing('refused'), { message: 'x '.repeat(5_000) });
    const teams = Object.fromEntries(['a', 'b', 'c'].map(slug => [`acme/${slug}/ada`, failure()]));
    const allow = ['@acme/a', '@acme/b', '@acme/c'];
    const message = messageOf(
      await says(acme({ people: { ada: failure() }, teams }), 'promote', { policy: { allow } }),
    );
    expect(message.length).toBeLessThanOrEqual(500);
    expect(message).toMatch(/\.$/);
  });

  it('is not what a defect is: that is thrown', async () => {
    for (const said of [
      { people: { ada: new TypeError('defect') } },
      { teams: { 'acme/release-team/ada': new TypeError('defect') } },
    ])
      await expect(says(acme(said), 'promote', { policy: { allow: [TEAM] } })).rejects.toThrow('defect');
  });
});

describe('a pull request', () => {
  const people = { ada: 'admin', linus: 'admin' };

  it('from a fork is obeyed where that is allowed', async () => {
    const pull = { ...PULL, isFork: true };
    expect(ruleOf(await says(acme({ people }), 'promote', { pull, policy: { allowForks: true } }))).toBe('permitted');
    expect(messageOf(await says(acme({ people }), 'status', { pull }))).toBe(
      'allow-forks is false, and this pull request comes from a fork of acme/shop: merge it first, or set allow-forks: true.',
    );
  });

  it('may be promoted by its author, unless that is prevented', async () => {
    const said = (preventSelfPromotion: boolean, pull = PULL): ReturnType<typeof says> =>
      says(acme({ people }), 'resume', { login: 'LINUS', policy: { preventSelfPromotion, allow: ['linus'] }, pull });
    expect(ruleOf(await said(false))).toBe('permitted');
    expect(ruleOf(await said(true, MERGED))).toBe('self-promotion');
    expect(messageOf(await said(true))).toBe(
      'prevent-self-promotion is true, and you opened this pull request: ask someone else who may to resume it.',
    );
  });

  it('that is closed or a draft says how to go on', async () => {
    expect(messageOf(await says(acme({}), 'promote', { pull: { ...PULL, state: 'closed', isDraft: true } }))).toBe(
      'Only an open or merged pull request can be released, and this one was closed without a merge: reopen it to promote, or reject what is left of its release.',
    );
    expect(messageOf(await says(acme({}), 'resume', { pull: { ...PULL, isDraft: true } }))).toBe(
      'Only a pull request that is ready can be released, and this one is a draft: mark it as ready for review, then resume.',
    );
  });
});
