import type { KubeObject } from '../../kube.ts';
import type { Resource } from '../types.ts';
import { formatQuantity, parseQuantity, type Quantity } from '../validation/quantity.ts';
import type { Core, ResourceRequest } from './core.ts';
import { collectionOf } from './registry.ts';
import { forbidden, qualified } from './statuses.ts';

/** Amounts by name of the quota's resource, in units of 10^-9. */
type Usage = Map<string, bigint>;

const ONE = 10n ** 9n;
const QUOTAS = collectionOf({ group: '', plural: 'resourcequotas' });
/** Kinds that had quotas before `count/…` came. */
const OBJECT_COUNTS = new Set([
  'pods',
  'services',
  'configmaps',
  'secrets',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
]);
const COMPUTE = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
  'requests.ephemeral-storage',
  'limits.ephemeral-storage',
]);

interface Container {
  name: string;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
}
interface PodView extends KubeObject {
  spec: { containers?: Container[]; initContainers?: Container[] };
  status?: { phase?: string };
}
interface QuotaView extends KubeObject {
  spec: { hard?: Record<string, string>; scopes?: string[] };
}

function amount(text: string | undefined): bigint {
  const parsed: Quantity | string = text === undefined ? '' : parseQuantity(text);
  return typeof parsed === 'string' ? 0n : parsed.nano;
}

export function amountText(nano: bigint, like = ''): string {
  const parsed = parseQuantity(like);
  return formatQuantity({ nano, format: typeof parsed === 'string' ? 'DecimalSI' : parsed.format });
}

/** Where in a container's resources a quota's resource is counted: `cpu` and `requests.cpu` are the same. */
function computePart(name: string): { list: 'requests' | 'limits'; resource: string } {
  const [list, resource] = name.includes('.') ? name.split('.', 2) : ['requests', name];
  return { list: list === 'limits' ? 'limits' : 'requests', resource: resource ?? '' };
}

function podAmount(pod: PodView, name: string): bigint {
  const { list, resource } = computePart(name);
  const of = (container: Container): bigint => amount(container.resources?.[list]?.[resource]);
  const running = (pod.spec.containers ?? []).reduce((sum, container) => sum + of(container), 0n);
  // Init containers run one after the other: the greatest counts.
  const amounts = [running, ...(pod.spec.initContainers ?? []).map(of)];
  return amounts.sort((a, b) => (a < b ? -1 : 1)).at(-1) ?? 0n;
}

/** What one object adds to each of the quota's resources. */
function usageOf(resource: Resource, object: KubeObject, names: readonly string[]): Usage {
  const usage: Usage = new Map();
  const finished = resource.kind === 'Pod' && ['Failed', 'Succeeded'].includes((object as PodView).status?.phase ?? '');
  for (const name of names) {
    if (name === `count/${qualified(resource)}`) usage.set(name, ONE);
    else if (finished) continue;
    else if (resource.group === '' && name === resource.plural && OBJECT_COUNTS.has(name)) usage.set(name, ONE);
    else if (resource.kind === 'Pod' && resource.group === '' && COMPUTE.has(name))
      usage.set(name, podAmount(object as PodView, name));
    else if (resource.kind === 'Service' && resource.group === '') {
      const type = (object.spec as { type?: string } | undefined)?.type;
      if (name === 'services.loadbalancers' && type === 'LoadBalancer') usage.set(name, ONE);
      if (name === 'services.nodeports' && (type === 'NodePort' || type === 'LoadBalancer')) {
        usage.set(name, ONE * BigInt((object.spec as { ports?: unknown[] }).ports?.length ?? 0));
      }
    } else if (resource.kind === 'PersistentVolumeClaim' && name === 'requests.storage') {
      const spec = object.spec as { resources?: { requests?: Record<string, string> } } | undefined;
      usage.set(name, amount(spec?.resources?.requests?.['storage']));
    }
  }
  return usage;
}

/** What all objects of a namespace use of a quota's resources, in the quota's notation. */
export function usedOf(core: Core, quota: KubeObject): Record<string, string> {
  const hard = (quota as QuotaView).spec.hard ?? {};
  const names = Object.keys(hard).sort();
  const total = new Map(names.map(name => [name, 0n]));
  const seen = new Set<string>();
  for (const resource of core.registry.all()) {
    const collection = collectionOf(resource);
    if (!resource.namespaced || seen.has(collection)) continue;
    seen.add(collection);
    for (const object of core.store.list(collection, quota.metadata.namespace)) {
      for (const [name, used] of usageOf(resource, object, names)) total.set(name, (total.get(name) ?? 0n) + used);
    }
  }
  return Object.fromEntries([...total].map(([name, used]) => [name, amountText(used, hard[name])]));
}

/** The ResourceQuota admission: refuses what would exceed a quota of the namespace. */
export function checkQuota(
  core: Core,
  request: ResourceRequest,
  object: KubeObject,
  live: KubeObject | undefined,
): void {
  const { resource, namespace, subresource } = request;
  if (!resource.namespaced || subresource) return;
  for (const quota of core.store.list(QUOTAS, namespace) as readonly QuotaView[]) {
    const hard = quota.spec.hard ?? {};
    const names = Object.keys(hard).sort();
    const after = usageOf(resource, object, names);
    if (after.size === 0) continue;
    if (!live) requireCompute(request, object, quota, names);
    const before = live ? usageOf(resource, live, names) : new Map<string, bigint>();
    const used = usedOf(core, quota);
    const exceeded = [...after].filter(([name, wanted]) => {
      const added = wanted - (before.get(name) ?? 0n);
      return added > 0n && amount(used[name]) + added > amount(hard[name]);
    });
    if (exceeded.length === 0) continue;
    const list = (text: (name: string, wanted: bigint) => string): string =>
      exceeded.map(([name, wanted]) => `${name}=${text(name, wanted)}`).join(',');
    const requested = list((name, wanted) => amountText(wanted - (before.get(name) ?? 0n), hard[name]));
    const numbers = `requested: ${requested}, used: ${list(name => used[name] ?? '0')}, limited: ${list(name => hard[name] ?? '0')}`;
    throw forbidden(resource, object.metadata.name, `exceeded quota: ${quota.metadata.name}, ${numbers}`);
  }
}

/** Under a quota of cpu or memory each container has to say what it needs. */
function requireCompute(
  { resource }: ResourceRequest,
  object: KubeObject,
  quota: QuotaView,
  names: readonly string[],
): void {
  if (resource.kind !== 'Pod' || resource.group !== '') return;
  const { containers = [], initContainers = [] } = (object as PodView).spec;
  const missing = names
    .filter(name => COMPUTE.has(name))
    .flatMap(name => {
      const { list, resource: part } = computePart(name);
      const without = [...containers, ...initContainers].filter(
        container => container.resources?.[list]?.[part] === undefined,
      );
      return without.length > 0 ? [`${name} for: ${without.map(container => container.name).join(',')}`] : [];
    });
  if (missing.length === 0) return;
  throw forbidden(
    resource,
    object.metadata.name,
    `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`,
  );
}
