import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect } from '@jest/globals';
import type { GitHubOptions } from '../../src/demo/github/github.ts';
import type { Comment } from '../../src/demo/github/records.ts';
import type { StepResult } from '../../src/demo/runner.ts';
import { type CheckedGitHub, openCheckedGitHub } from '../github/checked.ts';
import { app, BRIEF, records } from './releases.ts';
import type { SandboxWorld, World } from './world.ts';

type RunOptions = NonNullable<Parameters<World['run']>[1]>;

/** A pull request at GitHub, and the runs that its workflows start. */
export interface Review {
  github: CheckedGitHub;
  /** Of the pull request, which `bob` has opened. */
  number: number;
  head(): string;
  /** As a workflow's run on a push of this commit (the pull request's head unless said otherwise) deploys a version. */
  deploy(
    version: number,
    inputs?: Record<string, string>,
    options?: RunOptions & { commit?: string },
  ): Promise<StepResult>;
  /** Somebody writes a comment; answers with it and its webhook's payload. */
  comment(author: string, body: string): { comment: Comment; payload: Record<string, unknown> };
  /** As the workflow on comments runs for this payload. */
  hear(payload: unknown, inputs?: Record<string, string>, options?: RunOptions): Promise<StepResult>;
  /** Writes a comment, and runs what it starts. */
  say(author: string, body: string, inputs?: Record<string, string>, options?: RunOptions): Promise<StepResult>;
  /** Bodies of the comments that a workflow has written: live ones, and answers. */
  live(number?: number): string[];
  answers(number?: number): string[];
  reactions(): string[];
  /** Environment of a run that reaches this GitHub. */
  env: Record<string, string>;
}

const opened: CheckedGitHub[] = [];

afterEach(async () => {
  for (const github of opened.splice(0)) {
    await github.close();
    expect(github.violations).toEqual([]);
  }
});

/** `ada` may write, `tim` triage, `root` administrate; `bob` writes and has opened the pull request; everybody reads. */
const PEOPLE = { ada: 'write', bob: 'write', tim: 'triage', root: 'admin', rita: 'read' } as const;

export async function openReview(
  world: World,
  { token, ...options }: GitHubOptions & { token?: string } = {},
): Promise<Review> {
  const github = await openCheckedGitHub({ repositories: [{ name: 'acme/shop', collaborators: PEOPLE }], ...options });
  opened.push(github);
  const { issues } = github.repository;
  const { number } = issues.addPull({ author: 'bob' });
  const head = (): string => issues.pull(number).pull.headSha;
  const known = token ?? github.token();
  const env = {
    GITHUB_API_URL: github.url,
    GITHUB_GRAPHQL_URL: github.graphqlUrl,
    GITHUB_SERVER_URL: github.serverUrl,
  };
  const inputs = { 'github-token': known };
  let runs = 5000;
  const review: Review = {
    github,
    number,
    head,
    env,
    async deploy(version, more = {}, { commit = head(), ...others } = {}) {
      runs += 1;
      await world.write({ 'web.yaml': app(version) });
      return world.run(
        { ...BRIEF, strategy: 'canary', ...inputs, ...more },
        {
          ...others,
          env: { ...env, GITHUB_RUN_ID: String(runs), GITHUB_SHA: commit, GITHUB_EVENT_NAME: 'push', ...others.env },
        },
      );
    },
    comment(author, body) {
      const comment = github.repository.comment(number, author, body);
      return { comment, payload: later(github.commentPayload(comment)) };
    },
    async hear(payload, more = {}, others = {}) {
      runs += 1;
      const event = join(await mkdtemp(join(tmpdir(), 'sluice-event-')), 'event.json');
      await writeFile(event, JSON.stringify(payload));
      const sender = (payload as { sender?: { login?: string } } | null)?.sender?.login;
      return world.command(
        'comment',
        { release: '', ...inputs, ...more },
        {
          ...others,
          env: {
            ...env,
            GITHUB_RUN_ID: String(runs),
            // The newest of the default branch, which has nothing to do with the pull request.
            GITHUB_SHA: github.repository.commits.branch('main') ?? '',
            GITHUB_EVENT_NAME: 'issue_comment',
            GITHUB_EVENT_PATH: event,
            GITHUB_ACTOR: sender ?? '',
            ...others.env,
          },
        },
      );
    },
    say: (author, body, more, others) => review.hear(review.comment(author, body).payload, more, others),
    live: (of = number) => bodies(of).filter(body => body.startsWith('<!-- sluice:live')),
    answers: (of = number) => bodies(of).filter(body => body.startsWith('<!-- sluice:reply')),
    reactions: () =>
      github.repository.comments(number).flatMap(({ reactions }) => reactions.map(({ content }) => content)),
  };
  const bodies = (of: number): string[] => github.repository.comments(of).map(({ body }) => body);
  return review;
}

/** Nobody answers within the second in which the release came to wait; GitHub tells whole seconds. */
function later(payload: Record<string, unknown>): Record<string, unknown> {
  const at = new Date(Math.ceil(Date.now() / 1_000 + 0.001) * 1_000).toISOString().replace('.000Z', 'Z');
  return { ...payload, comment: { ...(payload['comment'] as object), created_at: at, updated_at: at } };
}

/** What was asked of GitHub: `GET /repos/acme/shop/pulls/1`, in its order. */
export const asked = ({ github }: Review): string[] => github.calls.map(({ method, path }) => `${method} ${path}`);

export const APPROVE = { steps: '[weight: 50, approve]' };
export const SHOWN = { environment: 'production', 'commit-status': 'true' };
/** Whoever asks this cluster for anything fails for another reason than a refusal. */
export const NO_CLUSTER = { env: { KUBECONFIG: '/nowhere/kubeconfig' } };

export const endOf = ({ exitCode, outputs }: StepResult): object => ({
  exitCode,
  phase: outputs['phase'],
  reason: outputs['reason'],
});
export const REFUSED = { exitCode: 1, phase: 'failed', reason: 'refused' };
export const QUIET = { exitCode: 0, phase: 'unchanged', reason: '' };
export const DONE = { exitCode: 0, phase: 'unchanged', reason: 'already-done' };

/** Version 2 waits for approval with half of the requests. */
export async function waiting(world: SandboxWorld, inputs: Record<string, string> = {}): Promise<Review> {
  const review = await openReview(world);
  await review.deploy(1, inputs);
  expect((await review.deploy(2, { ...APPROVE, ...inputs })).outputs).toMatchObject({ phase: 'paused', revision: '2' });
  return review;
}

export const stillWaits = async (world: SandboxWorld): Promise<void> =>
  expect(await records(world)).toEqual(['1 succeeded', '2 paused']);

export const statesOf = ({ github }: Review): string[] =>
  github.repository.deployments.map(({ statuses }) => statuses.map(({ state }) => state).join(' '));
