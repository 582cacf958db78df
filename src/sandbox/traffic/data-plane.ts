import type { KubeObject } from '../../kube.ts';
import { keyOf } from '../controllers/context.ts';
import type { EndpointPort } from '../controllers/endpoints/endpoint-ports.ts';
import type { Endpoint } from '../controllers/endpoints/endpoint-slice.ts';
import { acceptanceOf, askedBy } from '../controllers/network/gateway.ts';
import { sameJson } from '../store/freeze.ts';
import { type Api, type GroupKind, StatusError, type StoreEvent } from '../types.ts';

/** Where a node would send a request: one endpoint as it knows it, which may be out of date. */
export interface Backend {
  namespace: string;
  pod: string;
  uid: string;
  /** Of the container that listens; undefined where the Service is headless and has no ports. */
  port: number | undefined;
  /** The same for each port of the Service, by its name. */
  ports: Readonly<Record<string, number>>;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
}

/** What one node knows of EndpointSlices and routes. It learns of each write with a delay, and in their order. */
export interface NodeView {
  /** Endpoints of a Service in the order of its slices. */
  backendsOf(service: string): readonly Backend[];
  /** A route, or what routes refer to, by `namespace/name`. */
  find(kind: GroupKind, key: string): KubeObject | undefined;
  all(kind: GroupKind): readonly KubeObject[];
  /** Whether something of the object has been written that this node does not know yet. */
  isBehind(kind: GroupKind, key: string): boolean;
}

export interface DataPlane {
  nodes: readonly NodeView[];
  /** Calls back whenever a route is heard of, and at once where one is known. */
  onRoute(call: () => void): void;
  stop(): void;
}

export interface DataPlaneOptions {
  nodes: number;
  propagationMs: number;
  random: () => number;
  /** Kinds beside EndpointSlices. */
  kinds: readonly GroupKind[];
  /** Whether an object of these kinds means anything to a data plane. */
  reads(object: KubeObject): boolean;
}

interface Slice extends KubeObject {
  endpoints?: readonly Endpoint[] | null;
  ports?: readonly EndpointPort[] | null;
}

interface Pending {
  due: number;
  kind: GroupKind;
  event: StoreEvent;
}

const SLICE = 'discovery.k8s.io/EndpointSlice';
const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';

/**
 * The proxies of the nodes. Each is told of a write after a random part of the propagation; the last always takes all of it,
 * so that the oldest state which requests can meet is met in every run.
 */
export function openDataPlane(api: Api, options: DataPlaneOptions): DataPlane {
  const { nodes, propagationMs, random, kinds, reads } = options;
  const calls: (() => void)[] = [];
  let hasRoutes = false;
  const views = Array.from({ length: nodes }, (_, index) => {
    const isLast = index === nodes - 1;
    return nodeView(api, () => (isLast ? propagationMs : Math.floor(random() * propagationMs)));
  });
  for (const kind of [SLICE, ...kinds])
    for (const object of served(api, kind)) {
      if (kind !== SLICE && !reads(object)) continue;
      for (const view of views) view.begin(kind, object);
      hasRoutes ||= kind !== SLICE;
    }
  const unsubscribe = api.subscribe((resource, event) => {
    const kind = resource.group ? `${resource.group}/${resource.kind}` : resource.kind;
    if (kind === SLICE) {
      for (const view of views) view.hear(kind, event);
    } else if (kinds.includes(kind) && isNews(event, reads)) {
      for (const view of views) view.hear(kind, event);
      hasRoutes = true;
      for (const call of calls) call();
    }
  });
  return {
    nodes: views,
    onRoute: call => {
      calls.push(call);
      if (hasRoutes) call();
    },
    stop: unsubscribe,
  };
}

/** What only answers the writer of a route tells a data plane nothing. */
function isNews({ type, object, previous }: StoreEvent, reads: DataPlaneOptions['reads']): boolean {
  if (type === 'MODIFIED' && previous && sameJson(askedBy(previous), askedBy(object))) return false;
  return reads(object) || (previous !== undefined && reads(previous));
}

/** Objects of a kind whose CRD may be missing. */
function served(api: Api, kind: GroupKind): readonly KubeObject[] {
  try {
    return api.list(kind);
  } catch (error) {
    if (error instanceof StatusError) return [];
    throw error;
  }
}

interface LearningView extends NodeView {
  /** Of what was there before. */
  begin(kind: GroupKind, object: KubeObject): void;
  hear(kind: GroupKind, event: StoreEvent): void;
}

function nodeView(api: Api, delay: () => number): LearningView {
  /** By Service, then by name of slice. */
  const slices = new Map<string, Map<string, readonly Backend[]>>();
  const objects = new Map<GroupKind, Map<string, KubeObject>>();
  const pending: Pending[] = [];
  /** What has arrived but takes longer to be programmed, by object: nothing else waits for it. */
  const late = new Map<string, Pending[]>();

  function learnSlice({ type, object }: StoreEvent): void {
    const { namespace = '', name, labels } = object.metadata;
    const service = `${namespace}/${labels?.[SERVICE_NAME] ?? ''}`;
    const known = slices.get(service) ?? new Map<string, readonly Backend[]>();
    if (type === 'DELETED') known.delete(name);
    else known.set(name, backendsIn(object as Slice));
    slices.set(service, known);
  }

  function learnObject(kind: GroupKind, { type, object }: StoreEvent): void {
    const known = objects.get(kind) ?? new Map<string, KubeObject>();
    if (type === 'DELETED') known.delete(keyOf(object));
    // What was refused does not take the place of what was accepted before.
    else if (acceptanceOf(object) !== 'refused') known.set(keyOf(object), object);
    objects.set(kind, known);
  }

  function arrive(item: Pending): void {
    const { kind, event } = item;
    if (kind === SLICE) {
      learnSlice(event);
      return;
    }
    const key = `${kind} ${keyOf(event.object)}`;
    const before = late.get(key) ?? [];
    const extra = acceptanceOf(event.object);
    if (typeof extra === 'number' || before.length > 0) {
      const due = item.due + (typeof extra === 'number' ? extra : 0);
      late.set(key, [...before, { ...item, due: Math.max(due, before.at(-1)?.due ?? due) }]);
    } else learnObject(kind, event);
  }

  function advance(): void {
    const now = api.clock.now();
    for (let next = pending[0]; next && next.due <= now; next = pending[0]) {
      pending.shift();
      arrive(next);
    }
    for (const [key, items] of late) {
      for (const { kind, event } of items.filter(({ due }) => due <= now)) learnObject(kind, event);
      const left = items.filter(({ due }) => due > now);
      if (left.length > 0) late.set(key, left);
      else late.delete(key);
    }
  }

  return {
    begin(kind, object) {
      const event: StoreEvent = { type: 'ADDED', object, resourceVersion: 0 };
      if (kind === SLICE) learnSlice(event);
      else learnObject(kind, event);
    },
    hear(kind, event) {
      const due = api.clock.now() + delay();
      pending.push({ due: Math.max(due, pending.at(-1)?.due ?? due), kind, event });
    },
    backendsOf(service) {
      advance();
      return [...(slices.get(service)?.values() ?? [])].flat();
    },
    find(kind, key) {
      advance();
      return objects.get(kind)?.get(key);
    },
    all(kind) {
      advance();
      return [...(objects.get(kind)?.values() ?? [])];
    },
    isBehind(kind, key) {
      advance();
      return late.has(`${kind} ${key}`) || pending.some(one => one.kind === kind && keyOf(one.event.object) === key);
    },
  };
}

/** A slice without ports leads nowhere, unless it belongs to a headless Service: then clients take the address alone. */
function backendsIn({ metadata, endpoints, ports }: Slice): Backend[] {
  const port = ports?.[0]?.port ?? undefined;
  if (port === undefined && metadata.labels?.[HEADLESS] === undefined) return [];
  const named = Object.fromEntries((ports ?? []).flatMap(one => (one.port === null ? [] : [[one.name, one.port]])));
  return (endpoints ?? []).map(({ conditions, targetRef }) => ({
    namespace: metadata.namespace ?? '',
    pod: targetRef.name,
    uid: targetRef.uid ?? '',
    port,
    ports: named,
    ...conditions,
  }));
}
