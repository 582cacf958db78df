/** GitHub's own roles on a repository, weakest first. */
export const BASE_ROLES = ['read', 'triage', 'write', 'maintain', 'admin'] as const;
export type BaseRole = (typeof BASE_ROLES)[number];
/** A custom role has the permissions of its base, and some more. */
export type Collaboration = BaseRole | { name: string; base: BaseRole } | 'none';

export interface RepositorySeed {
  /** `acme/shop` */
  name: string;
  isPrivate?: boolean;
  /** Whether the owner is a user rather than an organization. */
  ofUser?: boolean;
  /** `main` unless said otherwise. */
  defaultBranch?: string;
  /** By login. Everybody else reads a public repository and has no access to a private one. */
  collaborators?: Readonly<Record<string, Collaboration>>;
}

export interface PullSeed {
  /** The next free one unless said otherwise. */
  number?: number;
  title?: string;
  author: string;
  body?: string;
  headSha?: string;
  /** `feature` unless said otherwise. */
  headRef?: string;
  /** The repository that it comes from: this one unless said otherwise, `ada/shop`, or 'deleted'. */
  headRepository?: string;
  /** The default branch unless said otherwise. */
  baseRef?: string;
  isDraft?: boolean;
  state?: 'open' | 'closed' | 'merged';
  /** Only of a merged one. */
  mergeSha?: string;
}

export interface ReviewSeed {
  author: string;
  state: 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING';
  /** The present head unless said otherwise; null where that commit is gone. */
  commitId?: string | null;
  body?: string;
}

export interface CheckRunSeed {
  name: string;
  /** `completed` unless said otherwise. */
  status?: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
  /** Of a completed one `success` unless said otherwise. */
  conclusion?: 'success' | 'failure' | 'neutral' | 'cancelled' | 'skipped' | 'timed_out' | 'action_required' | 'stale';
  /** Number of the workflow's run whose job this is: then `detailsUrl` leads to it. */
  actionsRun?: number;
  detailsUrl?: string;
  /** Slug of the app: `github-actions` unless said otherwise. */
  app?: string;
}

export interface CommitStatusSeed {
  context: string;
  state: 'error' | 'failure' | 'pending' | 'success';
  description?: string;
  targetUrl?: string;
  author?: string;
}

export interface CommitSeed {
  sha?: string;
  /** The branch whose head it becomes. */
  branch?: string;
  author?: string;
  message?: string;
}
