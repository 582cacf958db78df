import type { GitHub, ListItem, Patience } from '../github.ts';
import type { PullRequest } from '../pull-request.ts';
import type { Refusal } from './authorise.ts';
import { failureText, learned, lookUpRefusal, namesText, refusal, shortSha } from './refusal.ts';
import { type Held, hasWrite } from './roles.ts';

type Review = ListItem<'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews'>;

/** A comment leaves a reviewer's word as it was. */
const DECISIVE = ['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'];

/**
 * What stands against promoting a pull request that needs so many approving reviews. They count from people, other than
 * its author, who may push; of each the latest decisive one, and an approval only of the present head. Changes that
 * such a person requested stand, as at GitHub, until they approve or it is dismissed, whatever was pushed since.
 */
export async function reviewsRefusal(
  github: GitHub,
  pull: PullRequest,
  required: number,
  { patience, roleOf }: { patience: Patience; roleOf: (login: string) => Promise<Held> },
): Promise<Refusal | undefined> {
  if (required <= 0) return undefined;
  const what = 'who has approved this pull request';
  const route = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
  const answer = await learned(github.list(route, { pull_number: pull.number }, patience));
  if ('failure' in answer) return lookUpRefusal(what, [failureText(answer.failure)]);
  const { items, more } = answer.value;
  if (more) return lookUpRefusal(what, [`it has more than the ${items.length} reviews that are read`]);

  const latest = latestByPerson(items, pull.author);
  const approving = latest.filter(isApprovalOf(pull.headSha));
  const asks = `required-reviews asks for ${required === 1 ? '1 approving review' : `${required} approving reviews`}`;
  const tooFew = (count: number): Refusal =>
    refusal(
      'reviews',
      `${asks} of commit ${shortSha(pull.headSha)} by people who may push and did not open this pull request, and it has ${count}: ask for ${count === 0 ? 'a' : 'another'} review, then say it again.`,
    );
  if (approving.length < required) return tooFew(approving.length);

  const against = await withWrite(
    latest.filter(({ state }) => state === 'CHANGES_REQUESTED'),
    roleOf,
    1,
  );
  if (against.logins.length > 0)
    return refusal(
      'reviews',
      `${asks}, and ${namesText(against.logins)} requested changes: ask them to approve, or to dismiss that review.`,
    );
  if (against.failures.length > 0) return lookUpRefusal('whether those who requested changes may', against.failures);
  const approved = await withWrite(approving, roleOf, required);
  if (approved.logins.length >= required) return undefined;
  return approved.failures.length > 0
    ? lookUpRefusal('whether those who approved may', approved.failures)
    : tooFew(approved.logins.length);
}

/** GitHub lists reviews as they were begun, and one that was begun earlier may have been handed in later. */
function latestByPerson(reviews: readonly Review[], author: string): Review[] {
  const latest = new Map<string, Review>();
  const handedIn = reviews.filter(({ state }) => DECISIVE.includes(state)).sort((one, two) => at(one) - at(two));
  for (const review of handedIn) if (review.user) latest.set(review.user.login.toLowerCase(), review);
  latest.delete(author.toLowerCase());
  return [...latest.values()];
}

function at({ submitted_at: time }: Review): number {
  return time === undefined ? 0 : Date.parse(time);
}

/** A workflow may approve, too: it is nobody's review. */
function isApprovalOf(head: string): (review: Review) => boolean {
  return ({ state, commit_id: commit, user }) => state === 'APPROVED' && commit === head && user?.type !== 'Bot';
}

/** Those of the reviewers who may push: asked one after the other, until there are enough. */
async function withWrite(
  reviews: readonly Review[],
  roleOf: (login: string) => Promise<Held>,
  enough: number,
): Promise<{ logins: string[]; failures: string[] }> {
  const logins: string[] = [];
  const failures = new Set<string>();
  for (const { user } of reviews) {
    if (!user) continue;
    const held = await learned(roleOf(user.login));
    if ('failure' in held) failures.add(failureText(held.failure));
    else if (hasWrite(held.value)) logins.push(user.login);
    if (logins.length >= enough) break;
  }
  return { logins, failures: [...failures].slice(0, 1) };
}
