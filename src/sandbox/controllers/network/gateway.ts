import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import type { GroupKind } from '../../types.ts';
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

interface ParentRef {
  group?: string;
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
}
interface RouteSpec {
  parentRefs?: ParentRef[];
  rules?: { backendRefs?: { kind?: string; namespace?: string; name: string }[] }[];
}
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
  const queue = context.queue('gateway', key => {
    const [kind = '', rest = ''] = key.split(' ');
    const { namespace, name } = splitKey(rest);
    const object = api.get(kind, namespace, name);
    if (!object || object.metadata.deletionTimestamp) return;
    if (kind === GATEWAYS) program(context, object as Gateway);
    else accept(context, object as Route);
  });
  // The kinds come and go with their CRDs, so that they cannot be listed at the start.
  context.watchAll((kind, { type, object }) => {
    if (type === 'DELETED') return;
    if (kind === GATEWAYS) queue.add(`${kind} ${keyOf(object)}`);
    else if (ROUTES.includes(kind)) queue.addAfter(`${kind} ${keyOf(object)}`, delayOf(object) ?? context.latency);
  });
};

function delayOf({ metadata }: KubeObject): number | undefined {
  const text = metadata.annotations?.[ACCEPTED];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
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

function accept({ api }: ControllerContext, route: Route): void {
  const now = api.clock.now();
  const refused = route.metadata.annotations?.[ACCEPTED] === 'false';
  const missing = missingBackend(api, route);
  const others = (route.status?.parents ?? []).filter(({ controllerName }) => controllerName !== CONTROLLER);
  const own = (route.spec?.parentRefs ?? []).map((parentRef): ParentStatus => {
    const before = route.status?.parents?.find(
      parent => parent.controllerName === CONTROLLER && sameJson(parent.parentRef, parentRef),
    )?.conditions;
    const stamp = (condition: Parameters<typeof stamped>[3]): Condition =>
      stamped(now, route.metadata.generation, before, condition);
    return {
      parentRef: clone(parentRef),
      controllerName: CONTROLLER,
      conditions: [
        refused
          ? stamp(['Accepted', 'False', 'NotAllowedByListeners', 'No listener allows this route'])
          : stamp(['Accepted', 'True', 'Accepted', 'Route is accepted']),
        missing
          ? stamp(['ResolvedRefs', 'False', 'BackendNotFound', `Service ${missing} not found`])
          : stamp(['ResolvedRefs', 'True', 'ResolvedRefs', 'Resolved all the Object references for the Route']),
      ],
    };
  });
  const status = { ...route.status, parents: [...others, ...own] };
  if (!sameJson(status, route.status)) api.update({ ...route, status }, STATUS);
}

function missingBackend(api: ControllerContext['api'], { metadata, spec }: Route): string | undefined {
  const refs = (spec?.rules ?? []).flatMap(({ backendRefs }) => backendRefs ?? []);
  const lost = refs.find(
    ({ kind = 'Service', namespace = metadata.namespace, name }) =>
      kind === 'Service' && !api.get('Service', namespace, name),
  );
  return lost && `${lost.namespace ?? metadata.namespace}/${lost.name}`;
}
