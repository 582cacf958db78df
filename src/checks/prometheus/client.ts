import type { PrometheusPlace } from '../../config/check-config.ts';
import { shownUrl } from '../../manifests/download.ts';
import type { Pair } from '../../release/plan.ts';
import { type Answer, ask, NoAnswer, type Question, type Recipient } from '../ask.ts';
import type { CheckContext } from '../check.ts';
import { recipientOf } from '../recipient.ts';
import { isWebPage, saying } from '../said.ts';
import { type Result, resultIn } from './result.ts';

/** A longer question is not put into an address, which proxies cut at 8 KiB or refuse. */
const LONGEST_IN_ADDRESS = 4_000;
const FORM = 'application/x-www-form-urlencoded';

/** The last `windowMs`, in steps. */
export interface Range {
  windowMs: number;
  stepMs: number;
}

export interface PrometheusAnswer extends Result {
  /** Who answered, as messages may name it. */
  from: string;
}

/** A query at Prometheus' own present. Throws an Error that says what came in the place of an answer, or the signal's reason. */
export function queryInstant(
  place: PrometheusPlace,
  query: string,
  context: CheckContext,
  pair: Pair | undefined,
  signal: AbortSignal,
): Promise<PrometheusAnswer> {
  return send(place, 'query', { query }, context, pair, signal);
}

/** A query over a time that ends now. Throws as `queryInstant` does. */
export function queryRange(
  place: PrometheusPlace,
  query: string,
  { windowMs, stepMs }: Range,
  context: CheckContext,
  pair: Pair | undefined,
  signal: AbortSignal,
): Promise<PrometheusAnswer> {
  const given = rangeForm(query, { windowMs, stepMs }, context.clock.now());
  return send(place, 'query_range', given, context, pair, signal);
}

function rangeForm(query: string, { windowMs, stepMs }: Range, now: number): Record<string, string> {
  const seconds = (milliseconds: number): string => String(milliseconds / 1000);
  return { query, start: seconds(now - windowMs), end: seconds(now), step: seconds(stepMs) };
}

/** Whether a query is sent by POST, as far as its length without what its variables stand for tells. */
export function goesByPost(query: string, range: Range | undefined): boolean {
  const now = 1_800_000_000_123;
  return isLong(new URLSearchParams(range ? rangeForm(query, range, now) : { query }).toString());
}

function isLong(form: string): boolean {
  return form.length > LONGEST_IN_ADDRESS;
}

async function send(
  place: PrometheusPlace,
  api: 'query' | 'query_range',
  given: Readonly<Record<string, string>>,
  context: CheckContext,
  pair: Pair | undefined,
  signal: AbortSignal,
): Promise<PrometheusAnswer> {
  const base = recipientOf(place, place.url === undefined ? (place.path ?? '').replace(/\/+$/, '') : '', context, pair);
  if (!base) throw new Error('Nothing says where Prometheus is; give url, or service: namespace/name');
  const answer = await asked(context, questionOf(base, api, new URLSearchParams(given)), place, signal);
  return { ...resultOf(answer, base, context.redact), from: `Prometheus at ${answer.from}` };
}

/** Short queries by GET: for that the right to get services/proxy is enough, while POST takes the right to create them. */
function questionOf(base: Recipient, api: string, given: URLSearchParams): Question {
  const form = given.toString();
  const accept = 'application/json';
  if (!isLong(form)) return { to: below(base, api, form), method: 'GET', headers: { accept } };
  return { to: below(base, api, ''), method: 'POST', body: form, headers: { accept, 'content-type': FORM } };
}

function below(base: Recipient, api: string, form: string): Recipient {
  if ('proxy' in base) return { ...base, path: `${base.path}/api/v1/${api}${form && `?${form}`}` };
  const url = new URL(base.url);
  const own = url.search.slice(1);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/${api}`;
  url.search = [own, form].filter(Boolean).join('&');
  url.hash = '';
  return { url: url.href };
}

async function asked(
  context: CheckContext,
  question: Question,
  place: PrometheusPlace,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return await ask(context, question, place, signal);
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw new NoAnswer(error.why, `Prometheus at ${error.message}${adviceAfter(error, question)}`, error);
  }
}

function adviceAfter({ why, cause, message }: NoAnswer, { to, method }: Question): string {
  if (why === 'too-large') return '; let the query give fewer series, as by sum or topk';
  if ('proxy' in to && method === 'POST' && message.includes('right to create'))
    return '; a query this long is sent by POST, which RBAC calls create: give that right, or a shorter query';
  if ('proxy' in to) return why === 'silent' ? '; is it running, and is the port right' : '';
  // Without a cause nobody was asked: the message says what is missing.
  if (cause === undefined) return '';
  return '; is the address right, and can it be reached from where this runs? What is within the cluster is asked by service: namespace/name';
}

function resultOf(answer: Answer, base: Recipient, redact: (text: string) => string): Result {
  const { status, text, from, headers } = answer;
  const json = jsonOf(text);
  const refusal = refusalIn(json);
  if (refusal !== undefined) throw new Error(`Prometheus at ${from} ${refusedText(status, refusal, redact)}`);
  if (status >= 200 && status < 300) {
    const result = json === undefined ? undefined : resultIn(json);
    if (result) return result;
    throw new Error(
      `${from} answered ${strangeText(answer, json, redact)}, which is no answer of Prometheus; ${RIGHT}`,
    );
  }
  if (status >= 300 && status < 400) {
    const to = headers['location'];
    const where = to === undefined ? 'elsewhere' : `to ${redact(shownUrl(URL.parse(to, rootOf(base))?.href ?? to))}`;
    throw new Error(
      `${from} answered ${status} and leads ${where}, where nobody is asked: credentials would go with the question. If that is where Prometheus is, give that address; if it is a page to sign in, say by auth or headers what lets requests in`,
    );
  }
  const page = isWebPage(answer) ? ' with a web page' : saying(text, redact);
  throw new Error(`${from} answered ${status}${page}${adviceOn(status, base)}`);
}

const RIGHT = 'give the address below which its API is, so that /api/v1/query follows';

function adviceOn(status: number, base: Recipient): string {
  if (status === 401 || status === 403) {
    const by = 'proxy' in base ? 'headers (the API server hands no Authorization on)' : 'auth or headers';
    return `; say by ${by} what lets requests in`;
  }
  if (status === 404 || status === 405)
    return `; there is no /api/v1/query here: ${'proxy' in base ? 'is the port that of Prometheus, and its API at the root' : RIGHT}`;
  return '';
}

/** What a place without a host is a part of; what is behind the API server has no address here. */
function rootOf(base: Recipient): string | undefined {
  return 'url' in base ? base.url : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Refusal {
  errorType: string;
  error: string;
}

function refusalIn(json: unknown): Refusal | undefined {
  const { status, errorType, error } = (json ?? {}) as Record<string, unknown>;
  return status === 'error' ? { errorType: String(errorType ?? 'error'), error: String(error ?? '') } : undefined;
}

const ADVICE: Readonly<Record<string, string>> = {
  bad_data: 'mend the query',
  execution: 'the query cannot be evaluated: mend it',
  timeout: 'make the query smaller, or its window shorter',
};
/** Of Prometheus itself, and not of the query. */
const ITS_OWN: readonly string[] = ['unavailable', 'internal'];

function refusedText(status: number, { errorType, error }: Refusal, redact: (text: string) => string): string {
  if (status >= 500 && ITS_OWN.includes(errorType))
    return `could not answer (${status}, ${errorType}${saying(error, redact)}); it may be starting`;
  const advice = ADVICE[errorType];
  return `refused the query (${status}, ${redact(errorType)})${saying(error, redact)}${advice ? `; ${advice}` : ''}`;
}

function strangeText(answer: Answer, json: unknown, redact: (text: string) => string): string {
  if (isWebPage(answer)) return `${answer.status} with a web page`;
  if (answer.text.trim() === '') return `${answer.status} with nothing`;
  return `${answer.status} with ${json === undefined ? 'something else than JSON' : 'other JSON'}${saying(answer.text, redact)}`;
}
