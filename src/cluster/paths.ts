import type { ServedKind } from './cluster.ts';

/** `/apis/apps/v1/namespaces/shop/deployments`; without a namespace that of all namespaces, or of a cluster-scoped kind. */
export function collectionPath(kind: ServedKind, namespace: string | undefined): string {
  const root = kind.apiVersion.includes('/') ? '/apis' : '/api';
  const inNamespace = kind.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}/${kind.apiVersion}${inNamespace}/${kind.plural}`;
}

export function objectPath(kind: ServedKind, namespace: string | undefined, name: string): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}

/** The path with those parameters that have a value. */
export function withQuery(path: string, parameters: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') query.set(name, value);
  return query.size === 0 ? path : `${path}?${query}`;
}
