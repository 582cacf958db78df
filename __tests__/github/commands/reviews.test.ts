import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Permit } from '../../../src/github/commands/authorise.ts';
import {
  acme,
  asked,
  failing,
  HEAD,
  MERGED,
  messageOf,
  PERMISSION,
  REVIEWS,
  ruleOf,
  type Said,
  says,
  TROUBLES,
} from './acme.ts';

type State = 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED' | 'COMMENTED' | 'PENDING';

function review(login: string, state: State, more: object = {}): object {
  return { user: { login, type: 'User' }, state, commit_id: HEAD, submitted_at: '2026-03-14T09:00:00Z', ...more };
}

const OLD = { commit_id: 'f'.repeat(40) };
const people = { ada: 'write', bob: 'write', cyd: 'maintain', dan: 'read', linus: 'admin' };

function promote(reviews: unknown, requiredReviews = 1, more: Said = {}): Promise<Permit> {
  return says(acme({ people, reviews, ...more }), 'promote', { policy: { requiredReviews } });
}

describe('required reviews', () => {
  it.each<[string, object[], number, string]>([
    ['one approval', [review('bob', 'APPROVED')], 1, 'permitted'],
    ['that of the person who promotes', [review('Ada', 'APPROVED')], 1, 'permitted'],
    ['none', [], 1, 'reviews'],
    ['too few', [review('bob', 'APPROVED')], 2, 'reviews'],
    ['one person’s, twice', [review('bob', 'APPROVED'), review('Bob', 'APPROVED')], 2, 'reviews'],
    ['two people’s', [review('bob', 'APPROVED'), review('cyd', 'APPROVED')], 2, 'permitted'],
    ['the author’s', [review('linus', 'APPROVED')], 1, 'reviews'],
    ['of an older commit', [review('bob', 'APPROVED', OLD)], 1, 'reviews'],
    ['by somebody who may only read', [review('dan', 'APPROVED')], 1, 'reviews'],
    ['by somebody unknown', [review('eve', 'APPROVED')], 1, 'reviews'],
    ['by a workflow', [review('bob', 'APPROVED', { user: { login: 'bob', type: 'Bot' } })], 1, 'reviews'],
    ['by an account that is gone', [review('bob', 'APPROVED', { user: null })], 1, 'reviews'],
    ['only a comment', [review('bob', 'COMMENTED')], 1, 'reviews'],
    ['only begun', [review('bob', 'PENDING', { submitted_at: undefined })], 1, 'reviews'],
    ['a comment afterwards', [review('bob', 'APPROVED'), review('bob', 'COMMENTED')], 1, 'permitted'],
    ['dismissed', [review('bob', 'APPROVED'), review('bob', 'DISMISSED')], 1, 'reviews'],
    ['taken back', [review('bob', 'APPROVED'), review('bob', 'CHANGES_REQUESTED')], 1, 'reviews'],
    ['given at last', [review('bob', 'CHANGES_REQUESTED'), review('bob', 'APPROVED')], 1, 'permitted'],
    [
      'taken back in a review begun before',
      [review('bob', 'CHANGES_REQUESTED', { submitted_at: '2026-03-14T10:00:00Z' }), review('bob', 'APPROVED')],
      1,
      'reviews',
    ],
    ['changes requested by another', [review('bob', 'APPROVED'), review('cyd', 'CHANGES_REQUESTED')], 1, 'reviews'],
    [
      'changes requested of an older commit',
      [review('bob', 'APPROVED'), review('cyd', 'CHANGES_REQUESTED', OLD)],
      1,
      'reviews',
    ],
    [
      'changes requested by a passer-by',
      [review('bob', 'APPROVED'), review('dan', 'CHANGES_REQUESTED')],
      1,
      'permitted',
    ],
    [
      'changes requested by the author',
      [review('bob', 'APPROVED'), review('linus', 'CHANGES_REQUESTED')],
      1,
      'permitted',
    ],
    ['changes no longer requested', [review('bob', 'APPROVED'), review('cyd', 'DISMISSED')], 1, 'permitted'],
  ])('%s', async (_name, reviews, required, rule) => {
    expect(ruleOf(await promote(reviews, required))).toBe(rule);
  });

  it('are told with what there is', async () => {
    expect(messageOf(await promote([review('bob', 'APPROVED')], 2))).toBe(
      'required-reviews asks for 2 approving reviews of commit abc1234 by people who may push and did not open this pull request, and it has 1: ask for another review, then say it again.',
    );
    expect(messageOf(await promote([review('bob', 'APPROVED'), review('cyd', 'CHANGES_REQUESTED')]))).toBe(
      'required-reviews asks for 1 approving review, and cyd requested changes: ask them to approve, or to dismiss that review.',
    );
  });

  it('are needed by promote and resume alone', async () => {
    const heard = async (verb: Parameters<typeof says>[1]): Promise<[string, boolean]> => {
      const github = acme({ people });
      const rule = ruleOf(await says(github, verb, { policy: { requiredReviews: 1 }, pull: MERGED }));
      return [rule, asked(github).includes(REVIEWS)];
    };
    for (const verb of ['promote', 'resume'] as const) expect(await heard(verb)).toEqual(['reviews', true]);
    for (const verb of ['reject', 'pause', 'rollback', 'status', 'help'] as const)
      expect(await heard(verb)).toEqual(['permitted', false]);
  });

  it('are asked about only as far as needed', async () => {
    const askedFor = async (reviews: object[], requiredReviews: number): Promise<unknown[]> => {
      const github = acme({ people, reviews });
      await says(github, 'promote', { policy: { requiredReviews } });
      return github.calls.filter(({ route }) => route === PERMISSION).map(({ parameters }) => parameters['username']);
    };
    const approvals = ['Ada', 'bob', 'cyd'].map(login => review(login, 'APPROVED'));
    expect(await askedFor(approvals, 4)).toEqual(['ada']);
    expect(await askedFor(approvals, 2)).toEqual(['ada', 'bob']);
    expect(await askedFor([...approvals, review('dan', 'CHANGES_REQUESTED')], 1)).toEqual(['ada', 'dan']);
  });

  it.each(TROUBLES)('that cannot be learned refuse: %s', async trouble => {
    const approvals = [review('bob', 'APPROVED'), review('cyd', 'APPROVED')];
    const bobUnknown = { people: { ...people, bob: failing(trouble) } };
    expect(ruleOf(await promote(failing(trouble)))).toBe('look-up');
    expect(messageOf(await promote(failing(trouble)))).toMatch(
      /^It could not be learned who has approved this pull request, and that refuses: GitHub did not tell/,
    );
    expect(ruleOf(await promote(approvals, 2, bobUnknown))).toBe('look-up');
    expect(ruleOf(await promote(approvals, 1, bobUnknown))).toBe('permitted');
    expect(ruleOf(await promote([review('cyd', 'APPROVED'), review('bob', 'CHANGES_REQUESTED')], 1, bobUnknown))).toBe(
      'look-up',
    );
  });

  it('that are too many to read refuse', async () => {
    expect(ruleOf(await promote({ items: [review('bob', 'APPROVED')], more: true }))).toBe('look-up');
  });

  it('count as a plain count of people does', async () => {
    const states = fc.constantFrom<State>('APPROVED', 'CHANGES_REQUESTED', 'DISMISSED', 'COMMENTED');
    const one = fc.record({
      login: fc.constantFrom('ada', 'bob', 'cyd', 'dan', 'linus'),
      state: states,
      isOld: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 10 }), fc.integer({ min: 1, max: 3 }), async (given, required) => {
        const last = ['ada', 'bob', 'cyd'].map(login =>
          given.findLast(({ login: other, state }) => other === login && state !== 'COMMENTED'),
        );
        const isOpposed = last.some(word => word?.state === 'CHANGES_REQUESTED');
        const count = last.filter(word => word?.state === 'APPROVED' && !word.isOld).length;
        const reviews = given.map(({ login, state, isOld }) => review(login, state, isOld ? OLD : {}));
        expect(ruleOf(await promote(reviews, required))).toBe(
          !isOpposed && count >= required ? 'permitted' : 'reviews',
        );
      }),
      { numRuns: 300 },
    );
  });
});
