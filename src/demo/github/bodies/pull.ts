import { nodeId, timeText } from '../names.ts';
import type { PullRequest, Review, User } from '../records.ts';
import type { FakeRepository } from '../repository.ts';
import type { World } from '../world.ts';
import { issuePage } from './issue.ts';
import { repositoryBody } from './repository.ts';
import { userBody } from './user.ts';

/** As lists have it. */
export function simplePullBody(world: World, repository: FakeRepository, issue: PullRequest): Record<string, unknown> {
  const { links } = world;
  const { number, pull } = issue;
  const of = `${links.api}/repos/${repository.fullName}`;
  const page = issuePage(world, repository, issue);
  const addresses = {
    url: `${of}/pulls/${number}`,
    html_url: page,
    issue_url: `${of}/issues/${number}`,
    commits_url: `${of}/pulls/${number}/commits`,
    review_comments_url: `${of}/pulls/${number}/comments`,
    review_comment_url: `${of}/pulls/comments{/number}`,
    comments_url: `${of}/issues/${number}/comments`,
    statuses_url: `${of}/statuses/${pull.headSha}`,
  };
  return {
    ...addresses,
    id: pull.id,
    node_id: nodeId('PR', repository.id, pull.id),
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    number,
    state: issue.state,
    locked: issue.isLocked,
    title: issue.title,
    user: userBody(links, issue.author),
    body: issue.body === '' ? null : issue.body,
    created_at: timeText(issue.createdAt),
    updated_at: timeText(issue.updatedAt),
    closed_at: issue.closedAt === undefined ? null : timeText(issue.closedAt),
    merged_at: pull.mergedAt === undefined ? null : timeText(pull.mergedAt),
    merge_commit_sha: pull.mergeSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: [],
    milestone: null,
    draft: pull.isDraft,
    head: {
      label: `${pull.headOwner.login}:${pull.headRef}`,
      ref: pull.headRef,
      sha: pull.headSha,
      user: userBody(links, pull.headOwner),
      repo: headRepository(world, repository, pull.headRepository, pull.headOwner),
    },
    base: {
      label: `${repository.owner.login}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user: userBody(links, repository.owner),
      repo: repositoryBody(world, repository),
    },
    _links: {
      self: { href: addresses.url },
      html: { href: page },
      issue: { href: addresses.issue_url },
      comments: { href: addresses.comments_url },
      review_comments: { href: addresses.review_comments_url },
      review_comment: { href: addresses.review_comment_url },
      commits: { href: addresses.commits_url },
      statuses: { href: addresses.statuses_url },
    },
    author_association: repository.associationOf(issue.author),
    auto_merge: null,
  };
}

export function pullBody(world: World, repository: FakeRepository, issue: PullRequest): Record<string, unknown> {
  const { pull, state, number } = issue;
  const isMerged = pull.mergedAt !== undefined;
  return {
    ...simplePullBody(world, repository, issue),
    active_lock_reason: null,
    merged: isMerged,
    mergeable: state === 'open' ? true : null,
    rebaseable: state === 'open' ? true : null,
    mergeable_state: state === 'open' ? (pull.isDraft ? 'draft' : 'clean') : 'unknown',
    merged_by: pull.mergedBy ? userBody(world.links, pull.mergedBy) : null,
    comments: repository.comments(number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: pull.commits.length,
    additions: 12,
    deletions: 3,
    changed_files: 1,
  };
}

export function reviewBody(
  world: World,
  repository: FakeRepository,
  issue: PullRequest,
  review: Review,
): Record<string, unknown> {
  const html = `${issuePage(world, repository, issue)}#pullrequestreview-${review.id}`;
  const pullUrl = `${world.links.api}/repos/${repository.fullName}/pulls/${issue.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', repository.id, review.id),
    user: userBody(world.links, review.author),
    body: review.body,
    state: review.state,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: repository.associationOf(review.author),
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
    // A pending one is not submitted yet.
    ...(review.state === 'PENDING' ? {} : { submitted_at: timeText(review.at) }),
    commit_id: review.commitId,
  };
}

/** A fork need not be one of the world's repositories: then it is described after the one that it is a fork of. */
function headRepository(
  world: World,
  base: FakeRepository,
  fullName: string | undefined,
  owner: User,
): Record<string, unknown> | null {
  if (fullName === undefined) return null;
  const known = world.findRepository(fullName);
  if (known) return repositoryBody(world, known);
  const body = JSON.stringify(repositoryBody(world, base)).replaceAll(base.fullName, fullName);
  const id = world.idOf('repository', fullName);
  const name = fullName.split('/')[1];
  return { ...JSON.parse(body), id, node_id: nodeId('R', id), name, owner: userBody(world.links, owner), fork: true };
}
