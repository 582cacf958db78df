import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { ClientCertificate } from './dial.ts';
import { type ExecResult, readExec, runExecPlugin } from './exec-plugin.ts';
import { recordOf, type Target, type UserEntry } from './kubeconfig.ts';
import { codeOf } from './kubeconfig-source.ts';
import { type Mask, maskForms } from './masking.ts';
import type { Environment } from './proxy.ts';

/** What proves to the server who we are, for one request. */
export interface Credential {
  headers: Readonly<Record<string, string>>;
  certificate: ClientCertificate | undefined;
}

export interface Credentials {
  /** Words for messages: `the token of user ci`. */
  readonly origin: string;
  current(): Promise<Credential>;
  /** The server refused this one; false where no other can be had. */
  renew(refused: Credential): Promise<boolean>;
}

export interface CredentialSources {
  target: Target;
  /** Of the server, for exec plugins. */
  ca: string | undefined;
  env: Environment;
  clock: Clock;
  mask: Mask;
  signal: AbortSignal;
}

/** Credentials are renewed so long before they expire. */
const EXPIRY_MARGIN_MS = 60_000;
/** As client-go: service account tokens on disk rotate, so the file is read again after a minute. */
const TOKEN_FILE_MS = 60_000;

/** The way to sign in that the context's user names. A user who names none is an error; no user at all is anonymous. */
export async function openCredentials(sources: CredentialSources): Promise<Credentials> {
  const { user } = sources.target;
  if (!user) return fixed('no credentials: the context names no user', {}, undefined);
  const who = impersonation(user);
  const certificate = await certificateOf(user, sources.mask);
  if (readExec(sources.target)) return execCredentials(sources, who, certificate);
  if (user.tokenFile) return fileCredentials(user.tokenFile, user, sources, who, certificate);
  const token = user.token ?? idToken(user, sources.clock);
  if (token) return fixed(`the token of user ${user.name}`, { ...bearer(token, sources.mask), ...who }, certificate);
  if (user.username)
    return fixed(`the name and password of user ${user.name}`, { ...basic(user, sources.mask), ...who }, certificate);
  if (certificate) return fixed(`the client certificate of user ${user.name}`, who, certificate);
  throw new SluiceError(
    'invalid-kubeconfig',
    `The user ${user.name} of context ${sources.target.context} has no token, client certificate, password or exec plugin.`,
    {
      hint: 'kubectl config view --minify --flatten --raw prints a kubeconfig with everything in it, provided that it works on that machine without a login.',
    },
  );
}

function fixed(
  origin: string,
  headers: Credential['headers'],
  certificate: ClientCertificate | undefined,
): Credentials {
  const credential = { headers, certificate };
  return { origin, current: async () => credential, renew: async () => false };
}

function execCredentials(
  sources: CredentialSources,
  who: Credential['headers'],
  certificate: ClientCertificate | undefined,
): Credentials {
  const { target, clock, mask } = sources;
  const exec = readExec(target);
  if (!exec) throw new SluiceError('internal', 'An exec plugin was expected.');
  return renewable(`the exec plugin ${exec.command}`, clock, async () => {
    const result: ExecResult = await runExecPlugin(exec, target, sources.ca, sources.env, clock, sources.signal);
    if (result.certificate) maskForms(mask, result.certificate.key);
    return {
      credential: {
        headers: { ...(result.token ? bearer(result.token, mask) : {}), ...who },
        certificate: result.certificate ?? certificate,
      },
      until: result.expires === undefined ? Number.POSITIVE_INFINITY : result.expires - EXPIRY_MARGIN_MS,
    };
  });
}

function fileCredentials(
  file: string,
  user: UserEntry,
  { clock, mask }: CredentialSources,
  who: Credential['headers'],
  certificate: ClientCertificate | undefined,
): Credentials {
  return renewable(`the token file of user ${user.name}`, clock, async () => {
    const token = (await readOf(file, user, 'token')).trim();
    return {
      credential: { headers: { ...bearer(token, mask), ...who }, certificate },
      until: clock.now() + TOKEN_FILE_MS,
    };
  });
}

interface Held {
  credential: Credential;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Obtains once for all who ask at the same time, and again when the credential is about to expire or was refused. */
function renewable(origin: string, clock: Clock, obtain: () => Promise<Held>): Credentials {
  let held: Promise<Held> | undefined;
  return {
    origin,
    async current() {
      const asked = held;
      if (asked) {
        const { credential, until } = await asked;
        if (clock.now() < until) return credential;
        if (held === asked) held = undefined;
      }
      held ??= obtain();
      const obtaining = held;
      try {
        // A new one is used even where it is about to expire: there is none better.
        return (await obtaining).credential;
      } catch (error) {
        if (held === obtaining) held = undefined;
        throw error;
      }
    },
    async renew(refused) {
      const asked = held;
      // Somebody else may have renewed it since; then the newer one is worth a try.
      if (asked && (await asked).credential === refused && held === asked) held = undefined;
      return true;
    },
  };
}

function bearer(token: string, mask: Mask): Record<string, string> {
  maskForms(mask, token);
  return { authorization: `Bearer ${token}` };
}

function basic(user: UserEntry, mask: Mask): Record<string, string> {
  const pair = `${user.username}:${user.password ?? ''}`;
  maskForms(mask, user.password ?? '');
  maskForms(mask, pair);
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function impersonation(user: UserEntry): Record<string, string> {
  const named: [string, readonly string[]][] = [
    ['impersonate-user', user.impersonateUser ? [user.impersonateUser] : []],
    ['impersonate-uid', user.impersonateUid ? [user.impersonateUid] : []],
    ['impersonate-group', user.impersonateGroups ?? []],
    ...Object.entries(user.impersonateExtra ?? {}).map(([key, values]): [string, readonly string[]] => [
      `impersonate-extra-${encodeURIComponent(key)}`,
      values,
    ]),
  ];
  // undici joins repeated headers by commas over HTTP/2, and the API server takes that for one name.
  const repeated = named.find(([, values]) => values.length > 1);
  if (repeated) {
    throw new SluiceError(
      'invalid-kubeconfig',
      `The user ${user.name} impersonates with several values of one header, ${repeated[0]}: ${repeated[1].join(', ')}.`,
      { hint: 'Impersonate one group at most, or give the rights to the user itself.' },
    );
  }
  return Object.fromEntries(named.flatMap(([name, values]) => (values[0] === undefined ? [] : [[name, values[0]]])));
}

async function certificateOf(user: UserEntry, mask: Mask): Promise<ClientCertificate | undefined> {
  if (!(user.certData || user.certFile) || !(user.keyData || user.keyFile)) return undefined;
  const cert = user.certData
    ? fromBase64(user.certData)
    : await readOf(user.certFile ?? '', user, 'client certificate');
  const key = user.keyData ? fromBase64(user.keyData) : await readOf(user.keyFile ?? '', user, 'client key');
  maskForms(mask, key);
  return { cert, key };
}

export function fromBase64(data: string): string {
  return Buffer.from(data, 'base64').toString('utf8');
}

async function readOf(file: string, user: UserEntry, what: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new SluiceError(
      'invalid-kubeconfig',
      `The ${what} of user ${user.name} cannot be read: ${file} (${codeOf(cause)}).`,
      {
        hint: 'A kubeconfig from another machine names files of that machine: write it with kubectl config view --flatten --raw.',
        cause,
      },
    );
  }
}

/** The legacy `auth-provider` stanza: an OIDC token is used while it lasts, the cloud ones have left Kubernetes. */
function idToken(user: UserEntry, clock: Clock): string | undefined {
  const provider = recordOf(user.authProvider);
  const name = String(provider['name'] ?? '');
  if (name === '') return undefined;
  const replacement = { gcp: 'gke-gcloud-auth-plugin', azure: 'kubelogin' }[name] ?? 'kubelogin (oidc-login)';
  const token = recordOf(provider['config'])['id-token'];
  if (name === 'oidc' && typeof token === 'string' && expiryOf(token) > clock.now()) return token;
  const why = name === 'oidc' ? 'whose token has expired or is missing' : 'which Kubernetes 1.26 removed';
  throw new SluiceError(
    'invalid-kubeconfig',
    `The user ${user.name} signs in with the auth-provider ${name}, ${why}.`,
    {
      hint: `Write the kubeconfig with a current tool, which uses the exec plugin ${replacement}.`,
    },
  );
}

/** Milliseconds since the epoch when a JSON web token expires; 0 where it does not say. */
function expiryOf(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return Number(recordOf(claims)['exp'] ?? 0) * 1_000;
  } catch {
    return 0;
  }
}
