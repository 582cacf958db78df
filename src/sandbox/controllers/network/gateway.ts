import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import type { GroupKind, StoreEvent } from '../../types.ts';
import { type Controller, type ControllerContext, clone, keyOf, splitKey } from '../context.ts';
import { type Condition, conditionOf } from '../pods.ts';
import { fnv32a } from '../template-hash.ts';
import { timestamp } from '../timestamp.ts';

const GATEWAYS: GroupKind = 'gateway.networking.k8s.io/Gateway';
const ROUTES: readonly GroupKind[] = ['gateway.networking.k8s.io/HTTPRoute', 'gateway.networking.k8s.io/GRPCRoute'];
const CONTROLLER = 'sandbox.sluice.dev/gateway-controller';
/** On a route: `false` makes every parent refuse it; a number of milliseconds delays the answer. */
const ACCEPTED = 'sandbox.sluice.dev/accepted';
const STATUS = { manager: 'gateway-controller', subresource: 'status' } as const;

/** What answers for the routes of a mesh, whose parents are Services. */
const MESH = 'sandbox.sluice.dev/mesh-controller';
const GRANT: GroupKind = 'gateway.networking.k8s.io/ReferenceGrant';

interface ParentRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
}
interface RouteSpec {
  parentRefs?: ParentRef[];
  rules?: { backendRefs?: BackendRef[] }[];
}
export interface BackendRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  port?: number;
  weight?: number;
}
export type ReferenceGrant = KubeObject<{
  from?: readonly { group: string; kind: string; namespace: string }[];
  to?: readonly { group: string; kind: string; name?: string }[];
}>;
interface ParentStatus {
  parentRef: ParentRef;
  controllerName: string;
  conditions: Condition[];
}
type Route = KubeObject<RouteSpec, { parents?: ParentStatus[] }>;
type Gateway = KubeObject<
  { listeners?: { name: string; protocol?: string }[] },
  { conditions?: Condition[]; listeners?: { name: string; conditions: Condition[] }[]; addresses?: unknown[] }
>;

/** A Gateway API implementation: says of Gateways that they are programmed, and of routes whether their parents took them. Starts where and when their CRDs exist. */
export const gatewayController: Controller = context => {
  const { api } = context;
  /** When the newest write of each route may be answered. */
  const answers = new Map<string, number>();
  const grants = new Map<string, ReferenceGrant>();
  const queue = context.queue('gateway', key => {
    const [kind = '', rest = ''] = key.split(' ');
    const { namespace, name } = splitKey(rest);
    const object = api.get(kind, namespace, name);
    if (!object || object.metadata.deletionTimestamp) return;
    const early = (answers.get(key) ?? 0) - api.clock.now();
    if (kind === GATEWAYS) program(context, object as Gateway);
    else if (early > 0) queue.addAfter(key, early);
    else accept(context, object as Route, [...grants.values()]);
  });

  function changed(key: string, { type, object, previous }: StoreEvent): void {
    if (type === 'DELETED') {
      answers.delete(key);
      return;
    }
    // An answer, which is written to the status, is no change that wants another.
    if (previous && sameJson(askedBy(previous), askedBy(object))) return;
    const acceptance = acceptanceOf(object);
    const delay = typeof acceptance === 'number' ? acceptance : context.latency;
    answers.set(key, api.clock.now() + delay);
    queue.addAfter(key, delay);
  }

  // The kinds come and go with their CRDs, so that they cannot be listed at the start.
  context.watchAll((kind, event) => {
    const { type, object } = event;
    const key = `${kind} ${keyOf(object)}`;
    if (ROUTES.includes(kind)) changed(key, event);
    else if (kind === GATEWAYS && type !== 'DELETED') queue.add(key);
    else if (kind === GRANT || (kind === 'Service' && type !== 'MODIFIED')) {
      if (kind === GRANT && type !== 'DELETED') grants.set(key, object as ReferenceGrant);
      else grants.delete(key);
      // What a route refers to may come and go after it.
      for (const route of answers.keys()) queue.add(route);
    }
  });
};

/** What is the same before and after a write that only answers, to the status. */
export function askedBy({ metadata, spec }: KubeObject): unknown {
  return { spec, generation: metadata.generation, annotations: metadata.annotations };
}

/** What the annotation asks of whoever is programmed by the route: to refuse it, or to take so many milliseconds for it. */
export function acceptanceOf({ metadata }: KubeObject): 'refused' | number | undefined {
  const text = metadata.annotations?.[ACCEPTED];
  if (text === 'false') return 'refused';
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Whether a route may refer to a backend: in its own namespace, or where that namespace says so. */
export function isPermitted(
  grants: readonly ReferenceGrant[],
  { kind, metadata }: KubeObject,
  ref: BackendRef,
): boolean {
  const { namespace = metadata.namespace, name } = ref;
  if (namespace === metadata.namespace) return true;
  return grants.some(
    ({ spec, metadata: { namespace: own } }) =>
      own === namespace &&
      spec?.from?.some(
        from =>
          from.group === 'gateway.networking.k8s.io' && from.kind === kind && from.namespace === metadata.namespace,
      ) &&
      spec.to?.some(to => to.group === '' && to.kind === 'Service' && (to.name ?? name) === name),
  );
}

function stamped(
  now: number,
  generation: number | undefined,
  before: readonly Condition[] | undefined,
  [type, status, reason, message]: readonly [string, Condition['status'], string, string],
): Condition {
  const known = conditionOf(before, type);
  const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? timestamp(now)) : timestamp(now);
  return { type, status, observedGeneration: generation ?? 0, lastTransitionTime, reason, message };
}

function program({ api }: ControllerContext, gateway: Gateway): void {
  const now = api.clock.now();
  const { generation, namespace, name } = gateway.metadata;
  const stamp = (before: readonly Condition[] | undefined, type: string, reason: string): Condition =>
    stamped(now, generation, before, [type, 'True', reason, '']);
  const listeners = (gateway.spec?.listeners ?? []).map(listener => {
    const before = gateway.status?.listeners?.find(known => known.name === listener.name)?.conditions;
    return {
      name: listener.name,
      attachedRoutes: 0,
      supportedKinds: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' }],
      conditions: [
        stamp(before, 'Accepted', 'Accepted'),
        stamp(before, 'Programmed', 'Programmed'),
        stamp(before, 'ResolvedRefs', 'ResolvedRefs'),
      ],
    };
  });
  const value = `198.51.100.${(fnv32a(`${namespace}/${name}`) % 250) + 2}`;
  const status = {
    addresses: [{ type: 'IPAddress', value }],
    conditions: [
      stamp(gateway.status?.conditions, 'Accepted', 'Accepted'),
      stamp(gateway.status?.conditions, 'Programmed', 'Programmed'),
    ],
    listeners,
  };
  if (!sameJson(status, gateway.status)) api.update({ ...gateway, status }, STATUS);
}

function accept({ api }: ControllerContext, route: Route, grants: readonly ReferenceGrant[]): void {
  const now = api.clock.now();
  const refused = acceptanceOf(route) === 'refused';
  const unresolved = unresolvedBackend(api, route, grants);
  const others = (route.status?.parents ?? []).filter(
    ({ controllerName }) => ![CONTROLLER, MESH].includes(controllerName),
  );
  const own = (route.spec?.parentRefs ?? []).flatMap((parentRef): ParentStatus[] => {
    const controllerName = controllerOf(parentRef);
    // Nobody says anything of a parent that no implementation knows.
    if (!controllerName) return [];
    const before = route.status?.parents?.find(
      parent => parent.controllerName === controllerName && sameJson(parent.parentRef, parentRef),
    )?.conditions;
    const stamp = (condition: Parameters<typeof stamped>[3]): Condition =>
      stamped(now, route.metadata.generation, before, condition);
    const conditions = [
      refused
        ? stamp(['Accepted', 'False', 'NotAllowedByListeners', 'No listener allows this route'])
        : stamp(['Accepted', 'True', 'Accepted', 'Route is accepted']),
      unresolved
        ? stamp(['ResolvedRefs', 'False', ...unresolved])
        : stamp(['ResolvedRefs', 'True', 'ResolvedRefs', 'Resolved all the Object references for the Route']),
    ];
    return [{ parentRef: clone(parentRef), controllerName, conditions }];
  });
  const status = { ...route.status, parents: [...others, ...own] };
  if (!sameJson(status, route.status)) api.update({ ...route, status }, STATUS);
}

function controllerOf({ group = 'gateway.networking.k8s.io', kind = 'Gateway' }: ParentRef): string | undefined {
  if (group === 'gateway.networking.k8s.io' && kind === 'Gateway') return CONTROLLER;
  return group === '' && kind === 'Service' ? MESH : undefined;
}

/** Reason and message of the first backend that the route cannot use. */
function unresolvedBackend(
  api: ControllerContext['api'],
  route: Route,
  grants: readonly ReferenceGrant[],
): readonly [string, string] | undefined {
  const refs = (route.spec?.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
  for (const ref of refs) {
    const { kind = 'Service', namespace = route.metadata.namespace, name } = ref;
    const text = `Service ${namespace}/${name}`;
    if (kind !== 'Service') continue;
    if (!isPermitted(grants, route, ref)) return ['RefNotPermitted', `No ReferenceGrant allows the use of ${text}`];
    if (!api.get('Service', namespace, name)) return ['BackendNotFound', `${text} not found`];
  }
  return undefined;
}
