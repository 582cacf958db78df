export const VERBS = ['promote', 'reject', 'pause', 'resume', 'rollback', 'status', 'help'] as const;
export type Verb = (typeof VERBS)[number];

/** What a person asks for in a comment. */
export interface SpokenCommand {
  verb: Verb;
  /** With promote: the commit that is meant, at least 7 hexadecimal digits, small letters. */
  sha?: string;
  /** With promote: the weight up to which nothing is waited for, in percent. */
  to?: number;
  /** With promote: to the end without waiting. */
  full?: boolean;
  /** With rollback. */
  revision?: number;
  /** Which release is meant, where the pull request has several. */
  release?: string;
}

export type Spoken =
  | { kind: 'command'; command: SpokenCommand }
  /** No command at all, or another tool's. */
  | { kind: 'none' }
  /** Almost a verb: `typed` has only small letters. */
  | { kind: 'near-miss'; typed: string; meant: Verb }
  /** A verb with arguments that it does not take; one sentence says what is wrong and what is allowed, in plain text. */
  | { kind: 'bad-arguments'; verb: Verb; problem: string };

/** What the first line of a comment asks for. */
export function parseComment(_body: string, _prefix: string): Spoken {
  throw new Error('stub');
}
