import type { ProxyTarget } from '../cluster/cluster.ts';
import { proxyText } from '../cluster/proxied.ts';
import { addressFault } from '../config/asking-keys.ts';
import type { Asking, HeaderValue } from '../config/check-config.ts';
import { shownUrl } from '../manifests/download.ts';
import { apiStatusOf, notHandedOn } from './api-status.ts';
import type { CheckContext } from './check.ts';
import { forgetPorts, serviceTarget } from './proxy-target.ts';

/** The longest answer that is read, after decompression. */
export const MOST_BYTES = 1024 * 1024;

/** Whom to ask: an address, or what is behind the API server. */
export type Recipient = { url: string } | { proxy: ProxyTarget; path: string };

type Method = 'GET' | 'HEAD' | 'POST';

export interface Question {
  to: Recipient;
  method: Method;
  body?: string | undefined;
  /** Those of the check's own configuration win. */
  headers?: Readonly<Record<string, string>>;
  sign?: Sign | undefined;
}

/** All headers of a request to an address, a signature over it among them. */
export type Sign = (
  request: Readonly<{
    method: Method;
    url: string;
    headers: Readonly<Record<string, string>>;
    body: string | undefined;
  }>,
) => Promise<Record<string, string>>;

export interface Answer {
  status: number;
  /** By small letters. */
  headers: Readonly<Record<string, string>>;
  text: string;
  /** From the request to the end of the answer, in milliseconds. */
  ms: number;
  /** Who answered, as messages may name it. */
  from: string;
}

/** Why there is no answer. `silent`: nobody listens, or not in time; `lost`: what should be asked cannot be found or trusted. */
export class NoAnswer extends Error {
  readonly why: 'silent' | 'lost' | 'too-large';
  constructor(why: NoAnswer['why'], message: string, cause?: unknown) {
    super(message, { cause });
    this.why = why;
  }
}

type Asker = Pick<CheckContext, 'cluster' | 'clock' | 'outside' | 'redact'>;

/**
 * One question and its answer, of whatever status; a redirect is an answer, and credentials are never sent on. Throws NoAnswer,
 * also for what the API server itself answers in the place of what is behind it, or the signal's reason. At most 1 MiB is read,
 * and nothing is waited for longer than `timeoutMs`.
 */
export async function ask(context: Asker, question: Question, asking: Asking, signal: AbortSignal): Promise<Answer> {
  const { clock, outside, redact } = context;
  const { to } = question;
  const from = 'url' in to ? shownUrl(to.url) : proxyText(to.proxy);
  const late = new AbortController();
  const stop = clock.after(asking.timeoutMs, () => late.abort());
  const both = AbortSignal.any([signal, late.signal]);
  try {
    if ('url' in to) refuseUnsafe(to.url);
    const headers = { ...question.headers, ...sentHeaders(asking, outside.credential) };
    return 'url' in to
      ? await askOutside(context, to.url, { ...question, headers }, both)
      : await askThrough(context, to, { ...question, headers }, both);
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted && !(error instanceof NoAnswer))
      throw new NoAnswer('silent', `${from} gave no whole answer within ${seconds(asking.timeoutMs)}`, error);
    throw 'url' in to ? noAnswer(from, error, redact) : noHandOn(from, error, redact);
  } finally {
    stop();
  }
}

type Asked = Question & { headers: Readonly<Record<string, string>> };

async function askOutside(
  { clock, outside }: Asker,
  url: string,
  { method, body, headers, sign }: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  const all = sign ? await sign({ method, url, headers, body }) : headers;
  const began = clock.now();
  const sent = { method, headers: all, signal, redirect: 'manual' as const, ...(body === undefined ? {} : { body }) };
  const response = await outside.fetch(url, sent);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    // Leaving the loop gives the connection up, whatever a compressed answer would unpack to.
    if (size > MOST_BYTES) throw new NoAnswer('too-large', `answered with more than ${MOST_BYTES / 1024 / 1024} MiB`);
    parts.push(part);
  }
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: Buffer.concat(parts).toString('utf8'),
    ms: clock.now() - began,
    from: shownUrl(url),
  };
}

async function askThrough(
  { clock, cluster, redact }: Asker,
  { proxy, path }: { proxy: ProxyTarget; path: string },
  { method, body, headers }: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  refuseWrongName(proxy);
  const target = await serviceTarget(proxy, cluster, signal).catch((error: unknown) => {
    // Nobody has asked the Service itself yet.
    throw signal.aborted ? cannotBeAsked('the API server did not tell its ports in time') : error;
  });
  const began = clock.now();
  const request = { method, path, headers, body, mostBytes: MOST_BYTES };
  const { status, headers: theirs, body: bytes } = await cluster.proxied(target, request, signal);
  if (status >= 400) forgetPorts(proxy, cluster);
  const answer = { status, headers: theirs, text: bytes.toString('utf8') };
  const own = apiStatusOf(answer);
  if (!own) return { ...answer, ms: clock.now() - began, from: proxyText(target) };
  const { why, message } = notHandedOn(own, target, method, redact);
  throw new NoAnswer(why, message);
}

/** The client would refuse it too, and quote it whole. */
function refuseUnsafe(url: string): void {
  const fault = addressFault(url);
  if (fault === 'no address') throw cannotBeAsked('that is no http(s) address');
  if (fault === 'has credentials')
    throw cannotBeAsked(
      'its address holds a name or password; give them by the input credentials, and name them under auth',
    );
}

/** Whether the text can be the name of an object of the cluster. */
export function isObjectName(text: string): boolean {
  return /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(text);
}

/** What is put into a path of the API must not lead elsewhere. */
function refuseWrongName({ kind, namespace, name }: ProxyTarget): void {
  if (!isObjectName(name) || !isObjectName(namespace))
    throw cannotBeAsked(`that is no name of a ${kind}; give name, or namespace/name`);
}

function sentHeaders(
  { auth, headers = {} }: Asking,
  credential: (name: string) => string | undefined,
): Record<string, string> {
  const secretOf = (name: string): string => {
    const value = credential(name);
    if (value !== undefined) return value;
    throw cannotBeAsked(`the credential ${name} is not among the lines of the input credentials`);
  };
  const sendable = (name: string): string => {
    const value = secretOf(name);
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
    // The client would refuse it too, and quote it.
    throw cannotBeAsked(`the credential ${name} holds a line break, or another character that no header may have`);
  };
  const text = (value: HeaderValue): string => (typeof value === 'string' ? value : sendable(value.credential));
  const own = Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), text(value)]),
  );
  if (!auth) return own;
  const authorization =
    'bearer' in auth
      ? `${auth.scheme ?? 'Bearer'} ${sendable(auth.bearer)}`
      : `Basic ${Buffer.from(secretOf(auth.basic)).toString('base64')}`;
  return { ...own, authorization };
}

function cannotBeAsked(why: string): NoAnswer {
  return new NoAnswer('lost', `cannot be asked: ${why}`);
}

const SILENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'no route leads to it',
  ENETUNREACH: 'no route leads to it',
  ETIMEDOUT: 'it does not answer',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
};
const NO_TLS = 'it does not speak TLS on this port; say http://';
const UNKNOWN_AUTHORITY = 'its certificate is signed by an unknown authority; add the authority by NODE_EXTRA_CA_CERTS';
const LOST: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  EPROTO: NO_TLS,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
};
/** What the client itself refuses has no code. */
const UNASKED: Readonly<Record<string, string>> = {
  'bad port': 'web clients refuse to ask its port, which belongs to another protocol; let it listen on another',
};

function noAnswer(from: string, error: unknown, redact: (text: string) => string): NoAnswer {
  if (error instanceof NoAnswer) return fromWhom(from, error);
  const chain = causesOf(error);
  const code = chain.map(one => String(one.code ?? '')).find(one => one in SILENT || one in LOST) ?? '';
  const own = String(chain.at(-1)?.message ?? error);
  const words = SILENT[code] ?? LOST[code] ?? UNASKED[own] ?? redact(own);
  return new NoAnswer(code in SILENT ? 'silent' : 'lost', `${from} cannot be reached: ${words}`, error);
}

/** A connection that fails on this way is that to the API server, and says nothing of what is behind it. */
function noHandOn(from: string, error: unknown, redact: (text: string) => string): NoAnswer {
  if (error instanceof NoAnswer) return fromWhom(from, error);
  return new NoAnswer('lost', `${from}: ${redact(error instanceof Error ? error.message : String(error))}`, error);
}

function fromWhom(from: string, { why, message }: NoAnswer): NoAnswer {
  return new NoAnswer(why, `${from} ${message}`);
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

export function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`;
}
