import type { ProxyTarget } from '../cluster/cluster.ts';
import { saying } from './said.ts';

interface ApiStatus {
  code: number;
  message: string;
}

interface Answered {
  status: number;
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** What the API server itself answered in the place of what is behind it; undefined where it handed an answer on. */
export function apiStatusOf({ status, headers, text }: Answered): ApiStatus | undefined {
  if (status < 400 || !(headers['content-type'] ?? '').includes('application/json')) return undefined;
  try {
    const { kind, apiVersion, code, message } = (JSON.parse(text) ?? {}) as Record<string, unknown>;
    const isOwn = kind === 'Status' && apiVersion === 'v1' && code === status;
    return isOwn ? { code, message: String(message ?? '') } : undefined;
  } catch {
    return undefined;
  }
}

/** Why the API server handed nothing on. `silent`: nobody is there who could answer. */
export function notHandedOn(
  { code, message }: ApiStatus,
  { kind, namespace, name }: ProxyTarget,
  method: 'GET' | 'HEAD' | 'POST',
  redact: (text: string) => string,
): { why: 'silent' | 'lost'; message: string } {
  const right = kind === 'Service' ? 'services/proxy' : 'pods/proxy';
  const said = saying(message, redact);
  if (code === 403)
    return {
      why: 'lost',
      message: `cannot be asked: the right to ${method === 'POST' ? 'create' : 'get'} ${right} in namespace ${namespace} is missing; give it by a Role${said}`,
    };
  if (code === 404) return { why: 'lost', message: `cannot be asked: there is no ${kind} ${namespace}/${name}${said}` };
  const isNobody =
    (code === 503 || code === 502) && /^(no endpoints available|error trying to reach service)/.test(message);
  if (isNobody && !/tls|x509|HTTP response to HTTPS client/i.test(message))
    return { why: 'silent', message: `does not answer${said}` };
  return { why: 'lost', message: `cannot be asked: the API server answered ${code}${said}` };
}
