import type { LiveReport } from './live-report.ts';
import type { Markdown } from './markdown.ts';

/** In the first line of every answer: by it our own comments are known, and are no commands. */
export const REPLY_MARKER = '<!-- sluice:reply -->';

/** A command that was not obeyed. `message`: one sentence of plain text, which may quote anything. */
export function refusalReply(_answer: { to: string; verb: string; prefix: string; message: string; runUrl?: string }): Markdown {
  throw new Error('stub');
}

/** What a command came to, in a line. */
export function outcomeReply(_answer: { to: string; verb: string; prefix: string; report: LiveReport; runUrl?: string }): Markdown {
  throw new Error('stub');
}

/** How a release stands, for `/status`. */
export function statusReply(_answer: { to: string; prefix: string; report: LiveReport; runUrl?: string }): Markdown {
  throw new Error('stub');
}

/** What this person may say, for `/help`; `refusal`: why not, in a sentence of plain text. */
export function helpReply(_answer: {
  to: string;
  prefix: string;
  verbs: readonly { verb: string; refusal?: string }[];
}): Markdown {
  throw new Error('stub');
}

/** `typed` was almost `meant`. */
export function nearMissReply(_answer: { to: string; prefix: string; typed: string; meant: string }): Markdown {
  throw new Error('stub');
}
