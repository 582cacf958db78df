import type * as Core from '@actions/core';
import type { Clock } from '../clock.ts';
import { webFetch } from '../cluster/web.ts';
import { openGitHubClient } from '../github/client.ts';
import { commitStatus } from '../github/commit-status.ts';
import { deployments } from '../github/deployments.ts';
import type { Follower } from '../github/follower.ts';
import { type GitHub, GitHubError } from '../github/github.ts';
import { liveComment } from '../github/live-comment.ts';
import { pullRequestOfCommit } from '../github/pull-request.ts';
import type { Origin } from '../release/record.ts';
import { liveMarker, liveComment as liveText } from '../report/live-comment.ts';
import type { LiveReport } from '../report/live-report.ts';
import type { GitHubInputs } from './github-inputs.ts';
import type { Environment } from './origin.ts';

const API = 'https://api.github.com';
/** A deploy does not wait longer to learn which pull request it comes from. */
const LOOK_UP_MS = 5_000;

interface GitHubDeps {
  core: typeof Core;
  env: Environment;
  clock: Clock;
  signal: AbortSignal;
}

/** GitHub, as this run reaches it; undefined without a token, or outside a repository's workflow. */
export function openGitHub({ core, env, clock, signal }: GitHubDeps, { token }: GitHubInputs): GitHub | undefined {
  const [owner, repo] = env['GITHUB_REPOSITORY']?.split('/') ?? [];
  if (!token || !owner || !repo) return undefined;
  return openGitHubClient({
    token,
    repository: { owner, repo },
    apiUrl: env['GITHUB_API_URL'] || API,
    ...(env['GITHUB_GRAPHQL_URL'] ? { graphqlUrl: env['GITHUB_GRAPHQL_URL'] } : {}),
    clock,
    signal,
    fetch: webFetch(),
    log: { debug: core.debug, warning: core.warning },
  });
}

/** The pull request that the pushed commit comes from: by it people find the release, and the release its people. */
export async function pullRequestOf(
  github: GitHub | undefined,
  { commit, ref }: Origin,
  { comment }: GitHubInputs,
  { core, signal }: Pick<GitHubDeps, 'core' | 'signal'>,
): Promise<number | undefined> {
  if (!github || !commit) return undefined;
  try {
    return await pullRequestOfCommit(github, commit, ref, { forMs: LOOK_UP_MS, signal });
  } catch (error) {
    const why = error instanceof GitHubError ? error.message : String(error);
    const message = `The pull request of commit ${commit.slice(0, 7)} could not be looked up, so that the release is not shown there: ${why} To do without, set \`comment: false\`.`;
    // A run that is cancelled has other news.
    if (comment && !signal.aborted) core.warning(message);
    else core.debug(message);
    return undefined;
  }
}

/** Who is told at GitHub how the release moves. `pullRequest`: where a comment has begun the run. */
export function followersOf(
  github: GitHub,
  inputs: GitHubInputs,
  { core, env, clock }: Omit<GitHubDeps, 'signal'>,
  pullRequest?: number,
): Follower[] {
  const { comment, prefix, environment, environmentUrl } = inputs;
  const deps = { github, clock, warn: core.warning };
  const repository = env['GITHUB_REPOSITORY'];
  // A release may have been begun from elsewhere: its commit and its pull request are not of this repository then.
  const originOf = ({ origin, facts }: LiveReport): Origin =>
    origin === undefined ? facts : origin.repository === repository ? origin : {};
  const marker = ({ cluster, namespaces, release }: LiveReport): string =>
    liveMarker({ server: cluster.server ?? '', namespace: namespaces[0] ?? '', release });
  const followers: Follower[] = [];
  if (comment)
    followers.push(
      liveComment({
        ...deps,
        pullRequest: report => pullRequest ?? originOf(report).pullRequest,
        render: (report, at) => liveText(report, { marker: marker(report), prefix, at }),
        marker,
      }),
    );
  const commit = (report: LiveReport): string | undefined => originOf(report).commit;
  if (environment)
    followers.push(deployments({ ...deps, environment, ...(environmentUrl ? { environmentUrl } : {}), commit }));
  if (inputs.commitStatus) followers.push(commitStatus({ ...deps, commit }));
  return followers;
}
