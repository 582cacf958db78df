import { oneLine } from '../report/plain-text.ts';
import type { Route } from './github.ts';

interface Told {
  /** What is asked, following "GitHub did not let the token". */
  act: string;
  /** What a workflow has to write for it, where GitHub does not say. */
  needs?: string;
}

const PULL = '{owner}/{repo}#{pull_number}';

/** Permissions from GitHub's "Permissions required for GitHub Apps". */
const TOLD: Partial<Record<Route, Told>> = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': {
    act: `read pull request ${PULL}`,
    needs: 'pull-requests: read',
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': {
    act: `read the reviews of ${PULL}`,
    needs: 'pull-requests: read',
  },
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': {
    act: 'read which pull requests commit {commit_sha} of {owner}/{repo} belongs to',
    needs: 'pull-requests: read',
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': {
    act: 'read the checks of {ref} in {owner}/{repo}',
    needs: 'checks: read',
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/status': {
    act: 'read the statuses of {ref} in {owner}/{repo}',
    needs: 'statuses: read',
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}': {
    act: 'read {owner}/{repo}#{issue_number}',
    needs: 'pull-requests: read',
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': {
    act: 'read the comments on {owner}/{repo}#{issue_number}',
    needs: 'pull-requests: read',
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': {
    act: 'write a comment on {owner}/{repo}#{issue_number}',
    needs: 'pull-requests: write',
  },
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': {
    act: 'edit comment {comment_id} in {owner}/{repo}',
    needs: 'pull-requests: write',
  },
  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': {
    act: 'react to comment {comment_id} in {owner}/{repo}',
    needs: 'pull-requests: write',
  },
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': {
    act: 'read the role of {username} in {owner}/{repo}',
  },
  'GET /orgs/{org}/teams/{team_slug}/memberships/{username}': {
    act: 'read whether {username} is in the team {org}/{team_slug}',
  },
  'GET /repos/{owner}/{repo}/deployments': {
    act: 'read the deployments of {owner}/{repo}',
    needs: 'deployments: read',
  },
  'POST /repos/{owner}/{repo}/deployments': {
    act: 'make a deployment in {owner}/{repo}',
    needs: 'deployments: write',
  },
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': {
    act: 'read the statuses of deployment {deployment_id} in {owner}/{repo}',
    needs: 'deployments: read',
  },
  'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': {
    act: 'write a status of deployment {deployment_id} in {owner}/{repo}',
    needs: 'deployments: write',
  },
  'POST /repos/{owner}/{repo}/statuses/{sha}': {
    act: 'write a status of commit {sha} in {owner}/{repo}',
    needs: 'statuses: write',
  },
};

/** What a request asks, in words. */
export function toldOf(route: string, parameters: Readonly<Record<string, unknown>>): Told {
  const told = (TOLD as Readonly<Record<string, Told>>)[route] ?? { act: `do ${route}` };
  const act = told.act.replace(/\{(\w+)\}/g, (_, name: string) =>
    oneLine(String(parameters[name] ?? name).slice(0, 100)),
  );
  return { ...told, act };
}
