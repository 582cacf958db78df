import type { Clock } from '../clock.ts';

/** The longest answer that is read, after decompression: a page of 100 pull requests has 2 to 3 MiB. */
export const MOST_BYTES = 16 * 1024 * 1024;

export interface Answer {
  kind: 'answer';
  status: number;
  /** By small letters. */
  headers: Readonly<Record<string, string>>;
  /** What its JSON says; undefined where it is none. */
  data: unknown;
  /** The answer itself, which is JSON or not. */
  text: string;
}

/** No answer, or none that could be read. */
export interface Silence {
  kind: 'silence';
  /** Whether GitHub may have done what was asked; false only where it surely never heard of it. */
  mayBeDone: boolean;
  /** Whether asking again may come to something else. */
  mayPass: boolean;
  /** What is wrong, following "GitHub at api.github.com": `refuses connections`. */
  words: string;
}

export type Attempt = (Answer | Silence) & {
  /** Of the address that was asked; undefined where none was. */
  path: string | undefined;
  ms: number;
};

/** Asks one question by the given fetch. */
export type Question = (fetch: typeof globalThis.fetch, signal: AbortSignal) => Promise<unknown>;

interface Means {
  fetch: typeof globalThis.fetch;
  clock: Clock;
  /** Whoever is aborted first ends the attempt. */
  signals: readonly AbortSignal[];
  forMs: number;
}

/** One request, of which nothing is waited for longer than `forMs`. Throws only the reason of a signal. */
export async function attempt(question: Question, { fetch, clock, signals, forMs }: Means): Promise<Attempt> {
  const began = clock.now();
  const late = new AbortController();
  const stop = clock.after(forMs, () => late.abort());
  const signal = AbortSignal.any([...signals, late.signal]);
  let path: string | undefined;
  let answer: Answer | undefined;
  let failure: unknown;
  const listening: typeof fetch = async (input, init) => {
    try {
      path = pathOf(String(input));
      answer = await answerOf(await fetch(input, init));
    } catch (error) {
      failure = error;
    }
    // Octokit would swallow a cut connection, print to the console and quote headers: it only learns that all is said.
    return new Response(null, { status: 204 });
  };
  try {
    await Promise.race([question(listening, signal), whenAborted(signal)]);
  } catch (error) {
    failure ??= error;
  } finally {
    stop();
  }
  for (const one of signals) one.throwIfAborted();
  const ms = clock.now() - began;
  if (answer) return { ...answer, path, ms };
  const silence = late.signal.aborted ? lateSilence(forMs) : silenceOf(failure);
  // What was never sent is not done, and would not be sent the next time.
  return { ...silence, ...(path === undefined ? { mayBeDone: false, mayPass: false } : {}), path, ms };
}

/** A fetch that does not heed its signal is not waited for either. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

function pathOf(url: string): string {
  // The client would leave such a part out, and with it the one before: another place than the route's.
  if (/\/(\.|%2e){1,2}([/?#]|$)/i.test(url)) throw new Error('a name in its path is only dots');
  return new URL(url).pathname;
}

async function answerOf(response: Response): Promise<Answer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    // Leaving the loop gives the connection up, whatever a compressed answer would unpack to.
    if (size > MOST_BYTES) throw new TooLarge();
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString('utf8');
  return {
    kind: 'answer',
    status: response.status,
    headers: Object.fromEntries(response.headers),
    data: parsed(text),
    text,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's page, or an answer without a text: the status tells what it means.
    return undefined;
  }
}

class TooLarge extends Error {}

/** With these no connection came about: GitHub has not heard what was asked. */
const UNHEARD: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses connections',
  ENOTFOUND: 'is not known to DNS',
  EAI_AGAIN: 'cannot be looked up: DNS does not answer',
  EHOSTUNREACH: 'cannot be reached: no route leads to it',
  ENETUNREACH: 'cannot be reached: no route leads to it',
  UND_ERR_CONNECT_TIMEOUT: 'does not accept connections in time',
};
const CUT: Readonly<Record<string, string>> = {
  ECONNRESET: 'closed the connection before its answer was complete',
  EPIPE: 'closed the connection before its answer was complete',
  UND_ERR_SOCKET: 'closed the connection before its answer was complete',
  ETIMEDOUT: 'does not answer',
};
const UNTRUSTED = /CERT|SELF_SIGNED|^ERR_(SSL|TLS|OSSL)|^EPROTO$/;

function lateSilence(ms: number): Silence {
  return { kind: 'silence', mayBeDone: true, mayPass: true, words: `gave no whole answer within ${ms / 1_000} s` };
}

function silenceOf(error: unknown): Silence {
  const chain = causesOf(error);
  const own = String(chain.at(-1)?.message ?? error);
  if (error instanceof TooLarge)
    return {
      kind: 'silence',
      mayBeDone: true,
      mayPass: false,
      words: `answered with more than ${MOST_BYTES / 1024 / 1024} MiB`,
    };
  const codes = chain.map(one => String(one.code ?? ''));
  const unheard = codes.find(code => Object.hasOwn(UNHEARD, code));
  if (unheard) return { kind: 'silence', mayBeDone: false, mayPass: true, words: UNHEARD[unheard] ?? own };
  if (codes.some(code => UNTRUSTED.test(code)))
    return {
      kind: 'silence',
      mayBeDone: false,
      mayPass: false,
      words: `cannot be trusted: ${own}; where a proxy or the server has an authority of its own, add it by NODE_EXTRA_CA_CERTS`,
    };
  const cut = codes.find(code => Object.hasOwn(CUT, code));
  return {
    kind: 'silence',
    mayBeDone: true,
    mayPass: true,
    words: (cut && CUT[cut]) ?? `cannot be asked: ${own}`,
  };
}

interface Cause {
  message?: unknown;
  code?: unknown;
  cause?: unknown;
  errors?: readonly unknown[];
}

/** A failed fetch says only `fetch failed`; its cause says why, and that of several addresses is the first one's. */
function causesOf(error: unknown): Cause[] {
  if (typeof error !== 'object' || error === null) return [];
  const one: Cause = error;
  return [one, ...causesOf(one.errors?.[0] ?? one.cause)];
}
