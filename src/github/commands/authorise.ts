import type { CommentEvent } from '../event.ts';
import type { GitHub, Patience } from '../github.ts';
import type { PullRequest } from '../pull-request.ts';
import type { SpokenCommand, Verb } from './parse.ts';
import type { CommandPolicy } from './policy.ts';

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

/** Whether this person may say this; asks GitHub alone, and what cannot be learned refuses. */
export async function authorise(
  _github: GitHub,
  _who: Pick<CommentEvent, 'author'>,
  _command: SpokenCommand,
  _pull: PullRequest,
  _policy: CommandPolicy,
  _more: { patience: Patience; ownRuns: readonly string[] },
): Promise<Permit> {
  throw new Error('stub');
}

/** What this person may say at all, for `/help`. */
export async function permittedVerbs(
  _github: GitHub,
  _who: Pick<CommentEvent, 'author'>,
  _pull: PullRequest,
  _policy: CommandPolicy,
  _patience: Patience,
): Promise<{ verb: Verb; refusal?: Refusal }[]> {
  throw new Error('stub');
}

/** The checks of one commit, where the policy wants green ones: for a record's commit that is not the pull request's own. */
export async function checksRefusal(
  _github: GitHub,
  _sha: string,
  _policy: CommandPolicy,
  _more: { patience: Patience; ownRuns: readonly string[] },
): Promise<Refusal | undefined> {
  throw new Error('stub');
}
