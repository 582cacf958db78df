import '@actions/github';
import { openGitHubClient } from '../../src/github/client.ts';
import { type GitHub, GitHubError } from '../../src/github/github.ts';
import { type VirtualClock, virtualClock } from '../../src/sandbox/virtual-clock.ts';
import { runVirtual } from '../../src/sandbox/virtual-run.ts';

// The client loads @actions/github with its first request; a virtual clock would not wait for that, so it is loaded above.

export const TOKEN = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
export const START = Date.parse('2026-01-01T00:00:00Z');
export const PULL = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
export const COMMENT = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';

export interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
  /** When it came, in milliseconds after the start. */
  at: number;
  init: RequestInit;
}

/** What is answered to request number so many, counted from 0; an error is thrown. */
export type Answering = (
  number: number,
  seen: Seen,
  clock: VirtualClock,
) => Response | Error | Promise<Response | Error>;

export interface World {
  github: GitHub;
  clock: VirtualClock;
  seen: Seen[];
  debug: string[];
  warnings: string[];
  stop: AbortController;
  /** In virtual time, to its end. */
  run<T>(promise: Promise<T>): Promise<T>;
}

export function world(
  answering: Answering,
  given: { token?: string; apiUrl?: string; graphqlUrl?: string } = {},
): World {
  const clock = virtualClock(START);
  const [seen, debug, warnings]: [Seen[], string[], string[]] = [[], [], []];
  const stop = new AbortController();
  const fetch = async (url: unknown, init: RequestInit = {}): Promise<Response> => {
    const one: Seen = {
      method: String(init.method),
      url: String(url),
      headers: Object.fromEntries(new Headers(init.headers)),
      body: init.body ? JSON.parse(String(init.body)) : undefined,
      at: clock.now() - START,
      init,
    };
    seen.push(one);
    const answer = await answering(seen.length - 1, one, clock);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const github = openGitHubClient({
    token: TOKEN,
    repository: { owner: 'acme', repo: 'shop' },
    apiUrl: 'https://api.github.com',
    clock,
    signal: stop.signal,
    fetch: fetch as typeof globalThis.fetch,
    log: { debug: line => debug.push(line), warning: line => warnings.push(line) },
    random: () => 1,
    ...given,
  });
  return { github, clock, seen, debug, warnings, stop, run: promise => runVirtual(clock, promise) };
}

export function json(data: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(data), { status, headers: { 'content-type': 'application/json', ...headers } });
}

/** A failed fetch as undici throws it. */
export function failed(code: string, message = `connect ${code}`): Error {
  return Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(message), { code }) });
}

/** The error that a promise fails with, which must be GitHub's. */
export async function troubleOf(promise: Promise<unknown>): Promise<GitHubError> {
  const error = await promise.then(
    () => new Error('there was no error'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof GitHubError) return error;
  throw error;
}
