import { headingText } from './comment/heading.ts';
import { commandCode, mention, quoted } from './comment/quote.ts';
import { fitting, stateParts } from './live-comment.ts';
import type { LiveReport } from './live-report.ts';
import { link, type Markdown, paragraphs, table } from './markdown.ts';

/** In the first line of every answer: by it our own comments are known, and are no commands. */
export const REPLY_MARKER = '<!-- sluice:reply -->';

/** A sentence may quote a whole comment. */
const SENTENCE = 1_000;

/** A command that was not obeyed. `message`: one sentence of plain text, which may quote anything. */
export function refusalReply(answer: {
  to: string;
  verb: string;
  prefix: string;
  message: string;
  runUrl?: string;
}): Markdown {
  const { to, verb, prefix, message, runUrl } = answer;
  return reply(to, `Sorry, ${commandCode(prefix, verb)} was not done: ${quoted(message, SENTENCE)}`, runUrl);
}

/** What a command came to, in a line. */
export function outcomeReply(answer: {
  to: string;
  verb: string;
  prefix: string;
  report: LiveReport;
  runUrl?: string;
}): Markdown {
  const { to, verb, prefix, report, runUrl } = answer;
  const { failure, headline } = report;
  const words = [
    `${commandCode(prefix, verb)}: ${headingText(report)}.`,
    failure && quoted(failure.headline, SENTENCE / 2),
    quoted(headline.serves, SENTENCE / 2),
    // Nothing was done, and what would have to be said is another thing.
    report.reason === 'already-done' && headline.next && quoted(headline.next, SENTENCE / 2),
  ];
  return reply(to, words.filter(Boolean).join(' '), runUrl);
}

/** How a release stands, for `/status`. */
export function statusReply(answer: { to: string; prefix: string; report: LiveReport; runUrl?: string }): Markdown {
  const { to, prefix, report, runUrl } = answer;
  const told = runUrl === undefined ? report : { ...report, facts: { ...report.facts, runUrl } };
  return fitting(detail =>
    body(to, 'this is how it stands.', stateParts(told, { prefix, at: lastChange(report), detail })),
  );
}

/** When that became so which is told. */
function lastChange({ standing, pause, endedAt }: LiveReport): number {
  if (!standing) return endedAt;
  return standing.endedAt ?? (standing.status === 'paused' ? pause?.at : undefined) ?? endedAt;
}

const WHAT: Readonly<Record<string, string>> = {
  promote: 'lets a release go on past what it holds or waits for',
  reject: 'takes an unfinished release back',
  pause: 'stops it where it is, with the traffic as it is',
  resume: 'lets a paused release go on as planned',
  rollback: 'takes an unfinished release back, else goes back to the version before',
  status: 'tells how it stands',
  help: 'tells this',
};

/** What this person may say, for `/help`; `refusal`: why not, in a sentence of plain text. */
export function helpReply(answer: {
  to: string;
  prefix: string;
  verbs: readonly { verb: string; refusal?: string }[];
}): Markdown {
  const { to, prefix, verbs } = answer;
  const rows = verbs.map(({ verb, refusal }) => [
    commandCode(prefix, verb),
    `${WHAT[verb] ?? ''}<br>${refusal === undefined ? '✅ you may' : `❌ not you: ${quoted(refusal, 300)}`}`,
  ]);
  const more = [
    ['promote', '3f9a1c2', 'only if the release is of that commit'],
    ['promote', '--to 50', 'waits for nothing before 50 % of the requests'],
    ['promote', '--full', 'waits for nothing any more'],
    ['rollback', '7', 'goes back to revision 7'],
  ].map(([verb, argument, words]) => `${commandCode(prefix, `${verb} ${argument}`)} ${words}`);
  return body(
    to,
    'these are the commands, each as the first line of a new comment.',
    paragraphs([table(['Command', 'What it does, and whether you may'], rows), `With more words: ${more.join('; ')}.`]),
  );
}

/** `typed` was almost `meant`. */
export function nearMissReply(answer: { to: string; prefix: string; typed: string; meant: string }): Markdown {
  const { to, prefix, typed, meant } = answer;
  return reply(
    to,
    `There is no command ${commandCode(prefix, typed)}, so nothing was done. Did you mean ${commandCode(prefix, meant)}?`,
  );
}

function reply(to: string, sentence: Markdown, runUrl?: string): Markdown {
  return body(to, runUrl === undefined ? sentence : `${sentence} (${link('run and summary', runUrl)})`);
}

function body(to: string, sentence: Markdown, below?: Markdown): Markdown {
  return `${REPLY_MARKER}\n${paragraphs([`${mention(to)} ${sentence}`, below])}\n`;
}
