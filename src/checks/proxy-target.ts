import type { Cluster, ProxyTarget } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import type { InCluster } from '../config/check-config.ts';
import type { Pod } from '../health/pod-view.ts';
import type { KubeObject } from '../kube.ts';

interface Port {
  name?: string;
  number: number;
}

type Service = KubeObject<{ ports?: { name?: string; port: number }[] }>;

/** Ports of Services by `namespace/name`, as one view of the cluster was told them; that of checks is another for each hold. */
const TOLD = new WeakMap<Cluster, Map<string, readonly Port[]>>();

/**
 * The same Service with what the API server needs to be told: it takes no port for the one without a name, so that a first port
 * with a name must be named, and it speaks plain HTTP unless it is told otherwise. The Service is read once, until `forgetPorts`.
 */
export async function serviceTarget(target: ProxyTarget, cluster: Cluster, signal: AbortSignal): Promise<ProxyTarget> {
  if (target.kind !== 'Service' || (target.port !== undefined && target.scheme !== undefined)) return target;
  const ports = TOLD.get(cluster)?.get(keyOf(target)) ?? (await portsOf(target, cluster, signal));
  const asked = target.port;
  const port = asked === undefined ? ports[0] : ports.find(one => isPort(one, asked));
  // A Service that we may not read can be asked all the same.
  if (!port) return { ...target, scheme: target.scheme ?? schemeOf({ name: asked ?? '', number: Number(asked) }) };
  return { ...target, port: asked ?? port.name ?? String(port.number), scheme: target.scheme ?? schemeOf(port) };
}

/** For a request that failed: the Service may have other ports by now. */
export function forgetPorts(target: ProxyTarget, cluster: Cluster): void {
  TOLD.get(cluster)?.delete(keyOf(target));
}

async function portsOf(
  target: ProxyTarget,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<readonly Port[]> {
  const { namespace, name } = target;
  const reader = signal ? cluster.bound(signal) : cluster;
  try {
    const service = await reader.get<Service>({ apiVersion: 'v1', kind: 'Service', namespace, name });
    const ports = service?.spec?.ports?.map(one => ({ ...(one.name ? { name: one.name } : {}), number: one.port }));
    // One that is not there may come.
    if (ports) TOLD.set(cluster, (TOLD.get(cluster) ?? new Map()).set(keyOf(target), ports));
    return ports ?? [];
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

function keyOf({ namespace, name }: ProxyTarget): string {
  return `${namespace}/${name}`;
}

/** A pod as the API server's proxy takes it, which knows its ports by number alone; undefined where it has no port of the name. */
export function podTarget(pod: Pod, { port, scheme }: Pick<InCluster, 'port' | 'scheme'>): ProxyTarget | undefined {
  const ports = (pod.spec?.containers ?? []).flatMap(container =>
    ((container as Container).ports ?? []).map(one => ({
      ...(one.name ? { name: one.name } : {}),
      number: one.containerPort,
    })),
  );
  const isNumber = port !== undefined && /^\d+$/.test(port);
  const found = port === undefined ? ports[0] : ports.find(one => isPort(one, port));
  if (port !== undefined && !isNumber && !found) return undefined;
  const chosen = found ?? (isNumber ? { number: Number(port) } : undefined);
  return {
    kind: 'Pod',
    namespace: pod.metadata.namespace ?? '',
    name: pod.metadata.name,
    port: chosen && String(chosen.number),
    scheme: scheme ?? (chosen && schemeOf(chosen)),
  };
}

interface Container {
  ports?: { name?: string; containerPort: number }[];
}

function isPort({ name, number }: Port, asked: string): boolean {
  return name === asked || String(number) === asked;
}

/** Undefined: http, which needs not be said. */
function schemeOf({ name, number }: Port): 'https' | undefined {
  return name === 'https' || number === 443 ? 'https' : undefined;
}
