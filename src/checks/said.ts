import type { CheckContext, Sample } from './check.ts';

const LONGEST_SHOWN = 200;

/** The beginning of what others say, on one line, without secrets; empty where they say nothing. */
export function beginningOf(text: string, redact: (text: string) => string): string {
  // Before it is cut: half a secret would not be recognised.
  const line = redact(text)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  // By whole characters, so that none is cut in two.
  const shown = [...line.slice(0, 2 * LONGEST_SHOWN + 2)].slice(0, LONGEST_SHOWN).join('');
  return shown.length < line.length ? `${shown}…` : line;
}

/** The same as the end of a sentence; nothing where nothing is said. */
export function saying(text: string, redact: (text: string) => string): string {
  const beginning = beginningOf(text, redact);
  return beginning === '' ? '' : `: ${beginning}`;
}

/** Whether an answer is meant for a browser: a login page, or the error page of a proxy. */
export function isWebPage({ headers, text }: { headers: Readonly<Record<string, string>>; text: string }): boolean {
  return (headers['content-type'] ?? '').includes('text/html') || /^\s*<(!doctype html|html)/i.test(text);
}

/** What an attempt to measure came to: a check never throws. */
export async function measured(
  { redact }: Pick<CheckContext, 'redact'>,
  attempt: () => Promise<Sample>,
): Promise<Sample> {
  try {
    return await attempt();
  } catch (error) {
    return { outcome: 'error', message: redact(error instanceof Error ? error.message : String(error)) };
  }
}
