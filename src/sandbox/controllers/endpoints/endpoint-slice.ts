import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import { type ControllerContext, splitKey } from '../context.ts';
import { controllerReference } from '../ownership.ts';
import { isFinished, isReady, isTerminating, type Pod } from '../pods.ts';
import { canonicalJson } from '../template-hash.ts';
import { timestamp } from '../timestamp.ts';
import type { WorkQueue } from '../work-queue.ts';
import { type EndpointPort, endpointPorts, reaches, type Service } from './endpoint-ports.ts';

export interface Endpoint {
  addresses: string[];
  conditions: { ready: boolean; serving: boolean; terminating: boolean };
  hostname?: string;
  targetRef: { kind: 'Pod'; namespace?: string; name: string; uid?: string };
  nodeName?: string;
}

interface EndpointSlice extends KubeObject {
  addressType: 'IPv4';
  endpoints: Endpoint[];
  ports: EndpointPort[];
}

const KIND = 'discovery.k8s.io/EndpointSlice';
const MANAGED_BY = 'endpointslice-controller.k8s.io';
const SERVICE_NAME = 'kubernetes.io/service-name';
/** Endpoints that one slice takes. */
const SLICE_SIZE = 100;

/** EndpointSlices: which pods a Service reaches, and in what state they are. Its keys are those of Services. */
export function endpointSliceQueue(context: ControllerContext): WorkQueue {
  const { api } = context;
  const queue = context.queue('endpointslice', key => {
    const { namespace, name } = splitKey(key);
    const service = api.get<Service>('Service', namespace, name);
    if (service?.spec?.selector && !isTerminating(service)) reconcile(context, service);
  });
  context.watch(KIND, ({ object }) => {
    const { namespace, labels } = object.metadata;
    const service =
      labels?.['endpointslice.kubernetes.io/managed-by'] === MANAGED_BY ? labels[SERVICE_NAME] : undefined;
    if (service) queue.add(`${namespace ?? ''}/${service}`);
  });
  return queue;
}

function reconcile({ api }: ControllerContext, service: Service): void {
  const { namespace, name } = service.metadata;
  const pods = api
    .list<Pod>('Pod', namespace)
    .filter(pod => reaches(service, pod) && pod.status?.podIP && !isFinished(pod));
  const groups = groupByPorts(service, pods);
  const existing = api
    .list<EndpointSlice>(KIND, namespace)
    .filter(
      ({ metadata }) =>
        metadata.labels?.[SERVICE_NAME] === name &&
        metadata.labels['endpointslice.kubernetes.io/managed-by'] === MANAGED_BY,
    );

  const free = [...existing];
  for (const { ports, endpoints } of groups) {
    const index = Math.max(
      0,
      free.findIndex(slice => sameJson(slice.ports, ports)),
    );
    const slice = free.splice(index, 1)[0];
    const wanted = { ports, endpoints: inOrderOf(slice, endpoints) };
    if (!slice) api.create(newSlice(service, wanted, api.clock.now()), { manager: 'kube-controller-manager' });
    else if (!sameJson(slice.endpoints, wanted.endpoints) || !sameJson(slice.ports, ports))
      api.update({ ...slice, ...wanted }, { manager: 'kube-controller-manager' });
  }
  for (const { metadata } of free) api.delete(KIND, namespace, metadata.name, { propagation: 'Background' });
}

/** Slices of endpoints with the same ports; a Service without any keeps one empty slice. */
function groupByPorts(service: Service, pods: readonly Pod[]): { ports: EndpointPort[]; endpoints: Endpoint[] }[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    const ports = endpointPorts(service, pod);
    const key = canonicalJson(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpointOf(service, pod));
    groups.set(key, group);
  }
  const slices = [...groups.values()].flatMap(({ ports, endpoints }) =>
    Array.from({ length: Math.ceil(endpoints.length / SLICE_SIZE) }, (_, index) => ({
      ports,
      endpoints: endpoints.slice(index * SLICE_SIZE, (index + 1) * SLICE_SIZE),
    })),
  );
  return slices.length ? slices : [{ ports: [], endpoints: [] }];
}

/** A pod that terminates is never ready, but goes on serving for as long as its own readiness holds. */
function endpointOf({ metadata, spec }: Service, pod: Pod): Endpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: {
      ready: spec?.publishNotReadyAddresses === true || (serving && !terminating),
      serving,
      terminating,
    },
    ...(hostname && subdomain === metadata.name ? { hostname } : {}),
    targetRef: {
      kind: 'Pod',
      ...(pod.metadata.namespace ? { namespace: pod.metadata.namespace } : {}),
      name: pod.metadata.name,
      ...(pod.metadata.uid ? { uid: pod.metadata.uid } : {}),
    },
    ...(nodeName ? { nodeName } : {}),
  };
}

/** Endpoints keep their place in the slice; new ones come last. */
function inOrderOf(slice: EndpointSlice | undefined, endpoints: readonly Endpoint[]): Endpoint[] {
  const place = new Map((slice?.endpoints ?? []).map(({ targetRef }, index) => [targetRef.uid, index]));
  const at = ({ targetRef }: Endpoint): number => place.get(targetRef.uid) ?? Number.MAX_SAFE_INTEGER;
  return [...endpoints].sort((a, b) => at(a) - at(b));
}

function newSlice(
  service: Service,
  { ports, endpoints }: { ports: EndpointPort[]; endpoints: Endpoint[] },
  now: number,
): EndpointSlice {
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec?.clusterIP === 'None';
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${name}-`,
      ...(namespace ? { namespace } : {}),
      labels: {
        ...labels,
        [SERVICE_NAME]: name,
        'endpointslice.kubernetes.io/managed-by': MANAGED_BY,
        ...(headless ? { 'service.kubernetes.io/headless': '' } : {}),
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': timestamp(now) },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    endpoints,
    ports,
  };
}
