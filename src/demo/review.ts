import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sleep, systemClock } from '../clock.ts';
import { type FakeGitHub, openGitHub } from './github/github.ts';

/** A pull request of the example shop, at a GitHub inside this process. */
export interface Review {
  /** For the run of the workflow on the push that has merged it. */
  pushed(): ReviewRun;
  /** Somebody writes a comment; for the run of the workflow that it starts. */
  commented(author: string, body: string): Promise<ReviewRun>;
  /** Its conversation as it is now: each comment with a heading that says whose it is. */
  conversation(): { title: string; markdown: string }[];
  close(): Promise<void>;
}

export interface ReviewRun {
  env: Record<string, string>;
  inputs: Record<string, string>;
}

/** `ada` has opened and merged it; `grace` may promote. */
export async function openReview(folder: string): Promise<Review> {
  const people = { ada: 'write', grace: 'maintain' } as const;
  const github = await openGitHub({ repositories: [{ name: 'acme/shop', collaborators: people }] });
  const { issues, commits } = github.repository;
  const { number } = issues.addPull({ author: 'ada', title: 'A new front page' });
  const merged = issues.merge(number, { by: 'ada' });
  const inputs = { 'github-token': github.token({ permissions: { contents: 'read', 'pull-requests': 'write' } }) };
  const known = environmentOf(github);
  return {
    pushed: () => ({
      inputs,
      env: { ...known, GITHUB_EVENT_NAME: 'push', GITHUB_SHA: merged, GITHUB_ACTOR: 'ada' },
    }),
    async commented(author, body) {
      // A person takes a while; what is said within the second in which it came to wait is not taken for an answer to it.
      await sleep(systemClock, 1_200);
      const event = join(folder, 'comment.json');
      await writeFile(event, JSON.stringify(github.commentPayload(github.repository.comment(number, author, body))));
      const env = {
        ...known,
        GITHUB_EVENT_NAME: 'issue_comment',
        GITHUB_EVENT_PATH: event,
        GITHUB_SHA: commits.branch('main') ?? merged,
        GITHUB_ACTOR: author,
      };
      return { inputs: { ...inputs, action: 'comment' }, env };
    },
    conversation: () =>
      github.repository.comments(number).map(({ author, body, reactions }) => {
        const signs = reactions.map(({ content }) => (content === 'eyes' ? '👀' : content === 'rocket' ? '🚀' : '👎'));
        const given = signs.length > 0 ? `, with ${signs.join(' ')}` : '';
        return { title: `${author.login} commented on pull request #${number}${given}`, markdown: body };
      }),
    close: () => github.close(),
  };
}

function environmentOf({ url, graphqlUrl, serverUrl }: FakeGitHub): Record<string, string> {
  return { GITHUB_API_URL: url, GITHUB_GRAPHQL_URL: graphqlUrl, GITHUB_SERVER_URL: serverUrl };
}
