import type { BaseRole, CheckRunSeed, CommitStatusSeed, ReviewSeed } from './seeds.ts';

/** What the fake knows, apart from how GitHub's API words it. Times are milliseconds since the epoch. */
export interface User {
  id: number;
  login: string;
  type: 'User' | 'Bot' | 'Organization';
}

/** A pending one is invited, but has not accepted. */
export type Membership = 'member' | 'maintainer' | 'pending';

export interface Team {
  id: number;
  organization: User;
  slug: string;
  /** By login in small letters. */
  members: Map<string, Membership>;
}

export type Reaction = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';
export const REACTIONS: readonly Reaction[] = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'];

export interface GivenReaction {
  id: number;
  user: User;
  content: Reaction;
  at: number;
}

export interface Comment {
  id: number;
  /** `acme/shop` */
  repository: string;
  issue: number;
  author: User;
  body: string;
  createdAt: number;
  updatedAt: number;
  /** Slug of the app that wrote it. */
  viaApp: string | undefined;
  /** GitHub starts no workflow for what a workflow's own token does. */
  startsWorkflows: boolean;
  reactions: GivenReaction[];
}

export interface Review {
  id: number;
  author: User;
  state: ReviewSeed['state'];
  body: string;
  commitId: string | null;
  at: number;
}

/** What an issue has more that is a pull request. */
export interface PullPart {
  id: number;
  headSha: string;
  headRef: string;
  /** `ada/shop`; undefined where it was deleted. */
  headRepository: string | undefined;
  /** Owner of the head's repository, also where that is gone. */
  headOwner: User;
  /** All that it brought, the head last. */
  commits: string[];
  baseRef: string;
  baseSha: string;
  isDraft: boolean;
  mergedAt: number | undefined;
  mergedBy: User | undefined;
  /** The merge, and while there is none GitHub's trial merge, which is on no branch. */
  mergeSha: string;
  reviews: Review[];
}

export interface Issue {
  id: number;
  number: number;
  title: string;
  body: string;
  author: User;
  state: 'open' | 'closed';
  isLocked: boolean;
  createdAt: number;
  updatedAt: number;
  closedAt: number | undefined;
  pull: PullPart | undefined;
}

export interface PullRequest extends Issue {
  pull: PullPart;
}

export interface CheckRun {
  id: number;
  suiteId: number;
  name: string;
  sha: string;
  status: NonNullable<CheckRunSeed['status']>;
  conclusion: NonNullable<CheckRunSeed['conclusion']> | null;
  detailsUrl: string;
  htmlUrl: string;
  app: string;
  startedAt: number;
  completedAt: number | undefined;
}

export interface CommitStatus {
  id: number;
  sha: string;
  context: string;
  state: CommitStatusSeed['state'];
  description: string | null;
  targetUrl: string | null;
  creator: User;
  at: number;
}

export const DEPLOYMENT_STATES = [
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
] as const;

export interface DeploymentStatus {
  id: number;
  state: (typeof DEPLOYMENT_STATES)[number];
  description: string;
  environment: string;
  environmentUrl: string;
  logUrl: string;
  creator: User;
  viaApp: string | undefined;
  at: number;
}

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  payload: unknown;
  originalEnvironment: string;
  environment: string;
  description: string | null;
  isTransient: boolean;
  isProduction: boolean;
  creator: User;
  viaApp: string | undefined;
  createdAt: number;
  updatedAt: number;
  /** The oldest first. */
  statuses: DeploymentStatus[];
}

export interface Role {
  name: string;
  base: BaseRole | 'none';
}
