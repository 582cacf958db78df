import { oneLine, plainText, shortened } from './plain-text.ts';

/** Text that is valid GitHub markdown already: what `text` and `code` give, and what is written here by hand. */
export type Markdown = string;

/** No construct of markdown can be made of these with an entity in its place (CommonMark, "Entity and numeric character references"). */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '|': '&#124;',
  '\\': '&#92;',
  $: '&#36;',
};
const MEANING = /[&<>|\\$`*_[\]~#]/g;
/** GitHub looks for mentions and references in the finished page, where only another character between keeps them from being found. */
const PINGS = /@(?=[\w-])|#(?=\d)|\bGH-(?=\d)/gi;
const ZERO_WIDTH_SPACE = '\u200b';
const LINE_START = /^([-+=]|\d+(?=[.)]))/;

/** Prose from anywhere, on one line: shown as it is in a paragraph, a heading, a list or a cell, and doing nothing. */
export function text(value: string, length = 2_000): Markdown {
  return harmless(shortened(oneLine(value), length)).replace(LINE_START, found =>
    /\d/.test(found) ? `${found}${ZERO_WIDTH_SPACE}` : `\\${found}`,
  );
}

function harmless(line: string): Markdown {
  return line.replace(PINGS, `$&${ZERO_WIDTH_SPACE}`).replace(MEANING, found => ENTITIES[found] ?? `\\${found}`);
}

/** As `text`, for sentences of ours, in which a name or an input stands between backticks: that is shown as code. */
export function prose(value: string, length = 2_000): Markdown {
  const [first = '', ...others] = shortened(oneLine(value), length).split(/`([^`\s](?:[^`]*[^`\s])?)`/);
  return [
    text(first, length) + (/\s$/.test(first) ? ' ' : ''),
    ...others.map((part, index) => (index % 2 === 0 ? code(part) : harmless(part))),
  ].join('');
}

/** A name or a command, on one line, as code; nothing in it is markdown, a mention or the end of a cell. */
export function code(value: string, length = 500): Markdown {
  const line = shortened(oneLine(value), length);
  if (line === '') return '';
  if (!/[`|\\]/.test(line)) return `\`${line}\``;
  return `<code>${line.replace(/[!-+.:-@[-`{-~]/g, found => `&#${found.charCodeAt(0)};`)}</code>`;
}

/** A block that shows the lines as they are; its fence is longer than any run of backticks inside. */
export function codeBlock(value: string, language = ''): Markdown {
  const plain = plainText(value);
  const longest = Math.max(2, ...(plain.match(/`+/g) ?? []).map(run => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${plain}${plain.endsWith('\n') ? '' : '\n'}${fence}`;
}

/** Only http and https are linked; anything else is shown as its label. */
export function link(label: Markdown, url: string | undefined): Markdown {
  if (!url || !/^https?:\/\//i.test(url)) return label;
  const target = plainText(url).replace(/[\s<>()\\|`"'[\]*_]/g, found =>
    encodeURIComponent(found).replace(/[()'*_]/g, hex),
  );
  return `[${label}](${target})`;
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

export function heading(level: 2 | 3 | 4, content: Markdown): Markdown {
  return `${'#'.repeat(level)} ${content}`;
}

/** A column with nothing in it is left out. Cells are markdown of one line. */
export function table(headings: readonly string[], rows: readonly (readonly Markdown[])[]): Markdown {
  const shown = headings.map((_, column) => rows.some(row => (row[column] ?? '') !== ''));
  const line = (cells: readonly Markdown[]): string =>
    `| ${cells
      .filter((_, column) => shown[column])
      .map(cell => cell || ' ')
      .join(' | ')} |`;
  return [
    line(headings),
    line(headings.map(() => '---')),
    ...rows.map(row => line(headings.map((_, column) => row[column] ?? ''))),
  ].join('\n');
}

/** What is folded away until a reader asks for it. The title is plain text: GitHub reads no markdown there. */
export function details(title: string, content: Markdown, open = false): Markdown {
  const escaped = oneLine(title)
    .replace(PINGS, `$&${ZERO_WIDTH_SPACE}`)
    .replace(/[&<>]/g, found => ENTITIES[found] as string);
  return `<details${open ? ' open' : ''}><summary>${escaped}</summary>\n\n${content}\n\n</details>`;
}

/** GitHub's coloured box; elsewhere a quotation. */
export function alert(
  kind: 'NOTE' | 'TIP' | 'IMPORTANT' | 'WARNING' | 'CAUTION',
  paragraphs: readonly Markdown[],
): Markdown {
  return [
    `> [!${kind}]`,
    ...paragraphs.flatMap((paragraph, index) => (index === 0 ? [`> ${paragraph}`] : ['>', `> ${paragraph}`])),
  ].join('\n');
}

export function list(items: readonly Markdown[]): Markdown {
  return items.map(item => `- ${item.replaceAll('\n', '\n  ')}`).join('\n');
}

/** Parts that are not empty, as paragraphs. */
export function paragraphs(parts: readonly (Markdown | undefined)[]): Markdown {
  return parts.filter(part => part).join('\n\n');
}
