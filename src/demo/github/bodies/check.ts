import { nodeId, timeText } from '../names.ts';
import type { CheckRun, CommitStatus } from '../records.ts';
import type { FakeRepository } from '../repository.ts';
import type { World } from '../world.ts';
import { appBody } from './app.ts';
import { repositoryReference } from './repository.ts';
import { userBody } from './user.ts';

export function checkRunBody(world: World, repository: FakeRepository, run: CheckRun): Record<string, unknown> {
  const url = `${world.links.api}/repos/${repository.fullName}/check-runs/${run.id}`;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', repository.id, run.id),
    head_sha: run.sha,
    external_id: '',
    url,
    html_url: run.htmlUrl,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: timeText(run.startedAt),
    completed_at: run.completedAt === undefined ? null : timeText(run.completedAt),
    output: { title: null, summary: null, text: null, annotations_count: 0, annotations_url: `${url}/annotations` },
    check_suite: { id: run.suiteId },
    app: appBody(world, run.app),
    pull_requests: [],
  };
}

/** As the combined status lists it. */
export function simpleStatusBody(
  world: World,
  repository: FakeRepository,
  status: CommitStatus,
): Record<string, unknown> {
  return {
    url: `${world.links.api}/repos/${repository.fullName}/statuses/${status.sha}`,
    avatar_url: userBody(world.links, status.creator)['avatar_url'],
    id: status.id,
    node_id: nodeId('SC', repository.id, status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: timeText(status.at),
    updated_at: timeText(status.at),
  };
}

export function statusBody(world: World, repository: FakeRepository, status: CommitStatus): Record<string, unknown> {
  return { ...simpleStatusBody(world, repository, status), creator: userBody(world.links, status.creator) };
}

/** `latest`: of each context the newest; `shown`: those of this page. */
export function combinedStatusBody(
  world: World,
  repository: FakeRepository,
  sha: string,
  latest: readonly CommitStatus[],
  shown: readonly CommitStatus[],
): Record<string, unknown> {
  const of = `${world.links.api}/repos/${repository.fullName}/commits/${sha}`;
  const states = new Set(latest.map(({ state }) => state));
  const hasFailed = states.has('failure') || states.has('error');
  return {
    state: hasFailed ? 'failure' : states.size === 0 || states.has('pending') ? 'pending' : 'success',
    statuses: shown.map(status => simpleStatusBody(world, repository, status)),
    sha,
    total_count: latest.length,
    repository: repositoryReference(world, repository),
    commit_url: of,
    url: `${of}/status`,
  };
}
