import { authorise, type Permit } from '../../../src/github/commands/authorise.ts';
import type { SpokenCommand } from '../../../src/github/commands/parse.ts';
import type { CommandPolicy } from '../../../src/github/commands/policy.ts';
import { GitHubError, type GitHubTrouble } from '../../../src/github/github.ts';
import type { PullRequest } from '../../../src/github/pull-request.ts';
import { clockAtStart, githubStub, notFound, type Stub } from '../github-stub.ts';

export const HEAD = 'abc1234'.padEnd(40, '0');
export const MERGE = 'def5678'.padEnd(40, '0');
export const OWN_RUN = 'https://github.com/acme/shop/actions/runs/77';
export const PATIENCE = { forMs: 1_000 };

export const POLICY: CommandPolicy = {
  promoteRoles: ['write'],
  rejectRoles: ['triage'],
  allow: [],
  preventSelfPromotion: false,
  requiredReviews: 0,
  requiredChecks: 'none',
  allowForks: false,
  allowSuperseded: false,
};

export const PULL: PullRequest = {
  number: 7,
  author: 'Linus',
  state: 'open',
  isDraft: false,
  isFork: false,
  headSha: HEAD,
  headRef: 'feature/cart',
  url: 'https://github.com/acme/shop/pull/7',
};
export const MERGED: PullRequest = { ...PULL, state: 'merged', mergeSha: MERGE };

export const PERMISSION = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
export const MEMBERSHIP = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
export const REVIEWS = 'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews';
export const RUNS = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
export const STATUSES = 'GET /repos/{owner}/{repo}/commits/{ref}/status';
export const ROUTES = [PERMISSION, MEMBERSHIP, REVIEWS, RUNS, STATUSES] as const;

/** As GitHub answers for somebody with this role: the legacy base beside it. */
export function permission(role: string, legacy = role, flags?: object): object {
  return { role_name: role, permission: legacy, user: flags ? { login: 'ada', permissions: flags } : null };
}

export const ROLE_ANSWERS: Readonly<Record<string, object>> = {
  none: permission('none'),
  read: permission('read'),
  triage: permission('triage', 'read'),
  write: permission('write'),
  maintain: permission('maintain', 'write'),
  admin: permission('admin'),
};

/** What GitHub says of whom and what; an error is thrown. Whoever is not mentioned is unknown to it. */
export interface Said {
  /** By login, small letters: a role, or the whole answer. */
  people?: Readonly<Record<string, unknown>>;
  /** By `org/team/login`, small letters: the state. */
  teams?: Readonly<Record<string, unknown>>;
  reviews?: unknown;
  runs?: unknown;
  statuses?: unknown;
}

export function acme({ people = {}, teams = {}, reviews = [], runs = [], statuses = [] }: Said): Stub {
  return githubStub(clockAtStart(), ({ route, parameters }) => {
    const login = String(parameters['username']).toLowerCase();
    if (route === PERMISSION) {
      const said = people[login] ?? notFound;
      return { answer: typeof said === 'string' ? ROLE_ANSWERS[said] : said };
    }
    if (route === MEMBERSHIP) {
      const said = teams[`${parameters['org']}/${parameters['team_slug']}/${login}`] ?? notFound;
      return { answer: typeof said === 'string' ? { state: said, role: 'member' } : said };
    }
    const answer = { [REVIEWS]: reviews, [RUNS]: runs, [STATUSES]: statuses }[route];
    if (answer === undefined) throw new Error(`nobody should ask ${route}`);
    return { answer };
  });
}

export function asked(github: Stub): string[] {
  return github.calls.map(({ route }) => route);
}

/** What ada hears when she says this. */
export function says(
  github: Stub,
  verb: SpokenCommand['verb'],
  given: { policy?: Partial<CommandPolicy>; pull?: PullRequest; login?: string } = {},
): Promise<Permit> {
  const { policy, pull = PULL, login = 'ada' } = given;
  return authorise(github, { author: login }, { verb }, pull, { ...POLICY, ...policy }, PATIENCE);
}

export function ruleOf(permit: Permit): string {
  return permit.permitted ? 'permitted' : permit.refusal.rule;
}

export function messageOf(permit: Permit): string {
  if (permit.permitted) throw new Error('that was permitted');
  return permit.refusal.message;
}

export function failing(trouble: GitHubTrouble, needs?: string): GitHubError {
  return new GitHubError(trouble, `GitHub did not tell (${trouble}).`, { needs });
}

export const TROUBLES: readonly GitHubTrouble[] = [
  'forbidden',
  'unauthorized',
  'rate-limited',
  'unreachable',
  'refused',
];
