import type { Readable } from 'node:stream';
import { type Clock, sleep } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { Proxied, ProxyRequest } from './cluster.ts';
import { connectionError, deadlineError, outcomeOf } from './connection-error.ts';
import type { Credentials } from './credentials.ts';
import { type Asked, apiError } from './errors.ts';
import { recordOf } from './kubeconfig.ts';
import { backoff, MAX_ATTEMPTS, mayRepeat, type Outcome, retryAfter } from './retry.ts';
import { type Incoming, orAborted, type Transport } from './transport.ts';

export interface Call extends Asked {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  /** A second execution changes nothing. */
  repeatable: boolean;
}

/** What is only handed on by the server. */
export interface Exchange extends ProxyRequest {
  /** In words, for errors. */
  object: string;
}

export interface Reply {
  status: number;
  contentType: string;
  body: Buffer;
  /** Where it comes from, for messages. */
  source: string;
}

/** One attempt, for counters and tests. */
export interface RequestFact {
  method: string;
  path: string;
  /** 0 where no answer came. */
  status: number;
  ms: number;
  attempt: number;
}

export interface ClusterLog {
  debug(text: string): void;
  warning(text: string): void;
}

export interface Requester {
  /** Resolves on 2xx; everything else is an error in words. Ends with the signal's reason, and then sends nothing more. */
  call(call: Call, signal?: AbortSignal): Promise<Reply>;
  /** One attempt, whatever is answered. */
  exchange(call: Exchange, signal: AbortSignal): Promise<Proxied>;
  /** As `call`, but the body is left to the caller, who reads it until the signal is aborted. */
  open(call: Call, signal: AbortSignal): Promise<Readable>;
}

interface Whole extends Omit<Incoming, 'body'> {
  body: Buffer;
}

export interface RequesterOptions {
  /** Its path, where it has one (Rancher), comes before that of every call. */
  server: URL;
  transport: Transport;
  credentials: Credentials;
  /** For one call with all its attempts. */
  timeoutMs: number;
  clock: Clock;
  log: ClusterLog;
  signal: AbortSignal;
  random: () => number;
  onRequest?: ((fact: RequestFact) => void) | undefined;
}

/** More than any list of 500 objects needs that we ask for. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

export function openRequester(options: RequesterOptions): Requester {
  const { server, clock, credentials, log, random, timeoutMs, transport } = options;
  const warned = new Set<string>();
  const prefix = server.pathname.replace(/\/+$/, '');
  const address = `${server.origin}${prefix}`;

  /** Attempts until one succeeds, none may follow, or the time is up; `read` makes the result of a good answer. */
  const run = async <T>(
    call: Call,
    outer: AbortSignal,
    endless: boolean,
    read: (answer: Incoming) => Promise<T>,
  ): Promise<T> => {
    outer.throwIfAborted();
    // A sign-in by a plugin has a deadline of its own, and must not use up that of the first call.
    await orAborted(credentials.current(), outer);
    const action = `${call.verb} ${call.object}`;
    const deadline = clock.now() + timeoutMs;
    const late = new AbortController();
    const stopDeadline = clock.after(timeoutMs, () => late.abort(new Error('the deadline has passed')));
    const signal = AbortSignal.any([outer, late.signal]);
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    let last: SluiceError | undefined;
    let renewed = false;
    try {
      for (let attempt = 1; ; attempt += 1) {
        const credential = await orAborted(credentials.current(), outer);
        signal.throwIfAborted();
        const began = clock.now();
        let status = 0;
        let outcome: Outcome;
        let hinted: number | undefined;
        try {
          const answer = await transport.send({
            method: call.method,
            path: `${prefix}${call.path}`,
            headers: headersFor(call, credential.headers),
            body,
            endless,
            certificate: credential.certificate,
            signal,
          });
          status = answer.statusCode;
          warnOnce(answer.headers['warning']);
          if (status >= 200 && status < 300) return await read(answer);
          const text = (await readBody(answer.body, MAX_ERROR_BYTES)).toString('utf8');
          last = apiError(call, status, text, credentials.origin);
          if (status === 401 && !renewed && (await orAborted(credentials.renew(credential), outer))) {
            renewed = true;
            continue;
          }
          hinted = retryAfter(one(answer.headers['retry-after']), clock.now()) ?? secondsIn(text);
          outcome = { kind: 'status', status, retryHint: hinted !== undefined };
        } catch (error) {
          if (signal.aborted || error instanceof SluiceError) throw error;
          status = 0;
          outcome = outcomeOf(error);
          last = connectionError(address, action, error);
        } finally {
          const fact = { method: call.method, path: call.path, status, ms: clock.now() - began, attempt };
          options.onRequest?.(fact);
          log.debug(
            `${fact.method} ${fact.path} ${status || 'no answer'} in ${fact.ms} ms${attempt > 1 ? `, attempt ${attempt}` : ''}`,
          );
        }
        if (attempt >= MAX_ATTEMPTS || !mayRepeat(call.repeatable, outcome)) throw last;
        const wait = Math.max(hinted ?? 0, backoff(attempt + 1, random));
        // Nobody is helped by waiting for an attempt that will not be made.
        if (clock.now() + wait >= deadline) throw last;
        await sleep(clock, wait, signal);
      }
    } catch (error) {
      if (outer.aborted) throw outer.reason;
      if (!late.signal.aborted) throw error;
      transport.suspect();
      throw deadlineError(address, action, timeoutMs, last);
    } finally {
      // An endless answer outlives the deadline that its beginning has.
      stopDeadline();
    }
  };

  const warnOnce = (header: string | string[] | undefined): void => {
    // RFC 9111: code, agent and quoted text, several of them after commas.
    for (const [, quoted = ''] of String(header ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      const text = quoted.replace(/\\(.)/g, '$1');
      if (warned.has(text)) continue;
      warned.add(text);
      log.warning(text);
    }
  };

  const exchange = async (asked: Exchange, outer: AbortSignal): Promise<Proxied> => {
    const send = async (isRenewed = false): Promise<Whole> => {
      const credential = await orAborted(credentials.current(), outer);
      outer.throwIfAborted();
      const answer = await transport.send({
        method: asked.method,
        path: `${prefix}${asked.path}`,
        headers: { accept: '*/*', 'user-agent': 'sluice', ...handedOn(asked.headers), ...credential.headers },
        body: asked.body === undefined ? undefined : Buffer.from(asked.body),
        endless: false,
        certificate: credential.certificate,
        signal: outer,
      });
      const body = await readBody(answer.body, asked.mostBytes, asked.object);
      // That of the target says nothing of our credentials.
      const isRefused = answer.statusCode === 401 && isStatus(body, 401);
      if (isRefused && !isRenewed && (await orAborted(credentials.renew(credential), outer))) return send(true);
      return { ...answer, body };
    };
    try {
      const { statusCode, headers, body } = await send();
      const texts = Object.entries(headers).flatMap(([name, value]) => {
        const text = one(value);
        return text === undefined ? [] : [[name, text] as const];
      });
      return { status: statusCode, headers: Object.fromEntries(texts), body };
    } catch (error) {
      if (outer.aborted) throw outer.reason;
      if (error instanceof SluiceError) throw error;
      throw connectionError(address, `reach ${asked.object}`, error);
    }
  };

  return {
    exchange: (asked, signal) => exchange(asked, AbortSignal.any([options.signal, signal])),
    call: (call, signal) =>
      run(call, signal ? AbortSignal.any([options.signal, signal]) : options.signal, false, async answer => ({
        status: answer.statusCode,
        contentType: one(answer.headers['content-type']) ?? '',
        body: await readBody(answer.body, MAX_ANSWER_BYTES, address),
        source: `${call.method} ${address}${call.path.replace(/\?.*/, '')}`,
      })),
    open: (call, signal) => run(call, AbortSignal.any([options.signal, signal]), true, async answer => answer.body),
  };
}

/** The body as JSON; an API server answers nothing else, but a login page or another kind of server does. */
export function jsonOf(reply: Reply): unknown {
  try {
    return JSON.parse(reply.body.toString('utf8'));
  } catch (cause) {
    const kind = reply.contentType.replace(/;.*/, '') || 'something else';
    throw new SluiceError('api-error', `The answer to ${reply.source} is ${kind}, not the JSON of a Kubernetes API.`, {
      hint: 'Check that the server in the kubeconfig is the API server, and that no proxy or login page answers in its place.',
      cause,
    });
  }
}

/** What says who asks is the API server's to hear, and from the kubeconfig alone; it hands none of it on. */
function handedOn(headers: Exchange['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(authorization|impersonate-.*)$/i.test(name)),
  );
}

/** Whether an answer is the API server's own. */
function isStatus(body: Buffer, code: number): boolean {
  try {
    const status = recordOf(JSON.parse(body.toString('utf8')));
    return status['kind'] === 'Status' && status['apiVersion'] === 'v1' && status['code'] === code;
  } catch {
    return false;
  }
}

function headersFor(call: Call, own: Readonly<Record<string, string>>): Record<string, string> {
  return {
    accept: call.accept ?? 'application/json',
    'user-agent': 'sluice',
    ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    ...own,
  };
}

/** The whole body; one beyond the limit is an error that names its source, or is cut where there is no source to name. */
async function readBody(body: Readable, limit: number, source?: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= limit) continue;
    if (source === undefined) break;
    throw new SluiceError('api-error', `The answer of ${source} is larger than ${Math.round(limit / 1024)} KiB.`);
  }
  return Buffer.concat(chunks);
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** `details.retryAfterSeconds` of a Status says the same as the header, which some proxies drop. */
function secondsIn(body: string): number | undefined {
  const found = /"retryAfterSeconds":\s*(\d+)/.exec(body)?.[1];
  return found === undefined ? undefined : Number(found) * 1_000;
}
