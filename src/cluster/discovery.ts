import { SluiceError } from '../errors.ts';
import { groupOf } from '../kube.ts';
import type { KindRef, ServedKind } from './cluster.ts';
import { coreKind } from './core-kinds.ts';
import { ApiError } from './errors.ts';
import { recordOf } from './kubeconfig.ts';
import { jsonOf, type Requester } from './request.ts';

export interface Discovery {
  /** Undefined where the server does not serve the kind in this version; then it has been asked anew. */
  find(kind: KindRef): Promise<ServedKind | undefined>;
  /** As `find`, but an error that names what is near. */
  kind(kind: KindRef): Promise<ServedKind>;
}

/** Everything under `/api` or `/apis`; in the legacy form the kinds of a group version are asked for one by one. */
interface Catalogue {
  kinds: ServedKind[];
  legacy: Map<string, Promise<ServedKind[]>> | undefined;
  groupVersions: string[];
}

type Root = '/api' | '/apis';

const AGGREGATED = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',');

export function openDiscovery(requester: Requester): Discovery {
  const catalogues = new Map<Root, Promise<Catalogue>>();

  const catalogue = (root: Root): Promise<Catalogue> => {
    const known = catalogues.get(root);
    if (known) return known;
    const asked = readCatalogue(requester, root);
    catalogues.set(root, asked);
    // A failure is told to those who wait for it, and not kept.
    asked.catch(() => forget(root, asked));
    return asked;
  };
  const forget = (root: Root, stale: Promise<Catalogue>): void => {
    if (catalogues.get(root) === stale) catalogues.delete(root);
  };
  const find = async (wanted: KindRef): Promise<ServedKind | undefined> => {
    const core = coreKind(wanted.apiVersion, wanted.kind);
    if (core) return core;
    const root: Root = groupOf(wanted.apiVersion) === '' ? '/api' : '/apis';
    const first = catalogue(root);
    const found = await lookUp(requester, await first, wanted);
    if (found) return found;
    // A custom resource may have been defined since. All who miss something share the second look.
    forget(root, first);
    return lookUp(requester, await catalogue(root), wanted);
  };
  return {
    find,
    async kind(wanted) {
      const found = await find(wanted);
      if (found) return found;
      const all = await Promise.all(
        (['/api', '/apis'] as const).map(root => catalogue(root).then(one => everyKind(requester, one))),
      );
      throw unknownKind(wanted, all.flat());
    },
  };
}

async function readCatalogue(requester: Requester, root: Root): Promise<Catalogue> {
  const answer = recordOf(await get(requester, root, AGGREGATED));
  if (answer['kind'] === 'APIGroupDiscoveryList') {
    const kinds = listOf(answer['items']).flatMap(aggregatedKinds);
    return { kinds, legacy: undefined, groupVersions: [] };
  }
  const groupVersions =
    root === '/api'
      ? strings(answer['versions'])
      : listOf(answer['groups']).flatMap(group => listOf(group['versions']).map(one => String(one['groupVersion'])));
  return { kinds: [], legacy: new Map(), groupVersions };
}

async function lookUp(requester: Requester, from: Catalogue, wanted: KindRef): Promise<ServedKind | undefined> {
  const kinds =
    from.legacy && from.groupVersions.includes(wanted.apiVersion)
      ? await legacyKinds(requester, from, wanted.apiVersion)
      : from.kinds;
  return kinds.find(one => one.kind === wanted.kind && one.apiVersion === wanted.apiVersion);
}

async function everyKind(requester: Requester, from: Catalogue): Promise<ServedKind[]> {
  if (!from.legacy) return from.kinds;
  return (await Promise.all(from.groupVersions.map(one => legacyKinds(requester, from, one)))).flat();
}

function legacyKinds(requester: Requester, from: Catalogue, apiVersion: string): Promise<ServedKind[]> {
  const known = from.legacy?.get(apiVersion);
  if (known) return known;
  const asked = get(
    requester,
    `${groupOf(apiVersion) === '' ? '/api' : '/apis'}/${apiVersion}`,
    'application/json',
  ).then(
    answer => resourceKinds(apiVersion, listOf(recordOf(answer)['resources'])),
    (error: unknown) => {
      // One broken aggregated API must not hide the others.
      if (error instanceof ApiError && (error.status === 404 || error.status === 503)) return [];
      throw error;
    },
  );
  from.legacy?.set(apiVersion, asked);
  return asked;
}

async function get(requester: Requester, path: string, accept: string): Promise<unknown> {
  const reply = await requester.call({
    method: 'GET',
    path,
    accept,
    verb: 'get',
    object: 'the list of served kinds',
    repeatable: true,
  });
  return jsonOf(reply);
}

function aggregatedKinds(group: Record<string, unknown>): ServedKind[] {
  const name = recordOf(group['metadata'])['name'];
  return listOf(group['versions']).flatMap(version =>
    listOf(version['resources']).map(resource => {
      const kind = recordOf(resource['responseKind']);
      return {
        apiVersion: name ? `${name}/${version['version']}` : String(version['version']),
        kind: String(kind['kind']),
        plural: String(resource['resource']),
        namespaced: resource['scope'] === 'Namespaced',
      };
    }),
  );
}

function resourceKinds(apiVersion: string, resources: Record<string, unknown>[]): ServedKind[] {
  return resources
    .filter(one => !String(one['name']).includes('/'))
    .map(one => ({
      apiVersion,
      kind: String(one['kind']),
      plural: String(one['name']),
      namespaced: one['namespaced'] === true,
    }));
}

function unknownKind(wanted: KindRef, served: readonly ServedKind[]): SluiceError {
  const versions = [...new Set(served.filter(one => one.kind === wanted.kind).map(one => one.apiVersion))];
  const message = `The server has no kind ${wanted.kind} in ${wanted.apiVersion}.`;
  if (versions.length > 0) {
    const hint = `${wanted.kind} is served as ${versions.join(' and ')}, not ${wanted.apiVersion}: change the apiVersion.`;
    return new SluiceError('rejected-by-api', message, { hint });
  }
  const near = [...new Set(served.map(one => one.kind))].filter(
    kind => distance(kind.toLowerCase(), wanted.kind.toLowerCase()) <= 2,
  );
  const hint =
    near.length > 0
      ? `Did you mean ${near.map(kind => `${kind} (${served.find(one => one.kind === kind)?.apiVersion})`).join(' or ')}?`
      : `If ${wanted.kind} is a custom resource, its definition (a CustomResourceDefinition of group ${groupOf(wanted.apiVersion)}) must be in the cluster or in the manifests.`;
  return new SluiceError('rejected-by-api', message, { hint });
}

/** Edits that turn one word into the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(recordOf) : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
