import { GitHubError, type GitHubTrouble } from './github.ts';

/** What a follower says of itself where GitHub does not do what it asks. */
export interface Trouble {
  /** `The live comment on pull request #12` */
  what: string;
  /** `pull-requests: write` */
  needs: string;
  /** `set \`comment: false\`` */
  without: string;
}

/** With these, asking again can only come to the same. */
const FINAL: ReadonlySet<GitHubTrouble> = new Set(['forbidden', 'unauthorized', 'not-found']);

export function isFinal(error: unknown): boolean {
  return error instanceof GitHubError && FINAL.has(error.trouble);
}

/** Troubles of one kind are told once. */
export function troubleKind(error: unknown): string {
  return error instanceof GitHubError ? error.trouble : 'defect';
}

/** What could not be done, why, the permission that may be missing, and how to do without. */
export function troubleText({ what, needs, without }: Trouble, error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return [
    `${what} could not be brought up to date: ${sentence(why)}`,
    wayOut(error, needs, why),
    `To do without, ${without}.`,
    isFinal(error) ? 'It is not tried again in this run.' : 'The release itself is not affected.',
  ]
    .filter(part => part !== '')
    .join(' ');
}

function wayOut(error: unknown, needs: string, why: string): string {
  if (!isFinal(error)) return '';
  // "Unable to create comment because issue is locked." has the status of a missing permission.
  if (/\blocked\b/i.test(why)) return 'Unlock its conversation, or let it go on without.';
  const { needs: named = needs } = error as GitHubError;
  // What could not be read is to be written next.
  const isSame = named.split(':')[0] === needs.split(':')[0];
  const wanted = isSame ? needs : named;
  // GitHub's answer is told with the same advice, where it names a permission.
  return why.includes(wanted) ? '' : `Give the job \`permissions: ${wanted}\`, if it has not got it.`;
}

function sentence(words: string): string {
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
