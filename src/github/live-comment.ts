import type { ReleaseEvent } from '../release/events.ts';
import type { LiveReport } from '../report/live-report.ts';
import type { Follower } from './follower.ts';
import { type FollowingDeps, following, type Part } from './following.ts';
import { type GitHub, GitHubError, type ListItem } from './github.ts';
import type { NextPatience } from './lane.ts';
import type { Message } from './paced.ts';

export interface LiveCommentDeps extends FollowingDeps {
  github: GitHub;
  /** Undefined where a release has none: then nothing is written. */
  pullRequest: (report: LiveReport) => number | undefined;
  /** The comment as it is at this moment (milliseconds since the epoch); begins with the marker. */
  render: (report: LiveReport, at: number) => string;
  /** By it, and by its author, the comment of a release is found again. */
  marker: (report: LiveReport) => string;
}

interface CommentMessage extends Message {
  /** A comment that is not there yet is made only for a release that is, or was, under way. */
  mayCreate: boolean;
}

type Comment = ListItem<typeof LIST>;

const LIST = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
const MOST_COMMENTS = 1_000;
const PAGE = 100;
/** Further comments than the first ones are looked through from the newest. */
const NEWEST_PAGES = 3;

/** The author of what is written with a workflow's own token. */
const ACTIONS_BOT = 'github-actions[bot]';

/** One comment for each release and pull request: made when the release begins, edited as it moves. */
export function liveComment(deps: LiveCommentDeps): Follower {
  const { pullRequest, render, marker, clock } = deps;
  return following<CommentMessage>(
    {
      subjectOf: report => {
        const number = pullRequest(report);
        return number === undefined ? undefined : `${number} ${marker(report)}`;
      },
      matters,
      messageOf: (report, part) =>
        speaks(report, part) ? { text: render(report, clock.now()), mayCreate: part.saw } : undefined,
      sender: report => commentSender(deps, pullRequest(report) as number, marker(report)),
      trouble: report => {
        const number = report && pullRequest(report);
        return {
          what: `The live comment${number === undefined ? '' : ` on pull request #${number}`}`,
          needs: 'pull-requests: write',
          without: 'set `comment: false`',
        };
      },
    },
    deps,
  );
}

/** The run that works on the release tells more of it than one that has only spoken to it, or was refused. */
function speaks({ taken, action, phase }: LiveReport, { moved, saw }: Part): boolean {
  if (taken && !moved) return false;
  // A deploy that came to nothing says nothing of the release which may still wait there.
  return saw || (action === 'deploy' && phase !== 'failed' && phase !== 'aborted');
}

function matters(event: ReleaseEvent): boolean {
  switch (event.type) {
    case 'started':
    case 'resumed':
    case 'going-back':
    case 'rollback-started':
    case 'step-started':
    case 'shifted':
    case 'sampled':
    case 'judged':
    case 'paused':
    case 'status':
    case 'commanded':
    case 'drift':
    case 'failed':
      return true;
    case 'health':
      return event.progress.status === 'failed';
    default:
      return false;
  }
}

function commentSender(
  { github }: Pick<LiveCommentDeps, 'github'>,
  number: number,
  marker: string,
): (message: CommentMessage, patience: NextPatience) => Promise<void> {
  let id: number | undefined;
  let mayBeDeleted = true;

  async function edit(known: number, body: string, patience: NextPatience): Promise<boolean> {
    try {
      await github.ask(
        'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
        { comment_id: known, body },
        patience(),
      );
      return true;
    } catch (error) {
      if (!(error instanceof GitHubError) || error.trouble !== 'not-found' || !mayBeDeleted) throw error;
      // Somebody has deleted it. Whoever does so twice does not want it.
      mayBeDeleted = false;
      id = undefined;
      return false;
    }
  }

  return async ({ text, mayCreate }, patience) => {
    // After a creation without an answer, too: it may be there all the same.
    id ??= await findComment(github, number, marker, patience);
    if (id !== undefined && (await edit(id, text, patience))) return;
    if (!mayCreate) return;
    const made = await github.ask(
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { issue_number: number, body: text },
      patience(),
    );
    id = Number(made.id);
  };
}

/** The newest comment that begins with the marker and is our own: what others write is neither edited nor believed. */
async function findComment(
  github: GitHub,
  number: number,
  marker: string,
  patience: NextPatience,
): Promise<number | undefined> {
  const isOwn = await ownership(github, patience);
  const find = (comments: readonly Comment[]): number | undefined =>
    comments
      .filter(comment => comment.body?.startsWith(marker) && isOwn(comment))
      .reduce<number | undefined>((newest, { id }) => Math.max(newest ?? 0, Number(id)), undefined);
  const { items, more } = await github.list(LIST, { issue_number: number, per_page: PAGE }, patience(), MOST_COMMENTS);
  return (more ? await findAmongNewest(github, number, find, patience) : undefined) ?? find(items);
}

/** Comments are listed from the oldest ("ordered by ascending ID"), so that the newest ones are on the last pages. */
async function findAmongNewest(
  github: GitHub,
  number: number,
  find: (comments: readonly Comment[]) => number | undefined,
  patience: NextPatience,
): Promise<number | undefined> {
  const issue = await github.ask(
    'GET /repos/{owner}/{repo}/issues/{issue_number}',
    { issue_number: number },
    patience(),
  );
  const last = Math.ceil(issue.comments / PAGE);
  for (let page = last; page > last - NEWEST_PAGES && page > MOST_COMMENTS / PAGE; page--) {
    const found = find(await github.ask(LIST, { issue_number: number, per_page: PAGE, page }, patience()));
    if (found !== undefined) return found;
  }
  return undefined;
}

async function ownership(github: GitHub, patience: NextPatience): Promise<(comment: Comment) => boolean> {
  try {
    const viewer = (await github.viewer(patience())).toLowerCase();
    return ({ user }) => user?.login.toLowerCase() === viewer;
  } catch (error) {
    // For a moment nobody can tell: to guess might make a second comment.
    if (error instanceof GitHubError && (error.trouble === 'unreachable' || error.trouble === 'rate-limited'))
      throw error;
    // Not every token may ask who it is; nobody but GitHub can write in this name.
    return ({ user }) => user?.type === 'Bot' && user.login === ACTIONS_BOT;
  }
}
