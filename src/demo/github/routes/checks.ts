import { checkRunBody, combinedStatusBody, statusBody } from '../bodies/check.ts';
import { isSha } from '../names.ts';
import { pageOf } from '../pages.ts';
import { invalid, noCommit, notFound } from '../problems.ts';
import type { CheckRun } from '../records.ts';
import { checkDescription, checkUrl } from './limits.ts';
import { callerOf, choiceOf, linked, type Request, type Route, textOf } from './route.ts';

const STATES = ['error', 'failure', 'pending', 'success'] as const;
/** So often may one context of a commit be set. */
const MOST_STATUSES = 1000;

export const CHECK_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/check-runs',
    docs: 'checks/runs#list-check-runs-for-a-git-reference',
    needs: [{ scope: 'checks', access: 'read' }],
    handle: request => {
      const { world, repository, parameters } = request;
      const sha = repository.commits.resolve(parameters['ref'] ?? '');
      if (sha === undefined) throw noCommit(parameters['ref'] ?? '');
      const runs = asked(request, repository.commits.checkRuns(sha));
      const page = pageOf(runs, request.url, request.query);
      const items = page.items.map(run => checkRunBody(world, repository, run));
      return { status: 200, body: { total_count: runs.length, check_runs: items }, headers: linked(page) };
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/status',
    docs: 'commits/statuses#get-the-combined-status-for-a-specific-reference',
    needs: [{ scope: 'statuses', access: 'read' }],
    handle: request => {
      const { world, repository, parameters } = request;
      const sha = repository.commits.resolve(parameters['ref'] ?? '');
      if (sha === undefined) throw notFound();
      const latest = repository.commits.latestStatuses(sha);
      const page = pageOf(latest, request.url, request.query);
      return {
        status: 200,
        body: combinedStatusBody(world, repository, sha, latest, page.items),
        headers: linked(page),
      };
    },
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/statuses/{sha}',
    docs: 'commits/statuses#create-a-commit-status',
    needs: [{ scope: 'statuses', access: 'write' }],
    handle: request => {
      const { world, repository, parameters } = request;
      const { sha = '' } = parameters;
      const state = choiceOf(request, 'state', STATES);
      const [context = 'default', description, targetUrl] = ['context', 'description', 'target_url'].map(name =>
        textOf(request, name),
      );
      if (!isSha(sha) || !repository.commits.find(sha)) throw noCommit(sha);
      checkDescription('Status', description);
      checkUrl('Status', 'target_url', targetUrl);
      const earlier = repository.commits.statuses(sha).filter(one => one.context === context);
      if (earlier.length >= MOST_STATUSES) {
        throw invalid('Status', 'base', 'This SHA and context has reached the maximum number of statuses.');
      }
      const status = repository.commits.status(sha, {
        context,
        state,
        author: callerOf(request).viewer.login,
        ...(description === undefined ? {} : { description }),
        ...(targetUrl === undefined ? {} : { targetUrl }),
      });
      return { status: 201, body: statusBody(world, repository, status) };
    },
  },
];

/** Those that the query asks for. A repeated check run is hidden by its repetition, one of the same name in another run is not. */
function asked({ query, world }: Request, runs: readonly CheckRun[]): CheckRun[] {
  const seen = new Set<string>();
  const [name, status, app] = ['check_name', 'status', 'app_id'].map(key => query.get(key));
  return runs.filter(run => {
    const key = `${run.suiteId} ${run.name}`;
    const isRepeated = seen.has(key);
    seen.add(key);
    if (isRepeated && query.get('filter') !== 'all') return false;
    const appId = run.app === 'github-actions' ? 15368 : world.user(`${run.app}[bot]`).id;
    return (!name || run.name === name) && (!status || run.status === status) && (!app || appId === Number(app));
  });
}
