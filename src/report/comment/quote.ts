import { code, codeBlock, type Markdown, prose } from '../markdown.ts';
import { oneLine, plainText, shortened } from '../plain-text.ts';

const ZERO_WIDTH_SPACE = '\u200b';
/** Where GitHub makes a link of bare text, and from one to an issue, a mention in that issue (GFM, "Autolinks"). */
const AUTOLINKED = /:(?=\/\/)|www(?=\.)/gi;
/** What other bots, and a runner that prints it, take for a command at the start of a line. */
const COMMANDING = /^(\s*)(?=[/!@.:])/gm;

/** As `prose`, for a comment: a bare address stays text, so that nothing is linked or referred to. */
export function quoted(value: string, length: number): Markdown {
  return prose(unlinked(value, length), 2 * length);
}

/** In bold; of nothing there would be a line across the page. */
export function strong(content: Markdown): Markdown {
  return content === '' ? '' : `**${content}**`;
}

/** Plain text on one line that is nowhere made a link. */
export function unlinked(value: string, length: number): string {
  // Only now: without its control characters a text may read otherwise.
  return shortened(oneLine(value), length).replace(AUTOLINKED, `$&${ZERO_WIDTH_SPACE}`);
}

/** Lines as they are; none begins with what could be taken for a command. */
export function quotedBlock(lines: readonly string[], length: number): Markdown {
  const shown = lines.map(line => shortened(plainText(line).split('\n').join(' '), length)).join('\n');
  return codeBlock(shown.replace(COMMANDING, `$1${ZERO_WIDTH_SPACE}`), 'text');
}

/** Letters, digits and single hyphens, up to 39; a managed account has its company's short name behind an underscore. */
const LOGIN = /^(?=.{1,39}$)[a-z\d]+(?:-[a-z\d]+)*(?:_[a-z\d]+)?$/i;

/** Mentions a person; anything that is no login is only shown. */
export function mention(login: string): Markdown {
  return LOGIN.test(login) ? `@${login}` : code(login, 80) || 'You';
}

/** A command as a person writes it: `/promote`, or `/sluice promote` where the prefix is a word. */
export function commandText(prefix: string, words: string): string {
  const start = prefix.trim();
  return `${start}${/[\p{L}\p{N}]$/u.test(start) ? ' ' : ''}${words}`;
}

export function commandCode(prefix: string, words: string): Markdown {
  return code(commandText(prefix, words), 120);
}
