/** The table of resources, read from the paths of OpenAPI documents and, for what those do not say, from discovery. */
import type { BuiltinResource, KindVersion } from '../src/sandbox/apply/schema.ts';

export type ServedResource = Omit<BuiltinResource, 'schema'>;

/** The API server's own short names and categories for resources that the recorded discovery leaves out. */
const wellKnown: Record<string, { shortNames?: string[]; categories?: string[] }> = {
  componentstatuses: { shortNames: ['cs'] },
  limitranges: { shortNames: ['limits'] },
  persistentvolumes: { shortNames: ['pv'] },
  replicationcontrollers: { shortNames: ['rc'], categories: ['all'] },
  resourcequotas: { shortNames: ['quota'] },
  events: { shortNames: ['ev'] },
  ingresses: { shortNames: ['ing'] },
  networkpolicies: { shortNames: ['netpol'] },
  servicecidrs: {},
  ipaddresses: { shortNames: ['ip'] },
  customresourcedefinitions: { shortNames: ['crd', 'crds'], categories: ['api-extensions'] },
};

interface Operation {
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: KindVersion;
}
interface Discovered {
  resource: string;
  singularResource: string;
  shortNames?: string[];
  categories?: string[];
}
interface DiscoveryCase {
  steps: {
    response: {
      body: {
        items: { metadata: { name?: string }; versions: { version: string; resources: Discovered[] }[] }[];
      };
    };
  }[];
}

const verbOf: Record<string, string> = { post: 'create', put: 'update', watchlist: 'watch' };
const connectVerbs: Record<string, string> = {
  get: 'get',
  post: 'create',
  put: 'update',
  delete: 'delete',
  patch: 'patch',
};

export function resourcesOf(
  paths: Record<string, Record<string, unknown>>,
  discovery: DiscoveryCase,
): ServedResource[] {
  const found = new Map<string, ServedResource>();
  const subresources: { plural: string; name: string; verbs: string[]; kind: KindVersion }[] = [];
  for (const [path, operations] of Object.entries(paths)) {
    const match =
      /^\/api(?:s\/(?<group>[^/]+))?\/(?<version>[^/]+)\/(?:watch\/)?(?<scope>namespaces\/\{namespace\}\/)?(?<plural>[a-z]+)(?:\/\{name\})?(?:\/(?<sub>[a-z]+))?$/.exec(
        path,
      )?.groups;
    if (!match) continue;
    const { group = '', version = '', plural = '', sub } = match;
    const served = servedOf(operations);
    const kind = served[0]?.kind;
    if (!kind) continue;
    if (sub) {
      subresources.push({ plural, name: sub, kind, verbs: unique(served.map(operation => operation.verb)) });
      continue;
    }
    const resource = found.get(plural) ?? newResource(group, version, plural, kind.kind, discovery);
    found.set(plural, resource);
    if (match['scope']) resource.namespaced = true;
    resource.verbs = unique([...resource.verbs, ...served.map(operation => operation.verb)]);
  }
  for (const { plural, ...detail } of subresources) {
    const resource = found.get(plural);
    if (!resource) throw new Error(`the subresource ${plural}/${detail.name} has no resource`);
    resource.subresources = [...resource.subresources, detail.name];
    resource.subresourceDetails = [...resource.subresourceDetails, detail];
  }
  return [...found.values()];
}

function servedOf(operations: Record<string, unknown>): { verb: string; kind: KindVersion }[] {
  return Object.entries(operations).flatMap(([method, value]) => {
    const { 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': kind } = value as Operation;
    if (!action || !kind) return [];
    const verb = action === 'connect' ? connectVerbs[method] : (verbOf[action] ?? action);
    return verb ? [{ verb, kind }] : [];
  });
}

function newResource(
  group: string,
  version: string,
  plural: string,
  kind: string,
  discovery: DiscoveryCase,
): ServedResource {
  const discovered = discovery.steps
    .flatMap(step => step.response.body.items)
    .filter(item => (item.metadata.name ?? '') === group)
    .flatMap(item => item.versions.filter(served => served.version === version))
    .flatMap(served => served.resources)
    .find(resource => resource.resource === plural);
  const extra = discovered ?? wellKnown[plural] ?? {};
  return {
    group,
    version,
    kind,
    listKind: `${kind}List`,
    plural,
    singular: discovered?.singularResource ?? kind.toLowerCase(),
    shortNames: extra.shortNames ?? [],
    categories: extra.categories ?? [],
    namespaced: false,
    verbs: [],
    subresources: [],
    subresourceDetails: [],
  };
}

function unique(verbs: readonly string[]): string[] {
  return [...new Set(verbs)].sort();
}
