import { getOctokit } from '@actions/github';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeSha } from '../../src/demo/github/names.ts';
import type { Scopes } from '../../src/demo/github/permissions.ts';
import { type CheckedGitHub, openCheckedGitHub } from './checked.ts';

const AT = { owner: 'acme', repo: 'shop' };
const PRIVATE = { owner: 'acme', repo: 'vault' };

let github: CheckedGitHub;
beforeEach(async () => {
  const collaborators = { ada: 'maintain', tim: { name: 'release-manager', base: 'triage' } } as const;
  const vault = { name: 'acme/vault', isPrivate: true, collaborators };
  github = await openCheckedGitHub({ repositories: [{ name: 'acme/shop', collaborators }, vault] });
});
afterEach(() => github.close());

const client = (token: string) => getOctokit(token, { baseUrl: github.url });
const asWorkflow = (permissions?: Scopes, repository = 'acme/shop') =>
  client(github.token({ repository, ...(permissions ? { permissions } : {}) })).rest;

/** What a request was refused with. */
async function refused(request: Promise<unknown>) {
  const error = await request.then(
    () => undefined,
    (reason: { status: number; response: { headers: Record<string, string>; data: Record<string, unknown> } }) =>
      reason,
  );
  if (!error) throw new Error('the request was not refused');
  const { headers, data } = error.response;
  return { status: error.status, accepted: headers['x-accepted-github-permissions'], message: data['message'], data };
}

describe('every answer fits its description', () => {
  it('of pull requests and their commits', async () => {
    const { issues, commits } = github.repository;
    const rest = asWorkflow();
    const seeds = [
      { author: 'ada' },
      { author: 'bob', headRepository: 'bob/shop', isDraft: true },
      { author: 'bob', headRepository: 'deleted' },
      { author: 'ada', state: 'closed' },
      { author: 'ada', state: 'merged' },
    ] as const;
    const read = [];
    for (const seed of seeds) {
      const { number, pull } = issues.addPull(seed);
      read.push((await rest.pulls.get({ ...AT, pull_number: number })).data);
      await rest.repos.listPullRequestsAssociatedWithCommit({ ...AT, commit_sha: pull.headSha });
    }
    expect(read.map(({ state, merged, draft }) => [state, merged, draft])).toEqual([
      ['open', false, false],
      ['open', false, true],
      ['open', false, false],
      ['closed', false, false],
      ['closed', true, false],
    ]);
    expect(read.map(({ head }) => head.repo?.full_name)).toEqual([
      'acme/shop',
      'bob/shop',
      undefined,
      'acme/shop',
      'acme/shop',
    ]);
    const [open, , , closed, merged] = seeds.map((_, index) => issues.pull(index + 1).pull);
    issues.review(1, { author: 'tim', state: 'APPROVED' });
    issues.review(1, { author: 'tim', state: 'PENDING' });
    const head = issues.push(1);
    commits.checkRun(head, { name: 'build', actionsRun: 71, conclusion: 'failure' });
    commits.checkRun(head, { name: 'build', actionsRun: 71 });
    commits.checkRun(head, { name: 'build', actionsRun: 72, status: 'queued' });
    commits.checkRun(head, { name: 'scan', app: 'scanner', conclusion: 'stale' });
    commits.status(head, { context: 'ci', state: 'pending' });
    commits.status(head, { context: 'ci', state: 'success', targetUrl: 'https://ci.example/1' });
    const reviews = (await rest.pulls.listReviews({ ...AT, pull_number: 1 })).data;
    expect(reviews.map(({ state, commit_id }) => [state, commit_id])).toEqual([['APPROVED', open?.commits[0]]]);
    const pullsOf = async (sha = '') => {
      const { data } = await rest.repos.listPullRequestsAssociatedWithCommit({ ...AT, commit_sha: sha });
      return data.map(({ number }) => number);
    };
    expect(await Promise.all([pullsOf(head), pullsOf(open?.commits[0]), pullsOf(merged?.mergeSha)])).toEqual([
      [1],
      [1],
      [5],
    ]);
    expect(await pullsOf(closed?.headSha)).toEqual([]);
    const runs = (await rest.checks.listForRef({ ...AT, ref: head })).data;
    expect(runs.check_runs.map(({ name, conclusion }) => [name, conclusion])).toEqual([
      ['scan', 'stale'],
      ['build', null],
      ['build', 'success'],
    ]);
    expect(runs.check_runs[2]?.details_url).toMatch(/^https:\/\/github\.com\/acme\/shop\/actions\/runs\/71\/job\/\d+$/);
    expect((await rest.repos.getCombinedStatusForRef({ ...AT, ref: 'feature' })).data).toMatchObject({
      state: 'success',
      total_count: 1,
    });
    await rest.repos.createCommitStatus({
      ...AT,
      sha: head,
      state: 'failure',
      context: 'sluice/shop',
      description: 'No',
    });
    expect((await rest.repos.getCombinedStatusForRef({ ...AT, ref: head })).data.state).toBe('failure');
    const unknown = fakeSha('unknown');
    expect((await refused(rest.repos.getCombinedStatusForRef({ ...AT, ref: unknown }))).status).toBe(404);
    expect((await refused(pullsOf(unknown))).message).toBe(`No commit found for SHA: ${unknown}`);
    expect(github.violations).toEqual([]);
  });

  it('of people and the repository', async () => {
    const rest = client(github.token({ permissions: { members: 'read' } })).rest;
    github.addTeam('acme/release-team', { ada: 'maintainer', tim: 'pending' });
    github.addUser('eve');
    const { data } = await rest.repos.get(AT);
    expect([data.full_name, data.owner.type, data.default_branch]).toEqual(['acme/shop', 'Organization', 'main']);
    const roleOf = async (username: string) => {
      const { permission, role_name, user } = (await rest.repos.getCollaboratorPermissionLevel({ ...AT, username }))
        .data;
      return [permission, role_name, user?.permissions?.push, user?.permissions?.triage];
    };
    expect(await roleOf('ADA')).toEqual(['write', 'maintain', true, true]);
    expect(await roleOf('tim')).toEqual(['read', 'release-manager', false, true]);
    expect(await roleOf('eve')).toEqual(['read', 'read', false, false]);
    expect(await refused(roleOf('ghost'))).toMatchObject({ status: 404, message: 'ghost is not a user' });
    expect(await refused(roleOf('github-actions[bot]'))).toMatchObject({ status: 404 });
    const membership = (username: string) =>
      rest.teams.getMembershipForUserInOrg({ org: 'acme', team_slug: 'release-team', username });
    expect((await membership('ada')).data).toMatchObject({ state: 'active', role: 'maintainer' });
    expect((await membership('tim')).data).toMatchObject({ state: 'pending', role: 'member' });
    expect(await refused(membership('eve'))).toMatchObject({ status: 404, message: 'Not Found' });
    const answer: object = await client(github.token()).graphql('query { viewer { login } }');
    expect(answer).toEqual({ viewer: { login: 'github-actions[bot]' } });
    expect(github.violations).toEqual([]);
  });

  it('of comments and reactions', async () => {
    const rest = asWorkflow({ 'pull-requests': 'write' });
    const heard: boolean[] = [];
    github.onComment(({ startsWorkflows }) => heard.push(startsWorkflows));
    const { number } = github.repository.issues.addPull({ author: 'ada' });
    github.repository.comment(number, 'ada', '/promote');
    const { data: own } = await rest.issues.createComment({ ...AT, issue_number: number, body: 'Running' });
    expect(heard).toEqual([true, false]);
    expect(own).toMatchObject({
      user: { login: 'github-actions[bot]', type: 'Bot' },
      performed_via_github_app: { slug: 'github-actions' },
    });
    expect((await rest.issues.get({ ...AT, issue_number: number })).data).toMatchObject({ comments: 2, draft: false });
    await rest.issues.updateComment({ ...AT, comment_id: own.id, body: 'Done' });
    const react = () => rest.reactions.createForIssueComment({ ...AT, comment_id: own.id, content: 'eyes' });
    expect([(await react()).status, (await react()).status]).toEqual([201, 200]);
    const { data } = await rest.issues.getComment({ ...AT, comment_id: own.id });
    expect(data).toMatchObject({ body: 'Done', reactions: { total_count: 1, eyes: 1 } });
    await rest.issues.deleteComment({ ...AT, comment_id: own.id });
    const { data: left } = await rest.issues.listComments({ ...AT, issue_number: number });
    expect(left.map(({ body, author_association }) => [body, author_association])).toEqual([['/promote', 'MEMBER']]);
    expect((await refused(rest.issues.getComment({ ...AT, comment_id: own.id }))).status).toBe(404);
    expect(github.violations).toEqual([]);
  });

  it('of deployments, of which a success ends the earlier ones where they are not of production', async () => {
    const rest = asWorkflow();
    const deploy = async (environment: string) => {
      const answer = await rest.repos.createDeployment({
        ...AT,
        ref: 'main',
        environment,
        payload: { release: 'shop' },
      });
      if (answer.status !== 201) throw new Error(`the deployment was answered with ${answer.status}`);
      const deployment_id = answer.data.id;
      await rest.repos.createDeploymentStatus({
        ...AT,
        deployment_id,
        state: 'success',
        log_url: 'https://ci.example',
      });
      return deployment_id;
    };
    const stagings = [await deploy('staging'), await deploy('staging')];
    const productions = [await deploy('production'), await deploy('production')];
    const states = (ids: number[]) =>
      Promise.all(
        ids.map(async deployment_id => {
          const { data } = await rest.repos.listDeploymentStatuses({ ...AT, deployment_id });
          return data.map(({ state }) => state).join();
        }),
      );
    expect(await states(stagings)).toEqual(['inactive,success', 'success']);
    expect(await states(productions)).toEqual(['success', 'success']);
    const { data } = await rest.repos.listDeployments({ ...AT, environment: 'staging' });
    expect(data.map(({ id }) => id)).toEqual(stagings.toReversed());
    expect(github.violations).toEqual([]);
  });
});

describe('pages', () => {
  it('are linked by the number of the repository, and end', async () => {
    const { number } = github.repository.issues.addPull({ author: 'ada' });
    for (let index = 1; index <= 65; index++) github.repository.comment(number, 'ada', `${index}`);
    const octokit = client(github.token());
    const request = { ...AT, issue_number: number };
    const { headers, data } = await octokit.rest.issues.listComments(request);
    const list = `${github.url}/repositories/${github.repository.id}/issues/1/comments`;
    expect(headers.link).toBe(`<${list}?page=2>; rel="next", <${list}?page=3>; rel="last"`);
    expect(data).toHaveLength(30);
    const all = await octokit.paginate(octokit.rest.issues.listComments, { ...request, per_page: 20 });
    expect(all.map(({ body }) => Number(body))).toEqual(Array.from({ length: 65 }, (_, index) => index + 1));
    expect((await octokit.rest.issues.listComments({ ...request, page: 9 })).data).toEqual([]);
    expect(github.violations).toEqual([]);
  });
});

describe('limits', () => {
  it('are told as GitHub tells them', async () => {
    const { issues, commits } = github.repository;
    const rest = asWorkflow();
    const { number, pull } = issues.addPull({ author: 'ada' });
    const write = (body: string) => rest.issues.createComment({ ...AT, issue_number: number, body });
    await write('🚀'.repeat(65_536));
    expect(await refused(write('x'.repeat(65_537)))).toMatchObject({
      status: 422,
      data: { errors: [{ resource: 'IssueComment', message: 'Body is too long (maximum is 65536 characters)' }] },
    });
    expect(await refused(write(' \n'))).toMatchObject({ status: 422 });
    const { data: own } = await write('Running');
    issues.setLocked(number, true);
    const locked = { status: 403, message: 'Unable to create comment because issue is locked.' };
    expect(await refused(write('Running'))).toMatchObject(locked);
    expect(await refused(rest.issues.updateComment({ ...AT, comment_id: own.id, body: 'x' }))).toMatchObject(locked);
    expect(await refused(rest.repos.createDeployment({ ...AT, ref: 'gone' }))).toMatchObject({
      status: 422,
      message: 'No ref found for: gone',
    });
    commits.status(pull.headSha, { context: 'ci', state: 'pending' });
    expect((await refused(rest.repos.createDeployment({ ...AT, ref: 'feature' }))).status).toBe(409);
    commits.setBehind('feature', true);
    expect((await rest.repos.createDeployment({ ...AT, ref: 'feature' })).status).toBe(202);
    const forced = await rest.repos.createDeployment({
      ...AT,
      ref: 'feature',
      auto_merge: false,
      required_contexts: [],
    });
    const deployment_id = (forced.data as { id: number }).id;
    const tell = (state: 'queued', description: string) =>
      rest.repos.createDeploymentStatus({ ...AT, deployment_id, state, description });
    await tell('queued', 'x'.repeat(140));
    expect((await refused(tell('queued', 'x'.repeat(141)))).status).toBe(422);
    const status = { ...AT, sha: fakeSha('unknown'), state: 'success' } as const;
    expect((await refused(rest.repos.createCommitStatus(status))).status).toBe(422);
    expect(github.violations).toEqual([]);
  });
});

describe('permissions', () => {
  it('of a pull request are not those of an issue', async () => {
    const { issues } = github.repository;
    const numbers = [issues.addPull({ author: 'ada' }).number, issues.addIssue({ author: 'ada' }).number];
    const tried = async (permissions: Scopes) => {
      const rest = asWorkflow(permissions);
      return Promise.all(
        numbers.map(issue_number =>
          rest.issues.createComment({ ...AT, issue_number, body: 'x' }).then(
            ({ status }) => status,
            ({ status }) => status,
          ),
        ),
      );
    };
    expect(await tried({ 'pull-requests': 'write' })).toEqual([201, 403]);
    expect(await tried({ issues: 'write' })).toEqual([403, 201]);
    expect(await tried({ 'pull-requests': 'read', issues: 'read' })).toEqual([403, 403]);
  });

  it('that are missing are named, and not needed to read what is public', async () => {
    const none = { contents: 'none' } as const;
    github.repository.issues.addPull({ author: 'ada' });
    github.repositoryOf('acme/vault').issues.addPull({ author: 'ada' });
    const forbidden = { status: 403, message: 'Resource not accessible by integration' };
    const rest = asWorkflow(none);
    expect((await rest.pulls.get({ ...AT, pull_number: 1 })).headers['x-accepted-github-permissions']).toBe(
      'contents=read; pull_requests=read',
    );
    const comment = rest.issues.createComment({ ...AT, issue_number: 1, body: 'x' });
    expect(await refused(comment)).toMatchObject({ ...forbidden, accepted: 'issues=write; pull_requests=write' });
    const deployment = rest.repos.createDeployment({ ...AT, ref: 'main' });
    expect(await refused(deployment)).toMatchObject({ ...forbidden, accepted: 'deployments=write' });
    expect((await refused(rest.pulls.get({ ...PRIVATE, pull_number: 1 }))).status).toBe(404);
    const inside = asWorkflow(none, 'acme/vault');
    expect(await refused(inside.pulls.get({ ...PRIVATE, pull_number: 1 }))).toMatchObject(forbidden);
    github.addTeam('acme/release-team', ['ada']);
    const membership = { org: 'acme', team_slug: 'release-team', username: 'ada' };
    expect((await refused(asWorkflow().teams.getMembershipForUserInOrg(membership))).status).toBe(404);
    expect(github.violations).toEqual([]);
  });
});
