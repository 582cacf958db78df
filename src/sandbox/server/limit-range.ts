import type { KubeObject } from '../../kube.ts';
import { nanoOf } from '../validation/quantity.ts';
import type { Core, ResourceRequest } from './core.ts';
import { collectionOf } from './registry.ts';
import { forbidden } from './statuses.ts';

type ResourceList = Record<string, string>;

interface Limit {
  type: string;
  min?: ResourceList;
  max?: ResourceList;
  default?: ResourceList;
  defaultRequest?: ResourceList;
  maxLimitRequestRatio?: ResourceList;
}
interface Resources {
  requests?: ResourceList;
  limits?: ResourceList;
}
interface Container {
  name: string;
  resources?: Resources;
}
interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
}

const LIMIT_RANGES = collectionOf({ group: '', plural: 'limitranges' });
const ANNOTATION = 'kubernetes.io/limit-ranger';
const ONE = 10n ** 9n;

function limitsOf(core: Core, namespace: string | undefined): Limit[] {
  return core.store
    .list(LIMIT_RANGES, namespace)
    .flatMap(range => (range.spec as { limits?: Limit[] } | undefined)?.limits ?? []);
}

/** The Pod with the requests and limits that the namespace's LimitRanges give to containers without their own. */
export function withLimitDefaults(core: Core, namespace: string | undefined, pod: KubeObject): KubeObject {
  const limits = limitsOf(core, namespace).filter(({ type }) => type === 'Container');
  const wanted = {
    requests: Object.assign({}, ...limits.map(limit => limit.defaultRequest)) as ResourceList,
    limits: Object.assign({}, ...limits.map(limit => limit.default)) as ResourceList,
  };
  const told: string[] = [];
  const filled = (what: string, container: Container): Container => {
    const resources: Resources = { ...container.resources };
    for (const part of ['requests', 'limits'] as const) {
      const missing = Object.keys(wanted[part])
        .filter(name => resources[part]?.[name] === undefined)
        .sort();
      if (missing.length === 0) continue;
      resources[part] = { ...wanted[part], ...resources[part] };
      told.push(`${missing.join(', ')} ${part.slice(0, -1)} for ${what} ${container.name}`);
    }
    return { ...container, resources };
  };
  const spec = pod.spec as PodSpec;
  const changed: PodSpec = {
    ...spec,
    ...(spec.containers ? { containers: spec.containers.map(container => filled('container', container)) } : {}),
    ...(spec.initContainers
      ? { initContainers: spec.initContainers.map(container => filled('init container', container)) }
      : {}),
  };
  if (told.length === 0) return pod;
  const annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${told.join('; ')}` };
  return { ...pod, metadata: { ...pod.metadata, annotations }, spec: changed };
}

const sorted = (list: ResourceList | undefined): [string, string][] =>
  Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));

/** What a set of resources breaks of one limit, in the words of the LimitRanger. */
function problems(limit: Limit, { requests = {}, limits = {} }: Resources): string[] {
  const found: string[] = [];
  const nano = (text: string | undefined): bigint => nanoOf(text) ?? 0n;
  for (const [name, least] of sorted(limit.min)) {
    const rule = `minimum ${name} usage per ${limit.type} is ${least}`;
    const [request, most] = [requests[name], limits[name]];
    if (request === undefined) found.push(`${rule}.  No request is specified`);
    else if (nano(request) < nano(least)) found.push(`${rule}, but request is ${request}`);
    else if (most !== undefined && nano(most) < nano(least)) found.push(`${rule}, but limit is ${most}`);
  }
  for (const [name, greatest] of sorted(limit.max)) {
    const rule = `maximum ${name} usage per ${limit.type} is ${greatest}`;
    const [request, most] = [requests[name], limits[name]];
    if (most === undefined) found.push(`${rule}.  No limit is specified`);
    else if (nano(most) > nano(greatest)) found.push(`${rule}, but limit is ${most}`);
    else if (request !== undefined && nano(request) > nano(greatest)) found.push(`${rule}, but request is ${request}`);
  }
  for (const [name, ratio] of sorted(limit.maxLimitRequestRatio)) {
    const rule = `${name} max limit to request ratio per ${limit.type} is ${ratio}`;
    const [request, most] = [nano(requests[name]), nano(limits[name])];
    if (request === 0n) found.push(`${rule}, but no request is specified or request is 0`);
    else if (most === 0n) found.push(`${rule}, but no limit is specified or limit is 0`);
    else if (most * ONE > nano(ratio) * request) {
      found.push(`${rule}, but provided ratio is ${(Number(most) / Number(request)).toFixed(6)}`);
    }
  }
  return found;
}

/** The sum over a pod's containers; what one of them does not name the sum does not either. */
function sumOf(containers: readonly Container[], part: 'requests' | 'limits'): ResourceList {
  const lists = containers.map(container => container.resources?.[part] ?? {});
  const names = Object.keys(lists[0] ?? {}).filter(name => lists.every(list => list[name] !== undefined));
  return Object.fromEntries(
    names.map(name => {
      const total = lists.reduce((sum, list) => sum + (nanoOf(list[name]) ?? 0n), 0n);
      return [name, total % ONE === 0n ? String(total / ONE) : `${total / (ONE / 1000n)}m`];
    }),
  );
}

/** Refuses a new Pod or volume claim that breaks a LimitRange of its namespace. */
export function checkLimits(core: Core, { resource, namespace }: ResourceRequest, object: KubeObject): void {
  if (resource.group !== '') return;
  const broken = limitsOf(core, namespace).flatMap(limit => {
    if (resource.kind === 'PersistentVolumeClaim' && limit.type === 'PersistentVolumeClaim') {
      const asked = (object.spec as { resources?: Resources } | undefined)?.resources?.requests ?? {};
      return problems(limit, { requests: asked, limits: asked });
    }
    if (resource.kind !== 'Pod') return [];
    const { containers = [], initContainers = [] } = object.spec as PodSpec;
    if (limit.type === 'Container') {
      return [...containers, ...initContainers].flatMap(container => problems(limit, container.resources ?? {}));
    }
    if (limit.type !== 'Pod') return [];
    return problems(limit, { requests: sumOf(containers, 'requests'), limits: sumOf(containers, 'limits') });
  });
  if (broken.length === 0) return;
  const why = broken.length === 1 ? (broken[0] ?? '') : `[${broken.join(', ')}]`;
  throw forbidden(resource, object.metadata.name, why);
}
