import { oneLine } from '../report/plain-text.ts';
import type { Answer, Silence } from './attempt.ts';
import { GitHubError } from './github.ts';
import { workflowPermissions } from './needs.ts';
import type { RateLimit } from './rate-limit.ts';
import { fieldsOf } from './shape.ts';

/** What was asked, for the message. */
export interface Asked {
  /** `write a comment on acme/shop#7` */
  act: string;
  /** Used where GitHub itself does not say. */
  needs?: string;
  /** `api.github.com` */
  host: string;
  /** Takes the token out of the words of others. */
  redact(text: string): string;
}

const MOST_WORDS = 300;
const MOST_ERRORS = 5;

/** Statuses of a 403 that no permission would change. */
const NO_PERMISSION_HELPS = /archived|locked|disabled|suspended|blocked|SAML|IP allow list/i;

/** The error for an answer that is no success. */
export function answerError(asked: Asked, answer: Answer): GitHubError {
  const { act, host } = asked;
  const { status } = answer;
  const said = `(${status}: ${sayingOf(asked, answer)})`;
  if (status === 401)
    return new GitHubError(
      'unauthorized',
      `GitHub did not accept the token, which was to ${act} ${said}. Check that the token is whole, has not expired, and is one of ${host}.`,
      { status },
    );
  if (status === 403) return forbidden(asked, answer, said);
  if (status === 404)
    return new GitHubError(
      'not-found',
      `GitHub could not ${act} ${said}: it does not exist, or the token may not see it. Check the names, and the permissions of the token.`,
      { status },
    );
  if (status >= 500)
    return new GitHubError('unreachable', `GitHub at ${host} could not ${act} ${said}. Try again later.`, { status });
  if (status >= 300 && status < 400)
    return new GitHubError(
      'refused',
      `GitHub did not ${act} ${said}: it refers to another address. Where the repository was renamed or moved, run the workflow from its present place.`,
      { status },
    );
  return new GitHubError('refused', `GitHub refused to ${act} ${said}.`, { status });
}

function forbidden(asked: Asked, answer: Answer, said: string): GitHubError {
  const { act } = asked;
  const header = answer.headers['x-accepted-github-permissions']?.trim();
  const helps = !NO_PERMISSION_HELPS.test(said);
  const needs = helps ? (header ? workflowPermissions(header) : asked.needs) : undefined;
  const message = `GitHub did not let the token ${act} ${said}.`;
  if (needs)
    return new GitHubError('forbidden', `${message} Give the job "permissions: ${needs}".`, { status: 403, needs });
  const way =
    helps && header
      ? ` It takes ${short(header)}, which no "permissions" of a workflow give: use the token of a GitHub App or person that has it.`
      : ' Check what the token may do.';
  return new GitHubError('forbidden', `${message}${way}`, { status: 403 });
}

/** Whatever was asked for, that was not what came: a proxy's page, half an answer, a shape that is not GitHub's. */
export function shapeError({ act, host }: Asked, { status }: Answer, what: string): GitHubError {
  return new GitHubError(
    'unreachable',
    `GitHub at ${host} could not ${act}: it answered ${status} with ${what}. See whether a proxy changes its answers.`,
    { status },
  );
}

export function silenceError(
  { act, host, redact }: Asked,
  { words, mayBeDone }: Silence,
  isWrite: boolean,
): GitHubError {
  const doubt = isWrite && mayBeDone ? ' GitHub may or may not have done it.' : '';
  return new GitHubError(
    'unreachable',
    `GitHub could not ${act}: ${host} ${short(redact(words))}.${doubt} Check GitHub's status, and the network of the runner.`,
  );
}

export function limitError({ act }: Asked, { endsAt, isSecondary }: RateLimit): GitHubError {
  const limit = isSecondary ? 'a secondary rate limit' : 'the rate limit';
  return new GitHubError(
    'rate-limited',
    `GitHub did not ${act}: ${limit} of the token holds until ${timeText(endsAt)}, and that is longer than this can wait. Try again then.`,
  );
}

/** `2026-01-01T00:05:00Z` */
function timeText(at: number): string {
  return new Date(Math.ceil(at / 1_000) * 1_000).toISOString().replace('.000', '');
}

/** GitHub's own message and errors, or what a proxy had to say. */
function sayingOf({ redact }: Asked, { data, text, status }: Answer): string {
  const { message, errors } = fieldsOf(data);
  const own = typeof message === 'string' ? message : data === undefined ? withoutTags(text) : '';
  const details = (Array.isArray(errors) ? errors : []).slice(0, MOST_ERRORS).map(detailOf).filter(Boolean);
  const words = [own, ...new Set(details)].filter(Boolean).join('; ');
  return short(redact(words)) || `no reason given with status ${status}`;
}

/** The codes of GitHub's "Client errors". */
const CODES: Readonly<Record<string, string>> = {
  missing: 'does not exist',
  missing_field: 'is missing',
  invalid: 'is not valid',
  already_exists: 'exists already',
  unprocessable: 'cannot be processed',
};

function detailOf(error: unknown): string {
  if (typeof error === 'string') return error;
  const { message, field, resource, code } = fieldsOf(error);
  if (typeof message === 'string' && message !== '') return message;
  const what = [field, resource].find(one => typeof one === 'string' && one !== '');
  return what === undefined
    ? ''
    : `${what} ${typeof code === 'string' && Object.hasOwn(CODES, code) ? CODES[code] : `has the fault ${JSON.stringify(code)}`}`;
}

function withoutTags(text: string): string {
  return text
    .slice(0, 10_000)
    .replace(/<(style|script|head)\b[^>]*>.*?<\/\1>/gis, ' ')
    .replace(/<[^>]+>/g, ' ');
}

/** One line, cut where it is long, without the full stop at its end. */
function short(words: string): string {
  const line = oneLine(words.slice(0, 10 * MOST_WORDS)).replace(/[.\s]+$/, '');
  return line.length > MOST_WORDS ? `${line.slice(0, MOST_WORDS).toWellFormed()}…` : line;
}
