import { SluiceError } from '../errors.ts';
import { ConnectError } from './dial.ts';
import { recordOf } from './kubeconfig.ts';
import { codeOf } from './kubeconfig-source.ts';
import type { Outcome } from './retry.ts';

const UNTRUSTED: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by an unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  CERT_SIGNATURE_FAILURE: 'its certificate is signed by an unknown authority',
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'its name is not known to DNS',
  EAI_AGAIN: 'DNS does not answer',
  ECONNREFUSED: 'it refuses connections',
  EHOSTUNREACH: 'no route leads to it',
  ENETUNREACH: 'no route leads to it',
  ETIMEDOUT: 'it does not answer',
  EPROTO: 'it does not speak TLS on this port',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS on this port',
};

const HINTS: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use the name that the certificate has, or set tls-server-name in the kubeconfig.',
  CERT_HAS_EXPIRED: 'Have the certificate of the API server renewed, and check the clock of this machine.',
  CERT_NOT_YET_VALID: 'Check the clock of this machine.',
  ENOTFOUND: 'Check the server in the kubeconfig; a private name needs a runner inside that network.',
  ECONNREFUSED: 'Check host and port of the server in the kubeconfig.',
};

const TRUST_HINT =
  'The kubeconfig must carry the authority of the API server (certificate-authority-data); where a proxy opens TLS, add its authority by NODE_EXTRA_CA_CERTS.';
const REACH_HINT =
  'A private API server needs a runner inside its network, a proxy (proxy-url or HTTPS_PROXY), or this runner on its list of authorized networks.';

/** Which kind of failure it is, where no answer came. */
export function outcomeOf(error: unknown): Outcome {
  const code = rootCode(error);
  if (UNTRUSTED[code] !== undefined || /^(ERR_(SSL|TLS|OSSL)|EPROTO$|ECLOSED$)/.test(code)) return { kind: 'final' };
  if (error instanceof ConnectError) return { kind: 'not-sent' };
  return { kind: wasRefused(error) ? 'not-sent' : 'lost' };
}

/** REFUSED_STREAM (RFC 9113, section 8.7): the server did not process the request. */
function wasRefused(error: unknown): boolean {
  return recordOf(error)['http2ErrorCode'] === 7;
}

/** In words: the server, what was asked of it, what is wrong, what to do. */
export function connectionError(server: string, action: string, error: unknown): SluiceError {
  const code = rootCode(error);
  const proxy = error instanceof ConnectError ? error.proxy : undefined;
  const own = String(recordOf(error)['message'] ?? error);
  if (outcomeOf(error).kind === 'lost') {
    return new SluiceError(
      'unreachable',
      `Cannot ${action}: the connection to ${server} was cut before the answer came (${own}).`,
      {
        hint: 'The API server may or may not have done it: look at the object before you try again.',
        cause: error,
      },
    );
  }
  const why = UNTRUSTED[code] ?? UNREACHABLE[code] ?? `the connection failed (${own})`;
  const target = proxy ? `the proxy ${proxy} on the way to ${server}` : server;
  const told = proxy && code === 'EPROXY' ? own : why;
  const hint = HINTS[code] ?? (UNTRUSTED[code] ? TRUST_HINT : REACH_HINT);
  return new SluiceError('unreachable', `Cannot ${action}: ${target} cannot be reached, ${told}.`, {
    hint,
    cause: error,
  });
}

export function deadlineError(server: string, action: string, ms: number, last: SluiceError | undefined): SluiceError {
  if (last) return last;
  return new SluiceError('unreachable', `Cannot ${action}: ${server} did not answer within ${ms / 1_000} s.`, {
    hint: REACH_HINT,
  });
}

/** The code of the first failure where all addresses of a name failed. */
function rootCode(error: unknown): string {
  const { errors, cause } = recordOf(error);
  if (Array.isArray(errors) && errors.length > 0) return rootCode(errors[0]);
  return Array.isArray(recordOf(cause)['errors']) ? rootCode(cause) : codeOf(error);
}
