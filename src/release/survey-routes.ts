import type { Cluster, KindRef } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import type { KubeObject } from '../kube.ts';
import type { FoundRoutes } from '../strategies/wish.ts';
import { isRouted, ROUTED, type RoutedName } from '../traffic/routers.ts';
import type { RouterName } from './plan.ts';

/** Those of one kind, and where the credentials may not look. */
interface Listed {
  kind: string;
  items: KubeObject[];
  unseen?: 'elsewhere' | 'anywhere' | undefined;
}

/** The routes that a release could use: of the router that was asked for, or of all that the cluster serves. */
export async function findRoutes(
  cluster: Cluster,
  traffic: 'auto' | RouterName,
  namespaces: readonly string[],
): Promise<Map<RoutedName, FoundRoutes>> {
  const all = Object.keys(ROUTED) as RoutedName[];
  const asked = traffic === 'auto' ? all : all.filter(name => isRouted(traffic) && name === traffic);
  const found = await Promise.all(asked.map(async name => [name, await findFor(cluster, name, namespaces)] as const));
  return new Map(found);
}

async function findFor(cluster: Cluster, name: RoutedName, namespaces: readonly string[]): Promise<FoundRoutes> {
  const { kinds, aids, isNear = false } = ROUTED[name];
  const routes = await Promise.all(kinds.map(versions => listKind(cluster, versions, namespaces, isNear)));
  // Without a route nothing needs to be known that helps to judge it.
  const isAny = routes.some(({ items }) => items.length > 0);
  const helpers = isAny ? await Promise.all(aids.map(versions => listKind(cluster, versions, namespaces))) : [];
  return {
    routes: routes.flatMap(({ items }) => items),
    aids: helpers.flatMap(({ items }) => items),
    unseen: routes.flatMap(({ kind, unseen }) => (unseen ? [{ kind, where: unseen }] : [])),
    unseenAids: helpers.flatMap(({ kind, unseen }) => (unseen ? [kind] : [])),
  };
}

/** In the whole cluster, since a route may be in another namespace than what it leads to; where that is forbidden or not needed, in those of the workloads. */
async function listKind(
  cluster: Cluster,
  versions: readonly KindRef[],
  namespaces: readonly string[],
  isNear = false,
): Promise<Listed> {
  const kind = await firstServed(cluster, versions);
  if (!kind) return { kind: versions[0]?.kind ?? '', items: [] };
  const { namespaced } = await cluster.kind(kind);
  const whole = namespaced && isNear ? undefined : await list(cluster, kind, undefined);
  if (whole || !namespaced) return { kind: kind.kind, items: whole ?? [], unseen: whole ? undefined : 'anywhere' };
  const parts = await Promise.all(namespaces.map(namespace => list(cluster, kind, namespace)));
  const isAny = parts.some(part => part !== undefined);
  const unseen = isAny ? (isNear ? undefined : 'elsewhere') : 'anywhere';
  return { kind: kind.kind, items: parts.flatMap(part => part ?? []), unseen };
}

async function firstServed(cluster: Cluster, versions: readonly KindRef[]): Promise<KindRef | undefined> {
  for (const kind of versions) if (await cluster.serves(kind)) return kind;
  return undefined;
}

/** Undefined where it is forbidden. */
async function list(cluster: Cluster, kind: KindRef, namespace: string | undefined): Promise<KubeObject[] | undefined> {
  try {
    const { items } = await cluster.list<KubeObject>(kind, namespace === undefined ? {} : { namespace });
    return items.map(item => ({ ...item, ...kind }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}
