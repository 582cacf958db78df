import type { GitHub, Patience } from './github.ts';

/** What counts of a pull request when a release is commanded from it. */
export interface PullRequest {
  number: number;
  author: string;
  state: 'open' | 'closed' | 'merged';
  isDraft: boolean;
  /** Also where the repository that it came from is gone. */
  isFork: boolean;
  headSha: string;
  /** `feature/cart` */
  headRef: string;
  /** Only of a merged one. */
  mergeSha?: string;
  url: string;
}

export async function readPullRequest(_github: GitHub, _number: number, _patience: Patience): Promise<PullRequest> {
  throw new Error('stub');
}

/** The pull request that a pushed commit comes from: the merged one whose merge it is, else the open one whose head it is. */
export async function pullRequestOfCommit(
  _github: GitHub,
  _sha: string,
  _ref: string | undefined,
  _patience: Patience,
): Promise<number | undefined> {
  throw new Error('stub');
}
