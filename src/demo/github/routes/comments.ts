import { commentBody, issueBody, reactionBody } from '../bodies/issue.ts';
import type { Need } from '../permissions.ts';
import { notFound, Problem } from '../problems.ts';
import { type Comment, type Issue, REACTIONS } from '../records.ts';
import { checkComment } from './limits.ts';
import { callerOf, choiceOf, listed, neededText, numberOf, type Request, type Route } from './route.ts';

const READS: readonly Need[] = needs('read');
const WRITES: readonly Need[] = needs('write');
const OF_ISSUE = '/repos/{owner}/{repo}/issues/{issue_number}/comments';
const OF_COMMENT = '/repos/{owner}/{repo}/issues/comments/{comment_id}';

/**
 * GitHub says that `issues` or `pull-requests` do. In truth it is the one that fits: who may write to issues alone is refused on a
 * pull request.
 */
export const COMMENT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/{issue_number}',
    docs: 'issues/issues#get-an-issue',
    needs: READS,
    need: request => needOf(issueOf(request), 'read'),
    handle: request => {
      const { world, repository } = request;
      const issue = issueOf(request);
      return { status: 200, body: { ...issueBody(world, repository, issue), closed_by: null } };
    },
  },
  {
    method: 'GET',
    path: OF_ISSUE,
    docs: 'issues/comments#list-issue-comments',
    needs: READS,
    need: request => needOf(issueOf(request), 'read'),
    handle: request => {
      const { world, repository, query } = request;
      const since = Date.parse(query.get('since') ?? '') || 0;
      const comments = repository.comments(issueOf(request).number).filter(({ updatedAt }) => updatedAt >= since);
      return listed(request, comments, comment => commentBody(world, repository, comment));
    },
  },
  {
    method: 'POST',
    path: OF_ISSUE,
    docs: 'issues/comments#create-an-issue-comment',
    needs: WRITES,
    need: request => needOf(issueOf(request), 'write'),
    handle: request => {
      const { world, repository } = request;
      const { viewer, app } = callerOf(request);
      const issue = issueOf(request);
      const body = neededText(request, 'body');
      refuseLocked(request, issue);
      checkComment(body);
      const comment = repository.issues.addComment(issue.number, { author: viewer, body, viaApp: app });
      const answer = commentBody(world, repository, comment);
      return { status: 201, body: answer, headers: { location: String(answer['url']) } };
    },
  },
  {
    method: 'GET',
    path: OF_COMMENT,
    docs: 'issues/comments#get-an-issue-comment',
    needs: READS,
    need: request => needOf(issueOfComment(request), 'read'),
    handle: request => ({ status: 200, body: commentBody(request.world, request.repository, commentOf(request)) }),
  },
  {
    method: 'PATCH',
    path: OF_COMMENT,
    docs: 'issues/comments#update-an-issue-comment',
    needs: WRITES,
    need: request => needOf(issueOfComment(request), 'write'),
    handle: request => {
      const { world, repository } = request;
      const comment = commentOf(request);
      const body = neededText(request, 'body');
      refuseLocked(request, issueOfComment(request));
      checkComment(body);
      repository.issues.editComment(comment.id, body);
      return { status: 200, body: commentBody(world, repository, comment) };
    },
  },
  {
    method: 'DELETE',
    path: OF_COMMENT,
    docs: 'issues/comments#delete-an-issue-comment',
    needs: WRITES,
    need: request => needOf(issueOfComment(request), 'write'),
    handle: request => {
      request.repository.issues.deleteComment(commentOf(request).id);
      return { status: 204 };
    },
  },
  {
    method: 'POST',
    path: `${OF_COMMENT}/reactions`,
    docs: 'reactions/reactions#create-reaction-for-an-issue-comment',
    needs: WRITES,
    need: request => needOf(issueOfComment(request), 'write'),
    handle: request => {
      const { world, repository } = request;
      const content = choiceOf(request, 'content', REACTIONS);
      const { reaction, isNew } = repository.issues.react(commentOf(request), callerOf(request).viewer, content);
      return { status: isNew ? 201 : 200, body: reactionBody(world, repository, reaction) };
    },
  },
];

function needs(access: Need['access']): readonly Need[] {
  return [
    { scope: 'issues', access },
    { scope: 'pull-requests', access },
  ];
}

const needOf = (issue: Issue, access: Need['access']): Need => ({
  scope: issue.pull ? 'pull-requests' : 'issues',
  access,
});

function issueOf(request: Request): Issue {
  const issue = request.repository.issues.find(numberOf(request, 'issue_number'));
  if (!issue) throw notFound();
  return issue;
}

function commentOf(request: Request): Comment {
  const comment = request.repository.issues.findComment(numberOf(request, 'comment_id'));
  if (!comment) throw notFound();
  return comment;
}

const issueOfComment = (request: Request): Issue => request.repository.issues.get(commentOf(request).issue);

/** Who may write to the repository goes on in a locked conversation; a workflow's token is nobody's. Of an edit GitHub says the same. */
function refuseLocked(request: Request, issue: Issue): void {
  const { viewer, app } = callerOf(request);
  const mayWrite = ['write', 'maintain', 'admin'].includes(request.repository.roleOf(viewer.login).base);
  if (!issue.isLocked || (app === undefined && mayWrite)) return;
  throw new Problem(403, 'Unable to create comment because issue is locked.', {
    documentation_url: 'https://docs.github.com/articles/locking-conversations/',
  });
}
