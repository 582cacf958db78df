import { createHash } from 'node:crypto';
import type { Resource } from '../../types.ts';
import { apiVersionOf, type Registry, subresourceDetail } from '../registry.ts';
import type { Answer, Incoming } from './message.ts';
import { json } from './message.ts';
import { mediaRanges } from './negotiation.ts';

/** Order in which kubectl and others meet the groups; those not named (of CRDs) come last. */
const GROUP_ORDER = [
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];

function groupsOf(registry: Registry): string[] {
  const place = (group: string): number => GROUP_ORDER.indexOf(group) + 1 || GROUP_ORDER.length + 1;
  return registry
    .groups()
    .filter(group => group !== '')
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** The apidiscovery version that the client takes, where it takes one before plain JSON. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of mediaRanges(accept ?? '')) {
    if (type !== 'application/json') continue;
    if (parameters['as'] === undefined) return undefined;
    const version = parameters['v'];
    if (parameters['g'] === 'apidiscovery.k8s.io' && (version === 'v2' || version === 'v2beta1')) return version;
  }
  return undefined;
}

const byName = (a: Resource, b: Resource): number => (a.plural < b.plural ? -1 : 1);

function resourcesIn(registry: Registry, group: string, version: string): Resource[] {
  return registry
    .all()
    .filter(entry => entry.group === group && entry.version === version)
    .sort(byName);
}

function aggregatedResource(resource: Resource): object {
  const { plural, kind, namespaced, singular, verbs, shortNames, categories } = resource;
  const subresources = resource.subresources.map(name => {
    const detail = subresourceDetail(resource, name);
    const own = detail?.kind.kind === kind && detail.kind.group === resource.group;
    const responseKind =
      own || !detail
        ? { group: '', version: '', kind }
        : detail.kind.group === ''
          ? { group: '', version: '', kind: detail.kind.kind }
          : detail.kind;
    return { subresource: name, responseKind, verbs: detail?.verbs ?? [] };
  });
  return {
    resource: plural,
    responseKind: { group: '', version: '', kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length ? { shortNames } : {}),
    ...(categories.length ? { categories } : {}),
    ...(subresources.length ? { subresources } : {}),
  };
}

function aggregatedGroup(registry: Registry, group: string): object {
  const versions = registry.versions(group).map(version => ({
    version,
    resources: resourcesIn(registry, group, version).map(aggregatedResource),
    freshness: 'Current',
  }));
  return { metadata: group === '' ? {} : { name: group }, versions };
}

function aggregated(registry: Registry, groups: readonly string[], version: string): Answer {
  return {
    status: 200,
    contentType: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    body: {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: groups.map(group => aggregatedGroup(registry, group)),
    },
  };
}

/** `/api`: the versions of the core group. */
export function coreVersions(registry: Registry, incoming: Incoming): Answer {
  const version = aggregatedVersion(incoming.headers['accept']);
  if (version) return aggregated(registry, [''], version);
  const address = {
    clientCIDR: '0.0.0.0/0',
    serverAddress: incoming.headers['host'] ?? incoming.headers[':authority'] ?? '',
  };
  return json(200, { kind: 'APIVersions', versions: registry.versions(''), serverAddressByClientCIDRs: [address] });
}

function groupBody(registry: Registry, group: string): object {
  const versions = registry.versions(group).map(version => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

/** `/apis`: every other group. */
export function groupList(registry: Registry, incoming: Incoming): Answer {
  const version = aggregatedVersion(incoming.headers['accept']);
  if (version) return aggregated(registry, groupsOf(registry), version);
  const groups = groupsOf(registry).map(group => groupBody(registry, group));
  return json(200, { kind: 'APIGroupList', apiVersion: 'v1', groups });
}

/** `/apis/GROUP`; undefined where there is no such group. */
export function groupAnswer(registry: Registry, group: string): Answer | undefined {
  if (!registry.groups().includes(group)) return undefined;
  return json(200, { kind: 'APIGroup', apiVersion: 'v1', ...groupBody(registry, group) });
}

/** Custom resources list their verbs in another order than built-in ones. */
const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

/** `/apis/GROUP/VERSION`: the resources and subresources of one version; undefined where it is not served. */
export function resourceList(registry: Registry, group: string, version: string): Answer | undefined {
  const found = resourcesIn(registry, group, version);
  if (found.length === 0) return undefined;
  const resources = found.flatMap(resource => {
    const { plural, singular, namespaced, kind, shortNames, categories } = resource;
    const entry = {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs: resource.crd ? CUSTOM_VERBS : resource.verbs,
      ...(shortNames.length ? { shortNames } : {}),
      ...(categories.length ? { categories } : {}),
      ...(resource.verbs.includes('get') && resource.verbs.includes('create')
        ? { storageVersionHash: storageHash(registry, resource) }
        : {}),
    };
    const below = resource.subresources.map(name => {
      const detail = subresourceDetail(resource, name);
      const other = detail && (detail.kind.group !== group || detail.kind.version !== version);
      return {
        name: `${plural}/${name}`,
        singularName: '',
        namespaced,
        ...(other ? { group: detail.kind.group, version: detail.kind.version } : {}),
        kind: detail?.kind.kind ?? kind,
        verbs: detail?.verbs ?? [],
      };
    });
    return [entry, ...below];
  });
  return json(200, {
    kind: 'APIResourceList',
    ...(group ? { apiVersion: 'v1' } : {}),
    groupVersion: apiVersionOf({ group, version }),
    resources,
  });
}

function storageHash(registry: Registry, resource: Resource): string {
  return hashOf(registry.storage(resource));
}

/** First eight bytes of the SHA-256 of `GROUP/VERSION/KIND`, as the server identifies how a kind is stored. */
function hashOf({ group, version, kind }: Resource): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}
