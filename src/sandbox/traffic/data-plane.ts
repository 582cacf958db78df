import type { KubeObject } from '../../kube.ts';
import type { EndpointPort } from '../controllers/endpoints/endpoint-ports.ts';
import type { Endpoint } from '../controllers/endpoints/endpoint-slice.ts';
import type { Api, StoreEvent } from '../types.ts';

/** Where a node would send a request: one endpoint as it knows it, which may be out of date. */
export interface Backend {
  namespace: string;
  pod: string;
  uid: string;
  /** Of the container that listens; undefined where the Service is headless and has no ports. */
  port: number | undefined;
  ready: boolean;
  serving: boolean;
  terminating: boolean;
}

/** What one node knows of the EndpointSlices. It learns of each write with a delay, and in their order. */
export interface NodeView {
  /** Endpoints of a Service in the order of its slices. */
  backendsOf(service: string): readonly Backend[];
}

export interface DataPlane {
  nodes: readonly NodeView[];
  stop(): void;
}

interface Slice extends KubeObject {
  endpoints?: readonly Endpoint[] | null;
  ports?: readonly EndpointPort[] | null;
}

const SLICE = 'discovery.k8s.io/EndpointSlice';
const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';

/**
 * The proxies of the nodes. Each is told of a write after a random part of the propagation; the last always takes all of it,
 * so that the oldest state which requests can meet is met in every run.
 */
export function openDataPlane(api: Api, nodes: number, propagationMs: number, random: () => number): DataPlane {
  const views = Array.from({ length: nodes }, (_, index) => {
    const isLast = index === nodes - 1;
    return nodeView(api, () => (isLast ? propagationMs : Math.floor(random() * propagationMs)));
  });
  const unsubscribe = api.subscribe((resource, event) => {
    if (resource.kind !== 'EndpointSlice' || resource.crd) return;
    for (const view of views) view.hear(event);
  });
  return { nodes: views, stop: unsubscribe };
}

function nodeView(api: Api, delay: () => number): NodeView & { hear(event: StoreEvent): void } {
  /** By Service, then by name of slice. */
  const known = new Map<string, Map<string, readonly Backend[]>>();
  const pending: { due: number; event: StoreEvent }[] = [];

  function learn({ type, object }: StoreEvent): void {
    const { namespace = '', name, labels } = object.metadata;
    const service = `${namespace}/${labels?.[SERVICE_NAME] ?? ''}`;
    const slices = known.get(service) ?? new Map<string, readonly Backend[]>();
    if (type === 'DELETED') slices.delete(name);
    else slices.set(name, backendsIn(object as Slice));
    known.set(service, slices);
  }

  for (const object of api.list(SLICE)) learn({ type: 'ADDED', object, resourceVersion: 0 });
  return {
    hear: event => {
      const due = api.clock.now() + delay();
      pending.push({ due: Math.max(due, pending.at(-1)?.due ?? due), event });
    },
    backendsOf: service => {
      const now = api.clock.now();
      for (let next = pending[0]; next && next.due <= now; next = pending[0]) {
        pending.shift();
        learn(next.event);
      }
      return [...(known.get(service)?.values() ?? [])].flat();
    },
  };
}

/** A slice without ports leads nowhere, unless it belongs to a headless Service: then clients take the address alone. */
function backendsIn({ metadata, endpoints, ports }: Slice): Backend[] {
  const port = ports?.[0]?.port ?? undefined;
  if (port === undefined && metadata.labels?.[HEADLESS] === undefined) return [];
  return (endpoints ?? []).map(({ conditions, targetRef }) => ({
    namespace: metadata.namespace ?? '',
    pod: targetRef.name,
    uid: targetRef.uid ?? '',
    port,
    ...conditions,
  }));
}
