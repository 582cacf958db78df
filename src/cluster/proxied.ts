import type { Proxied, ProxyRequest, ProxyTarget } from './cluster.ts';
import { collectionPath } from './paths.ts';
import type { Requester } from './request.ts';

/** Asks a Service or pod through the API server, once. */
export function askThrough(
  requester: Requester,
  to: ProxyTarget,
  request: ProxyRequest,
  signal: AbortSignal,
): Promise<Proxied> {
  return requester.exchange({ ...request, path: `${proxyPath(to)}${request.path}`, object: proxyText(to) }, signal);
}

/** `Service shop/web, port 80, through the API server`. */
export function proxyText({ kind, namespace, name, port }: ProxyTarget): string {
  return `${kind} ${namespace}/${name}${port === undefined ? '' : `, port ${port},`} through the API server`;
}

/** `name`, `name:port`, or `https:name:port`, whose port may be empty. */
function proxyPath({ kind, namespace, name, port, scheme }: ProxyTarget): string {
  const plural = kind === 'Service' ? 'services' : 'pods';
  const root = collectionPath({ apiVersion: 'v1', kind, plural, namespaced: true }, namespace);
  const target = port === undefined ? name : `${name}:${port}`;
  return `${root}/${scheme ? `${scheme}:${name}:${port ?? ''}` : target}/proxy`;
}
