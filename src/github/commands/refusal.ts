import { oneLine, shortened } from '../../report/plain-text.ts';
import { GitHubError } from '../github.ts';
import type { Refusal, Rule } from './authorise.ts';

const LONGEST_MESSAGE = 500;
const LONGEST_REASON = 200;
const LONGEST_NAME = 60;
const MOST_NAMES = 3;

export function refusal(rule: Rule, sentence: string): Refusal {
  return { rule, message: shortened(oneLine(sentence), LONGEST_MESSAGE) };
}

/** What had to be known could not be learned: `whether you may promote`. */
export function lookUpRefusal(what: string, why: readonly string[]): Refusal {
  return refusal('look-up', `It could not be learned ${what}, and that refuses: ${why.join('; and ')}.`);
}

/** Why GitHub did not tell, and which permission of the token is missing. */
export function failureText({ message, needs }: GitHubError): string {
  const reason = shortened(oneLine(message).replace(/\.$/, ''), LONGEST_REASON);
  return needs === undefined || message.includes(needs) ? reason : `${reason}; the token needs ${needs}`;
}

/** Every failure to ask is a GitHubError; anything else is a defect, and goes on as one. */
export async function learned<T>(answer: Promise<T>): Promise<{ value: T } | { failure: GitHubError }> {
  try {
    return { value: await answer };
  } catch (error) {
    if (error instanceof GitHubError) return { failure: error };
    throw error;
  }
}

/** `build`, `build and lint`, `build, lint, docs and 4 more`; names that others gave, so each is cut. */
export function namesText(names: readonly string[], last = 'and'): string {
  const shown = names.slice(0, MOST_NAMES).map(name => shortened(oneLine(name), LONGEST_NAME));
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} ${last} ${rest} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} ${last} ${shown.at(-1)}` : (shown[0] ?? '');
}

/** As people know a commit. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}
