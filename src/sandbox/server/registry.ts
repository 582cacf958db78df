import type { KubeObject } from '../../kube.ts';
import { groupOf } from '../../kube.ts';
import { type BuiltinResource, builtinResources, type SubresourceDetail } from '../apply/schema.ts';
import type { GroupKind, Resource, SchemaNode } from '../types.ts';

const REVIEW = { shortNames: [], categories: [], verbs: ['create'], subresources: [] } as const;
const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;

const ANY: SchemaNode = { type: 'any' };

/** An object of which only the names of the top-level fields are known. */
function opaque(...fields: string[]): SchemaNode {
  return {
    type: 'object',
    fields: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', default: {} },
      ...Object.fromEntries(fields.map(field => [field, ANY] as const)),
    },
  };
}

function review(kind: string, plural: string): Resource {
  const group = 'authentication.k8s.io';
  const names = { kind, listKind: `${kind}List`, plural, singular: plural.slice(0, -1) };
  return { group, version: 'v1', ...names, namespaced: false, ...REVIEW, schema: opaque('spec', 'status') };
}

function clusterScoped(
  group: string,
  kind: string,
  plural: string,
  singular: string,
  shortNames: string[],
  fields: string[],
): Resource {
  const names = { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: [] };
  return {
    group,
    version: 'v1',
    ...names,
    namespaced: false,
    verbs: ALL_VERBS,
    subresources: [],
    schema: opaque(...fields),
  };
}

const STORAGE_FIELDS = [
  'provisioner',
  'parameters',
  'reclaimPolicy',
  'mountOptions',
  'allowVolumeExpansion',
  'volumeBindingMode',
  'allowedTopologies',
];
const PRIORITY_FIELDS = ['value', 'globalDefault', 'description', 'preemptionPolicy'];

/** What a real server serves and the recorded documents do not describe: of no schema, so that nothing is known of its fields. */
function undescribed(): Resource[] {
  const autoscaler = builtinResources.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
  return [
    review('TokenReview', 'tokenreviews'),
    review('SelfSubjectReview', 'selfsubjectreviews'),
    clusterScoped('storage.k8s.io', 'StorageClass', 'storageclasses', 'storageclass', ['sc'], STORAGE_FIELDS),
    clusterScoped('scheduling.k8s.io', 'PriorityClass', 'priorityclasses', 'priorityclass', ['pc'], PRIORITY_FIELDS),
    ...(autoscaler ? [{ ...autoscaler, version: 'v1', schema: opaque('spec', 'status') }] : []),
  ];
}

/** The resources that the server serves now: the built-in ones and those of established CRDs. */
export interface Registry {
  all(): readonly Resource[];
  /** The group's versions, preferred first; the core group is ''. */
  versions(group: string): readonly string[];
  groups(): readonly string[];
  find(group: string, version: string, plural: string): Resource | undefined;
  /** The resource of a kind in the version in which objects are stored. */
  ofKind(kind: GroupKind): Resource | undefined;
  /** The resource in whose version the objects of a collection are stored. */
  ofCollection(collection: string): Resource | undefined;
  ofObject(object: { apiVersion: string; kind: string }): Resource | undefined;
  /** The same resource in the version in which it is stored. */
  storage(resource: Resource): Resource;
  replaceCrd(crd: KubeObject, resources: readonly Resource[]): void;
  removeCrd(name: string): void;
}

/** Both events APIs show the same objects. */
export function collectionOf(resource: { group: string; plural: string }): string {
  const group = resource.group === 'events.k8s.io' ? '' : resource.group;
  return `${group}/${resource.plural}`;
}

export function subresourceDetail(resource: Resource, name: string): SubresourceDetail | undefined {
  const recorded = (resource as Partial<BuiltinResource>).subresourceDetails?.find(detail => detail.name === name);
  if (recorded) return recorded;
  if (!resource.subresources.includes(name)) return undefined;
  const { group, version, kind } = resource;
  const verbs = ['get', 'patch', 'update'];
  if (name === 'scale') return { name, kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs };
  return { name, kind: { group, version, kind }, verbs };
}

function isStorageVersion(resource: Resource): boolean {
  const spec = resource.crd?.spec as { versions?: { name: string; storage?: boolean }[] } | undefined;
  if (spec) return spec.versions?.find(({ name }) => name === resource.version)?.storage === true;
  if (resource.group === 'events.k8s.io') return false;
  return !(resource.group === 'autoscaling' && resource.version === 'v1');
}

export function createRegistry(): Registry {
  const builtin: readonly Resource[] = [...builtinResources, ...undescribed()];
  const byCrd = new Map<string, readonly Resource[]>();
  let all: readonly Resource[] = builtin;
  let byPath = new Map<string, Resource>();
  let byKind = new Map<string, Resource>();
  let byCollection = new Map<string, Resource>();

  function index(): void {
    all = [...builtin, ...[...byCrd.values()].flat()];
    byPath = new Map(all.map(entry => [`${entry.group}/${entry.version}/${entry.plural}`, entry]));
    byKind = new Map();
    byCollection = new Map();
    for (const entry of all) {
      const kind = entry.group ? `${entry.group}/${entry.kind}` : entry.kind;
      if (isStorageVersion(entry) || !byKind.has(kind)) byKind.set(kind, entry);
      if (isStorageVersion(entry) || !byCollection.has(collectionOf(entry)))
        byCollection.set(collectionOf(entry), entry);
    }
  }
  index();

  const versionsOf = (group: string): readonly string[] => [
    ...new Set(all.filter(entry => entry.group === group).map(entry => entry.version)),
  ];
  const ofKind = (kind: GroupKind): Resource | undefined => byKind.get(kind);

  return {
    all: () => all,
    versions: versionsOf,
    groups: () => [...new Set(all.map(entry => entry.group))],
    find: (group, version, plural) => byPath.get(`${group}/${version}/${plural}`),
    ofKind,
    ofCollection: collection => byCollection.get(collection),
    ofObject({ apiVersion, kind }) {
      const group = groupOf(apiVersion);
      const version = apiVersion.slice(group ? group.length + 1 : 0);
      return all.find(entry => entry.group === group && entry.version === version && entry.kind === kind);
    },
    storage(resource) {
      if (resource.group === 'events.k8s.io') return ofKind('Event') ?? resource;
      return ofKind(resource.group ? `${resource.group}/${resource.kind}` : resource.kind) ?? resource;
    },
    replaceCrd(crd, resources) {
      byCrd.set(crd.metadata.name, resources);
      index();
    },
    removeCrd(name) {
      byCrd.delete(name);
      index();
    },
  };
}

export function apiVersionOf(resource: { group: string; version: string }): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}
