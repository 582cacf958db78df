import { type Clock, sleep } from '../clock.ts';
import { oneLine } from '../report/plain-text.ts';
import { type Asked, answerError, limitError, shapeError, silenceError } from './answer-error.ts';
import { type Answer as Answered, type Attempt, attempt } from './attempt.ts';
import { type GitHub, GitHubError, type Patience, type Repository } from './github.ts';
import { limitOf, type RateLimit, waitBefore } from './rate-limit.ts';
import { toldOf } from './routes.ts';
import { fieldsOf } from './shape.ts';

export interface GitHubClientOptions {
  token: string;
  repository: Repository;
  /** GITHUB_API_URL: `https://api.github.com`, `https://ghe.example/api/v3`. */
  apiUrl: string;
  /** GITHUB_GRAPHQL_URL; otherwise made of `apiUrl`. */
  graphqlUrl?: string | undefined;
  clock: Clock;
  /** Ends everything that is under way. */
  signal: AbortSignal;
  fetch: typeof globalThis.fetch;
  log: { debug(line: string): void; warning(line: string): void };
  /** From 0 to 1. */
  random?: () => number;
}

/** The longest that one request may take: GitHub itself gives up after 10 s. */
const REQUEST_MS = 10_000;
/** With less time left a further attempt would only hide what was wrong with the last one. */
const LEAST_MS = 1_000;
/** Shorter waits are of no interest to a reader. */
const TOLD_WAIT_MS = 5_000;
const PAGE = 100;
const MOST_ITEMS = 1_000;
/** The oldest that all servers know; another one would change the shape of answers. */
const API_VERSION = '2022-11-28';

const APIS = ['rest', 'graphql'] as const;
type Api = (typeof APIS)[number];
type Fields = Readonly<Record<string, unknown>>;

/** `POST https://ghe.example/api/graphql`, or a route of the REST API. */
interface Request {
  route: string;
  parameters: Fields;
  asked: Asked;
  /** May be asked again though it is a POST. */
  isQuery?: boolean;
}

interface Limit {
  until: number;
  signal: AbortSignal | undefined;
  mayRepeat: boolean | undefined;
}

/**
 * GitHub's API, with its own patience: what fails for a moment is asked again, until the patience of the question is over.
 * Where a signal is aborted the question fails with the signal's reason, which is not GitHub's failure.
 */
export function openGitHubClient(options: GitHubClientOptions): GitHub {
  const { repository, clock, log } = options;
  const random = options.random ?? Math.random;
  const host = URL.parse(options.apiUrl)?.host ?? 'its address';
  const redact = (text: string): string => (options.token === '' ? text : text.replaceAll(options.token, '***'));
  const send = sender(options);
  /** What is limited is left alone by all questions: GitHub bans those who go on asking. */
  const limits = new Map<Api, RateLimit & { until: number }>();
  let login: string | undefined;

  const limitFrom = ({ forMs, signal, mayRepeat }: Patience): Limit => ({
    until: clock.now() + forMs,
    signal,
    mayRepeat,
  });
  const pause = (ms: number, { signal }: Limit): Promise<void> =>
    sleep(clock, ms, signal ? AbortSignal.any([signal, options.signal]) : options.signal);

  async function answered(request: Request, limit: Limit): Promise<Answered> {
    const { asked, route } = request;
    const isPost = route.startsWith('POST ') && !request.isQuery && !limit.mayRepeat;
    const api: Api = request.isQuery ? 'graphql' : 'rest';
    refuseToken(options.token, asked);
    for (let made = 1, limited = 0; ; made++) {
      await outlast(api, asked, limit);
      const forMs = Math.max(0, Math.min(REQUEST_MS, limit.until - clock.now()));
      const signals = limit.signal ? [limit.signal, options.signal] : [options.signal];
      const got = await attempt(send(request), { fetch: options.fetch, clock, signals, forMs });
      log.debug(redact(attemptLine(route, got)));
      const reached = got.kind === 'answer' ? limitOf(got, clock.now(), limited) : undefined;
      if (reached) {
        limited++;
        const until = clock.now() + reached.waitMs;
        // A primary limit counts for its own API alone.
        for (const one of reached.isSecondary ? APIS : [api]) limits.set(one, { ...reached, until });
        continue;
      }
      if (got.kind === 'answer' && got.status >= 200 && got.status < 300) return got;
      const wait = waitBefore(made + 1, isPost, got, random, clock.now());
      if (wait === undefined || wait + LEAST_MS > limit.until - clock.now())
        throw got.kind === 'answer' ? answerError(asked, got) : silenceError(asked, got, !/^(GET|HEAD) /.test(route));
      await pause(wait, limit);
    }
  }

  /** Waits until the limit of this API is over, or fails at once where that is too long. */
  async function outlast(api: Api, asked: Asked, limit: Limit): Promise<void> {
    for (let met = limits.get(api); met && met.until > clock.now(); met = limits.get(api)) {
      const wait = met.until - clock.now();
      if (wait + LEAST_MS > limit.until - clock.now()) throw limitError(asked, met);
      if (wait > TOLD_WAIT_MS)
        log.warning(`GitHub's rate limit is reached: to ${asked.act} waits ${Math.ceil(wait / 1_000)} s.`);
      await pause(wait, limit);
    }
  }

  function requestOf(route: string, given: object): Request {
    const own = Object.entries(repository).filter(([name]) => route.includes(`{${name}}`));
    const parameters = { ...Object.fromEntries(own), ...given };
    return { route, parameters, asked: { ...toldOf(route, parameters), host, redact } };
  }

  async function list(
    route: string,
    given: object,
    patience: Patience,
    most: number,
  ): Promise<{ items: unknown[]; more: boolean }> {
    const limit = limitFrom(patience);
    const items: unknown[] = [];
    let page: Fields = { per_page: Math.min(PAGE, Math.max(1, most)) };
    for (;;) {
      const request = requestOf(route, { ...given, ...page });
      const got = await answered(request, limit);
      const entries = entriesOf(got.data);
      if (!entries) throw shapeError(request.asked, got, 'what is no list');
      items.push(...entries);
      const next = nextPage(got.headers['link']);
      if (!next || items.length >= most || entries.length === 0)
        return { items: items.slice(0, most), more: next !== undefined || items.length > most };
      page = { ...page, ...next };
    }
  }

  async function viewer(patience: Patience): Promise<string> {
    if (login !== undefined) return login;
    const asked: Asked = { act: 'tell whose token it is', host, redact };
    const url = options.graphqlUrl || graphqlOf(options.apiUrl);
    const parameters = { query: 'query { viewer { login } }' };
    const request = { route: `POST ${url}`, parameters, asked, isQuery: true };
    const got = await answered(request, limitFrom(patience));
    const { data, errors } = fieldsOf(got.data);
    if (Array.isArray(errors)) throw answerError(asked, got);
    const name = fieldsOf(fieldsOf(data)['viewer'])['login'];
    if (typeof name !== 'string' || !/^[\w-]{1,39}(\[bot\])?$/.test(name))
      throw shapeError(asked, got, 'no login in its answer');
    login = name;
    return name;
  }

  const client = {
    repository,
    ask: async (route: string, parameters: object, patience: Patience): Promise<unknown> => {
      const request = requestOf(route, parameters);
      const got = await answered(request, limitFrom(patience));
      if (got.status === 204 || got.status === 205) return undefined;
      if (typeof got.data === 'object' && got.data !== null) return got.data;
      throw shapeError(request.asked, got, got.text === '' ? 'nothing' : 'what is not JSON of GitHub');
    },
    list: (route: string, parameters: object, patience: Patience, most = MOST_ITEMS) =>
      list(route, parameters, patience, most),
    viewer,
  };
  // The types of a route's parameters and answer are a promise of GitHub's; here every route is alike.
  return client as GitHub;
}

/** How a request is sent. Octokit makes its address, headers and body; it is loaded with the first one, as few runs need it at their start. */
function sender({ token, apiUrl, fetch }: GitHubClientOptions) {
  let opening: Promise<(route: string, parameters: object) => Promise<unknown>> | undefined;
  const open = async () => {
    const { getOctokit } = await import('@actions/github');
    const silent = () => {};
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    return getOctokit(token, { baseUrl: apiUrl.replace(/\/+$/, ''), request: { fetch }, log }).request;
  };
  return ({ route, parameters }: Request) =>
    async (listening: typeof fetch, signal: AbortSignal): Promise<unknown> => {
      opening ??= open();
      const request = await opening;
      // A POST that is sent elsewhere would become a GET.
      const redirect = route.startsWith('GET ') ? 'follow' : 'manual';
      return request(route, {
        ...parameters,
        headers: { 'x-github-api-version': API_VERSION },
        request: { fetch: listening, signal, redirect },
      });
    };
}

/** What no header may hold the client would refuse, and quote. */
function refuseToken(token: string, { act }: Asked): void {
  if (/^[\x21-\x7e]+$/.test(token)) return;
  const fault = token === '' ? 'there is no token' : 'the token holds a space, a line break or another odd character';
  throw new GitHubError(
    'unauthorized',
    `GitHub was not asked to ${act}: ${fault}. Give the step a whole token: that of the job is \${{ github.token }}.`,
  );
}

/** `GET /repos/acme/shop/pulls/7: 200 in 12 ms, 4999 requests left` */
function attemptLine(route: string, got: Attempt): string {
  const what = `${route.split(' ')[0]} ${got.path ?? route.split(' ')[1]}`;
  if (got.kind === 'silence') return oneLine(`${what}: no answer in ${got.ms} ms: ${got.words}`);
  const left = got.headers['x-ratelimit-remaining'];
  return oneLine(`${what}: ${got.status} in ${got.ms} ms${left ? `, ${left} requests left` : ''}`);
}

/** An Enterprise Server has GraphQL beside its `/api/v3`. */
function graphqlOf(apiUrl: string): string {
  const base = apiUrl.replace(/\/+$/, '');
  return base.endsWith('/api/v3') ? base.replace(/v3$/, 'graphql') : `${base}/graphql`;
}

/** The entries of a page; some lists are wrapped, and then the only array is theirs. */
function entriesOf(data: unknown): unknown[] | undefined {
  if (Array.isArray(data)) return data;
  const arrays = Object.values(fieldsOf(data)).filter(Array.isArray);
  return arrays.length === 1 ? arrays[0] : undefined;
}

/** What the next page is asked with. Its address itself is not followed: the token goes nowhere but to the API. */
function nextPage(link: string | undefined): Fields | undefined {
  const [, address] = /<([^<>]+)>\s*;[^<]*\brel="next"/.exec(link ?? '') ?? [];
  const url = address === undefined ? undefined : URL.parse(address);
  return url ? Object.fromEntries(url.searchParams) : undefined;
}
