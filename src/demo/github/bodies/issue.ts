import { nodeId, timeText } from '../names.ts';
import { type Comment, type GivenReaction, type Issue, REACTIONS } from '../records.ts';
import type { FakeRepository } from '../repository.ts';
import type { World } from '../world.ts';
import { appBody } from './app.ts';
import { userBody } from './user.ts';

export function commentBody(world: World, repository: FakeRepository, comment: Comment): Record<string, unknown> {
  const url = `${world.links.api}/repos/${repository.fullName}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${issuePage(world, repository, repository.issue(comment.issue))}#issuecomment-${comment.id}`,
    issue_url: `${world.links.api}/repos/${repository.fullName}/issues/${comment.issue}`,
    id: comment.id,
    node_id: nodeId('IC', repository.id, comment.id),
    user: userBody(world.links, comment.author),
    created_at: timeText(comment.createdAt),
    updated_at: timeText(comment.updatedAt),
    body: comment.body,
    author_association: repository.associationOf(comment.author),
    reactions: reactionCounts(`${url}/reactions`, comment.reactions),
    performed_via_github_app: comment.viaApp === undefined ? null : appBody(world, comment.viaApp),
  };
}

export function reactionBody(
  world: World,
  repository: FakeRepository,
  reaction: GivenReaction,
): Record<string, unknown> {
  return {
    id: reaction.id,
    node_id: nodeId('REA', repository.id, reaction.id),
    user: userBody(world.links, reaction.user),
    content: reaction.content,
    created_at: timeText(reaction.at),
  };
}

export function reactionCounts(url: string, reactions: readonly GivenReaction[]): Record<string, unknown> {
  const counts = REACTIONS.map(content => [content, reactions.filter(one => one.content === content).length] as const);
  return { url, total_count: reactions.length, ...Object.fromEntries(counts) };
}

export function issueBody(world: World, repository: FakeRepository, issue: Issue): Record<string, unknown> {
  const of = `${world.links.api}/repos/${repository.fullName}`;
  const url = `${of}/issues/${issue.number}`;
  const page = issuePage(world, repository, issue);
  const { pull } = issue;
  return {
    url,
    repository_url: of,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    id: issue.id,
    node_id: pull ? nodeId('PR', repository.id, pull.id) : nodeId('I', repository.id, issue.id),
    number: issue.number,
    title: issue.title,
    user: userBody(world.links, issue.author),
    labels: [],
    state: issue.state,
    locked: issue.isLocked,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: repository.comments(issue.number).length,
    created_at: timeText(issue.createdAt),
    updated_at: timeText(issue.updatedAt),
    closed_at: issue.closedAt === undefined ? null : timeText(issue.closedAt),
    author_association: repository.associationOf(issue.author),
    active_lock_reason: null,
    ...(pull
      ? {
          draft: pull.isDraft,
          pull_request: {
            url: `${of}/pulls/${issue.number}`,
            html_url: page,
            diff_url: `${page}.diff`,
            patch_url: `${page}.patch`,
            merged_at: pull.mergedAt === undefined ? null : timeText(pull.mergedAt),
          },
        }
      : {}),
    body: issue.body === '' ? null : issue.body,
    reactions: reactionCounts(`${url}/reactions`, []),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: issue.author.login === 'github-actions[bot]' ? appBody(world, 'github-actions') : null,
    state_reason: issue.state === 'closed' && !pull ? 'completed' : null,
  };
}

/** Where people read it: `https://github.com/acme/shop/pull/7`. */
export function issuePage(world: World, repository: FakeRepository, { number, pull }: Issue): string {
  return `${world.links.html}/${repository.fullName}/${pull ? 'pull' : 'issues'}/${number}`;
}
