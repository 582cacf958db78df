import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import { type ControllerContext, keyOf, MANAGER, splitKey } from '../context.ts';
import { isFinished, isReady, isTerminating, type Pod } from '../pods.ts';
import { canonicalJson } from '../template-hash.ts';
import { timestamp } from '../timestamp.ts';
import type { WorkQueue } from '../work-queue.ts';
import { endpointPorts, reaches, type Service } from './endpoint-ports.ts';

interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef: { kind: 'Pod'; namespace?: string; name: string; uid?: string };
}
interface Port {
  name?: string;
  port: number | null;
  protocol: string;
  appProtocol?: string;
}
interface Subset {
  addresses?: Address[];
  notReadyAddresses?: Address[];
  ports?: Port[];
}
interface Endpoints extends KubeObject {
  subsets?: Subset[];
}

const MANAGED_BY = { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
const HEADLESS = { 'service.kubernetes.io/headless': '' };
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Endpoints, which clients from before EndpointSlices read (`kubectl describe` up to 1.29). Its keys are those of Services. */
export function endpointsQueue(context: ControllerContext): WorkQueue {
  const { api } = context;
  const queue = context.queue('endpoints', key => {
    const { namespace, name } = splitKey(key);
    const service = api.get<Service>('Service', namespace, name);
    if (!service) {
      if (api.get('Endpoints', namespace, name))
        api.delete('Endpoints', namespace, name, { propagation: 'Background' });
    } else if (service.spec?.selector && service.spec.type !== 'ExternalName' && !isTerminating(service)) {
      reconcile(context, service);
    }
  });
  context.watch('Endpoints', ({ type, object }) => {
    // Endpoints without a Service may be a person's own: only what a Service takes with it is deleted here.
    if (type === 'DELETED' || api.get('Service', object.metadata.namespace, object.metadata.name))
      queue.add(keyOf(object));
  });
  return queue;
}

function reconcile({ api }: ControllerContext, service: Service): void {
  const { namespace, name, labels } = service.metadata;
  const live = api.get<Endpoints>('Endpoints', namespace, name);
  const headless = service.spec?.clusterIP === 'None';
  const wanted = {
    labels: { ...labels, ...MANAGED_BY, ...(headless ? HEADLESS : {}) },
    subsets: subsetsOf(service, api.list<Pod>('Pod', namespace)),
  };
  if (live && sameJson(live.subsets ?? [], wanted.subsets) && sameJson(live.metadata.labels, wanted.labels)) return;
  const annotations = { ...live?.metadata.annotations, [LAST_CHANGE]: timestamp(api.clock.now()) };
  const metadata = { name, ...(namespace ? { namespace } : {}), ...live?.metadata, labels: wanted.labels, annotations };
  const subsets = wanted.subsets.length > 0 ? { subsets: wanted.subsets } : {};
  const endpoints: Endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, ...subsets };
  if (live) api.update(endpoints, MANAGER);
  else api.create(endpoints, MANAGER);
}

const byNumber = new Intl.Collator('en', { numeric: true });

/** Addresses with the same ports together, in the order of the addresses. Pods that terminate are left out, unless readiness does not count. */
function subsetsOf(service: Service, pods: readonly Pod[]): Subset[] {
  const { publishNotReadyAddresses: all = false, ports = [], clusterIP } = service.spec ?? {};
  const subsets = new Map<string, Subset>();
  const behind = pods
    .filter(pod => reaches(service, pod) && pod.status?.podIP && !isFinished(pod) && (all || !isTerminating(pod)))
    .sort((a, b) => byNumber.compare(a.status?.podIP ?? '', b.status?.podIP ?? ''));
  for (const pod of behind) {
    const own: Port[] = endpointPorts(service, pod).map(({ name, ...port }) => ({
      ...(name ? { name } : {}),
      ...port,
    }));
    const portless = ports.length === 0 && clusterIP === 'None';
    if (own.length === 0 && !portless) continue;
    const key = canonicalJson(own);
    const subset = subsets.get(key) ?? {};
    const list = all || isReady(pod) ? 'addresses' : 'notReadyAddresses';
    subset[list] = [...(subset[list] ?? []), addressOf(service, pod)];
    subsets.set(key, { ...subset, ...(portless ? {} : { ports: own }) });
  }
  return [...subsets].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, subset]) => subset);
}

function addressOf(service: Service, { metadata, spec, status }: Pod): Address {
  const { namespace, name, uid } = metadata;
  const { hostname, subdomain, nodeName } = spec ?? {};
  return {
    ip: status?.podIP ?? '',
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', ...(namespace ? { namespace } : {}), name, ...(uid ? { uid } : {}) },
  };
}
