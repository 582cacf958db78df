import { pullBody, reviewBody, simplePullBody } from '../bodies/pull.ts';
import { isPull } from '../issue-book.ts';
import { noCommit, notFound } from '../problems.ts';
import type { PullRequest } from '../records.ts';
import { listed, numberOf, type Request, type Route } from './route.ts';

const READ = { scope: 'pull-requests', access: 'read' } as const;

export const PULL_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}',
    docs: 'pulls/pulls#get-a-pull-request',
    needs: [READ, { scope: 'contents', access: 'read' }],
    handle: request => ({ status: 200, body: pullBody(request.world, request.repository, pullOf(request)) }),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/reviews',
    docs: 'pulls/reviews#list-reviews-for-a-pull-request',
    needs: [READ],
    handle: request => {
      const { world, repository, caller } = request;
      const issue = pullOf(request);
      // Nobody sees what another is still writing.
      const seen = issue.pull.reviews.filter(({ state, author }) => state !== 'PENDING' || author === caller?.viewer);
      return listed(request, seen, review => reviewBody(world, repository, issue, review));
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    docs: 'commits/commits#list-pull-requests-associated-with-a-commit',
    needs: [READ],
    handle: request => {
      const { world, repository, parameters } = request;
      const sha = repository.commits.resolve(parameters['commit_sha'] ?? '');
      if (sha === undefined) throw noCommit(parameters['commit_sha'] ?? '');
      const pulls = repository.issues.pullsOfCommit(sha);
      return listed(request, pulls, issue => simplePullBody(world, repository, issue));
    },
  },
];

function pullOf(request: Request): PullRequest {
  const issue = request.repository.issues.find(numberOf(request, 'pull_number'));
  if (!issue || !isPull(issue)) throw notFound();
  return issue;
}
