import type { CommentEvent } from '../event.ts';
import type { GitHub, Patience } from '../github.ts';
import type { PullRequest } from '../pull-request.ts';
import { type SpokenCommand, VERBS, type Verb } from './parse.ts';
import { personRule } from './person.ts';
import type { CommandPolicy } from './policy.ts';
import { refusal } from './refusal.ts';
import { reviewsRefusal } from './reviews.ts';
import { roleBook } from './roles.ts';

/** Which rule stands against a command. */
export type Rule =
  | 'role'
  | 'fork'
  | 'draft'
  | 'closed'
  | 'self-promotion'
  | 'reviews'
  | 'checks'
  /** What had to be known could not be learned: that refuses, too. */
  | 'look-up'
  /** Of the release, not of the person: see the words. */
  | 'commit'
  | 'superseded'
  | 'no-release'
  | 'stale'
  | 'arguments';

/** A refusal: one polite sentence in plain text that says which rule and, where there is one, the way out. */
export interface Refusal {
  rule: Rule;
  message: string;
}

export type Permit = { permitted: true } | { permitted: false; refusal: Refusal };

/**
 * They send more people to the new version, so that they need what a promotion needs. A rollback is none of them: it
 * goes back to what has served before, and is wanted most when checks are red and nobody is there to review.
 */
const PROMOTING: readonly Verb[] = ['promote', 'resume'];

/**
 * Whether this person may say this; asks GitHub alone, and what cannot be learned refuses. What the pull request itself
 * says comes first, then the person, then the reviews: no question is asked after a refusal. Checks are of the release's commit
 * and must leave out its own run, so that they are asked about when its record is known.
 */
export async function authorise(
  github: GitHub,
  who: Pick<CommentEvent, 'author'>,
  { verb }: SpokenCommand,
  pull: PullRequest,
  policy: CommandPolicy,
  patience: Patience,
): Promise<Permit> {
  const roleOf = roleBook(github, patience);
  const person = personRule(github, who.author, policy, { patience, roleOf });
  const needsMore = PROMOTING.includes(verb);
  const against =
    pullRefusal(who, verb, pull, policy, github) ??
    (await person(verb)) ??
    (needsMore ? await reviewsRefusal(github, pull, policy.requiredReviews, { patience, roleOf }) : undefined);
  return against ? { permitted: false, refusal: against } : { permitted: true };
}

/** What this person may say at all, for `/help`: reviews and checks are of the moment, and not looked at. */
export async function permittedVerbs(
  github: GitHub,
  who: Pick<CommentEvent, 'author'>,
  pull: PullRequest,
  policy: CommandPolicy,
  patience: Patience,
): Promise<{ verb: Verb; refusal?: Refusal }[]> {
  const person = personRule(github, who.author, policy, { patience, roleOf: roleBook(github, patience) });
  const verbs: { verb: Verb; refusal?: Refusal }[] = [];
  for (const verb of VERBS) {
    const against = pullRefusal(who, verb, pull, policy, github) ?? (await person(verb));
    verbs.push(against ? { verb, refusal: against } : { verb });
  }
  return verbs;
}

/**
 * What the pull request itself says against a verb; needs no question. Merging was this repository's own decision: from
 * then on it does not matter where the commits came from.
 */
function pullRefusal(
  { author }: Pick<CommentEvent, 'author'>,
  verb: Verb,
  pull: PullRequest,
  policy: CommandPolicy,
  { repository: { owner, repo } }: GitHub,
): Refusal | undefined {
  if (verb === 'help') return undefined;
  const isMerged = pull.state === 'merged';
  if (pull.isFork && !isMerged && !policy.allowForks)
    return refusal(
      'fork',
      `allow-forks is false, and this pull request comes from a fork of ${owner}/${repo}: merge it first, or set allow-forks: true.`,
    );
  if (!PROMOTING.includes(verb)) return undefined;
  if (pull.state === 'closed')
    return refusal(
      'closed',
      `Only an open or merged pull request can be released, and this one was closed without a merge: reopen it to ${verb}, or reject what is left of its release.`,
    );
  if (pull.isDraft && !isMerged)
    return refusal(
      'draft',
      `Only a pull request that is ready can be released, and this one is a draft: mark it as ready for review, then ${verb}.`,
    );
  if (policy.preventSelfPromotion && author.toLowerCase() === pull.author.toLowerCase())
    return refusal(
      'self-promotion',
      `prevent-self-promotion is true, and you opened this pull request: ask someone else who may to ${verb} it.`,
    );
  return undefined;
}
