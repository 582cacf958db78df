import type { Clock } from '../clock.ts';
import type { CommentEvent } from './event.ts';
import { type GitHub, GitHubError } from './github.ts';

/** What is said back to a comment: signs on it, and answers below it. Beside the work, in order; what cannot be said is a warning. */
export interface Conversation {
  react(sign: 'eyes' | 'rocket' | '-1'): void;
  reply(body: string): void;
  /** Until all is said, or so many milliseconds are over. Never throws. */
  said(forMs: number): Promise<void>;
}

/** How long one of them may take while nobody waits for it. */
const PATIENCE_MS = 30_000;

export function converse(
  github: GitHub,
  { id, pullRequest }: Pick<CommentEvent, 'id' | 'pullRequest'>,
  { clock, warn }: { clock: Clock; warn: (message: string) => void },
): Conversation {
  const over = new AbortController();
  let tail: Promise<unknown> = Promise.resolve();
  let isTold = false;
  const say = (what: string, work: (patience: { forMs: number; signal: AbortSignal }) => Promise<unknown>): void => {
    tail = tail
      .then(() => work({ forMs: PATIENCE_MS, signal: over.signal }))
      .catch((error: unknown) => {
        if (isTold) return;
        isTold = true;
        const why = error instanceof GitHubError ? error.message : String(error);
        warn(`${what} could not be written on pull request #${pullRequest}: ${why}`);
      });
  };
  return {
    react: content =>
      say('A reaction', patience =>
        github.ask(
          'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
          { comment_id: id, content },
          patience,
        ),
      ),
    reply: body =>
      say('The answer', patience =>
        github.ask(
          'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
          { issue_number: pullRequest, body },
          patience,
        ),
      ),
    async said(forMs) {
      const cancel = clock.after(forMs, () => over.abort(new Error('GitHub has not answered in time')));
      await tail;
      cancel();
    },
  };
}
