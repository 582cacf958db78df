import { commentBody, issueBody } from './bodies/issue.ts';
import { repositoryBody } from './bodies/repository.ts';
import { userBody } from './bodies/user.ts';
import { nodeId } from './names.ts';
import type { Comment } from './records.ts';
import type { FakeRepository } from './repository.ts';
import type { World } from './world.ts';

/** The webhook's payload of `issue_comment`. */
export function commentPayload(
  world: World,
  comment: Comment,
  action: 'created' | 'edited' | 'deleted',
  before: string | undefined,
): Record<string, unknown> {
  const repository = world.findRepository(comment.repository);
  if (!repository) throw new Error(`there is no repository ${comment.repository} for the comment ${comment.id}`);
  const { owner } = repository;
  const issue = repository.issue(comment.issue);
  return {
    action,
    ...(action === 'edited' ? { changes: { body: { from: before ?? '' } } } : {}),
    issue: issueBody(world, repository, issue),
    comment: commentBody(world, repository, comment),
    repository: { ...repositoryBody(world, repository), custom_properties: {} },
    ...(owner.type === 'Organization' ? { organization: organizationBody(world, repository) } : {}),
    sender: userBody(world.links, comment.author),
  };
}

function organizationBody(world: World, { owner }: FakeRepository): Record<string, unknown> {
  const url = `${world.links.api}/orgs/${owner.login}`;
  return {
    login: owner.login,
    id: owner.id,
    node_id: nodeId('O', owner.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: userBody(world.links, owner)['avatar_url'],
    description: null,
  };
}
