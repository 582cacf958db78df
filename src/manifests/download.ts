import type { Clock } from '../clock.ts';
import { MAX_BYTES } from './manifest-text.ts';

export interface DownloadDeps {
  fetch: typeof fetch;
  clock: Clock;
  signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;

export function isUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/** The address as messages may show it: without what may be a credential. */
export function shownUrl(source: string): string {
  if (!URL.canParse(source)) return source.replace(/\?.*$/s, '').replace(/^([a-z]+:\/\/)?.*@/is, '$1');
  const { origin, pathname } = new URL(source);
  return `${origin}${pathname}`;
}

/** Gets a manifest from an address, following redirects; throws an Error that says why there is none. */
export async function download(source: string, { fetch, clock, signal }: DownloadDeps): Promise<Uint8Array> {
  if (!URL.canParse(source)) throw new Error('is not a valid URL');
  const url = new URL(source);
  const late = new AbortController();
  const stop = clock.after(TIMEOUT_MS, () =>
    late.abort(new Error(`gave no whole answer within ${TIMEOUT_MS / 1000} s`)),
  );
  try {
    const headers = {
      accept: 'application/yaml, text/yaml, application/json, text/plain, */*;q=0.5',
      ...credentials(url),
    };
    const response = await fetch(withoutCredentials(url), { headers, signal: AbortSignal.any([signal, late.signal]) });
    if (!response.ok)
      throw new Error(`answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}`);
    const bytes = await readBounded(response);
    if (isHtml(response, bytes)) throw new Error(`answered with a web page, not with a manifest${rawHint(url)}`);
    return bytes;
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(late.signal.aborted ? late.signal.reason.message : reasonOf(error), { cause: error });
  } finally {
    stop();
  }
}

async function readBounded(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > MAX_BYTES) throw new Error(`is larger than ${MAX_BYTES / 1024 / 1024} MiB`);
  }
  return Buffer.concat(parts);
}

function isHtml(response: Response, bytes: Uint8Array): boolean {
  const type = response.headers.get('content-type') ?? '';
  return (
    type.includes('text/html') || /^\s*<(!doctype html|html)/i.test(Buffer.from(bytes.subarray(0, 200)).toString())
  );
}

/** The page that GitHub shows of a file is not the file. */
function rawHint({ hostname, pathname }: URL): string {
  const [, repository, path] = /^(\/[^/]+\/[^/]+)\/blob\/(.+)$/.exec(pathname) ?? [];
  if (hostname !== 'github.com' || !path) return '; use the address of the raw file';
  return `; use https://raw.githubusercontent.com${repository}/${path}`;
}

function credentials({ username, password }: URL): Record<string, string> {
  if (!username && !password) return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** `fetch` takes no address with credentials in it. */
function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** A failed fetch says only `fetch failed`; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error.cause instanceof Error)) return error.message;
  const { message, code } = error.cause as NodeJS.ErrnoException;
  return `cannot be reached: ${message || code}`;
}
