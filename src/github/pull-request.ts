import { type GitHub, GitHubError, type Patience, type Repository } from './github.ts';
import { fieldsOf, isNumber, isSha, webAddress } from './shape.ts';

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

type Fields = Readonly<Record<string, unknown>>;

/** Throws GitHubError also where the answer lacks something: what is not known of a pull request must not pass for harmless. */
export async function readPullRequest(github: GitHub, number: number, patience: Patience): Promise<PullRequest> {
  const answer: unknown = await github.ask(
    'GET /repos/{owner}/{repo}/pulls/{pull_number}',
    { pull_number: number },
    patience,
  );
  const pull = fieldsOf(answer);
  const [head, base, user] = [fieldsOf(pull['head']), fieldsOf(pull['base']), fieldsOf(pull['user'])];
  const need = <T>(what: string, value: T | undefined): T => {
    if (value !== undefined) return value;
    const { owner, repo } = github.repository;
    throw new GitHubError(
      'unreachable',
      `GitHub's answer about pull request ${owner}/${repo}#${number} does not say ${what}; nothing is decided without it. Try again, and see whether a proxy changes GitHub's answers.`,
    );
  };
  need('its own number', pull['number'] === number || undefined);
  const isMerged = mergedOf(pull);
  const mergeSha = isMerged && isSha(pull['merge_commit_sha']) ? pull['merge_commit_sha'] : undefined;
  return {
    number,
    author: need('who opened it', textOf(user['login'])),
    state: isMerged ? 'merged' : need('whether it is open', stateOf(pull['state'])),
    isDraft: need('whether it is a draft', draftOf(pull['draft'])),
    isFork: need('from which repository it comes', forkOf(head, base)),
    headSha: need('which commit its head is', isSha(head['sha']) ? head['sha'] : undefined),
    headRef: need('which branch its head is', textOf(head['ref'])),
    ...(mergeSha ? { mergeSha } : {}),
    url: need('its address', webAddress(pull['html_url'])),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An entry of a list has only the time. */
function mergedOf(pull: Fields): boolean {
  return pull['merged'] === true || textOf(pull['merged_at']) !== undefined;
}

function stateOf(value: unknown): 'open' | 'closed' | undefined {
  return value === 'open' || value === 'closed' ? value : undefined;
}

/** GitHub's schema lets it be absent, which says that it is none. */
function draftOf(value: unknown = false): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

function forkOf(head: Fields, base: Fields): boolean | undefined {
  const target = textOf(fieldsOf(base['repo'])['full_name']);
  if (target === undefined || head['repo'] === undefined) return undefined;
  if (head['repo'] === null) return true;
  const source = textOf(fieldsOf(head['repo'])['full_name']);
  return source === undefined ? undefined : source !== target;
}

interface Candidate {
  number: number;
  isMerged: boolean;
  isOpen: boolean;
  mergeSha: unknown;
  baseRef: unknown;
  headSha: unknown;
  isOwn: boolean;
}

/**
 * The pull request that a pushed commit comes from: the merged one whose merge it is, else one that was merged into the pushed
 * branch (a commit of a rebase or of a merge with all commits), else the open one of this repository whose head it is.
 * @param ref the pushed branch, `refs/heads/main` or `main`
 */
export async function pullRequestOfCommit(
  github: GitHub,
  sha: string,
  ref: string | undefined,
  patience: Patience,
): Promise<number | undefined> {
  const { items } = await github.list(
    'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    { commit_sha: sha },
    patience,
  );
  const candidates = items.flatMap(item => candidateOf(item, github.repository));
  const branch = ref?.replace(/^refs\/heads\//, '');
  const ranks: ((one: Candidate) => boolean)[] = [
    ({ isMerged, mergeSha }) => isMerged && mergeSha === sha,
    ({ isMerged, baseRef }) => isMerged && branch !== undefined && baseRef === branch,
    ({ isOpen, isOwn, headSha }) => isOpen && isOwn && headSha === sha,
  ];
  for (const fits of ranks) {
    const numbers = candidates.filter(fits).map(({ number }) => number);
    if (numbers.length > 0) return Math.max(...numbers);
  }
  return undefined;
}

/** A commit is in all forks of a repository; only pull requests into this one count. */
function candidateOf(item: unknown, { owner, repo }: Repository): Candidate[] {
  const pull = fieldsOf(item);
  const { number } = pull;
  const [head, base] = [fieldsOf(pull['head']), fieldsOf(pull['base'])];
  const isThis = (one: unknown): boolean =>
    textOf(fieldsOf(one)['full_name'])?.toLowerCase() === `${owner}/${repo}`.toLowerCase();
  if (!isNumber(number) || !isThis(base['repo'])) return [];
  return [
    {
      number,
      isMerged: mergedOf(pull),
      isOpen: pull['state'] === 'open',
      mergeSha: pull['merge_commit_sha'],
      baseRef: base['ref'],
      headSha: head['sha'],
      isOwn: isThis(head['repo']),
    },
  ];
}
