import type { Endpoints } from '@octokit/types';

/** A repository, as the API's paths name it. */
export interface Repository {
  owner: string;
  repo: string;
}

/** How long a question may take, its repetitions included; what is not answered by then has failed. */
export interface Patience {
  forMs: number;
  signal?: AbortSignal;
  /** Sent once more it does no harm: a POST, too, is repeated where nobody knows whether it was taken. */
  mayRepeat?: boolean;
}

export type Route = keyof Endpoints;
export type Parameters<R extends Route> = Omit<Endpoints[R]['parameters'], 'owner' | 'repo' | 'baseUrl' | 'headers'>;
export type Answer<R extends Route> = Endpoints[R]['response']['data'];

/** GitHub's API, as far as one repository and token reach. Every failure is a GitHubError. */
export interface GitHub {
  readonly repository: Repository;
  /** `GET /repos/{owner}/{repo}/pulls/{pull_number}`: owner and repo are filled in where the route has them and the parameters have not. */
  ask<R extends Route>(
    route: R,
    parameters: Parameters<R> & Partial<Repository>,
    patience: Patience,
  ): Promise<Answer<R>>;
  /** All pages of a list, at most so many entries (1,000 unless said otherwise); `more` tells whether there were further ones. */
  list<R extends Route>(
    route: R,
    parameters: Parameters<R> & Partial<Repository>,
    patience: Patience,
    most?: number,
  ): Promise<{ items: ListItem<R>[]; more: boolean }>;
  /** Login of whoever the token belongs to: `github-actions[bot]`, `ada`. */
  viewer(patience: Patience): Promise<string>;
}

/** One entry of a list, also where the answer wraps it (`check_runs`). */
export type ListItem<R extends Route> =
  Answer<R> extends (infer Item)[]
    ? Item
    : Extract<Answer<R>[keyof Answer<R>], unknown[]> extends (infer Item)[]
      ? Item
      : never;

export type GitHubTrouble =
  /** The token may not: `needs` says which permission would let it. */
  | 'forbidden'
  | 'unauthorized'
  | 'not-found'
  | 'rate-limited'
  /** No answer, only 5xx, or an answer that is not GitHub's. */
  | 'unreachable'
  /** GitHub refused what was sent: 4xx. */
  | 'refused';

/** Why GitHub did not do what was asked; the message names what was asked, what came, and what to do. */
export class GitHubError extends Error {
  readonly trouble: GitHubTrouble;
  readonly status: number | undefined;
  /** As a workflow writes it: `pull-requests: write`. */
  readonly needs: string | undefined;

  constructor(
    trouble: GitHubTrouble,
    message: string,
    more: { status?: number | undefined; needs?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.name = 'GitHubError';
    this.trouble = trouble;
    this.status = more.status;
    this.needs = more.needs;
  }
}
