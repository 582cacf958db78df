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

/**
 * The same Service with what the API server needs to be told: it takes no port for the one without a name, so that a first port
 * with a name must be named, and it speaks plain HTTP unless it is told otherwise.
 */
export async function serviceTarget(target: ProxyTarget, cluster: Cluster): Promise<ProxyTarget> {
  if (target.kind !== 'Service' || (target.port !== undefined && target.scheme !== undefined)) return target;
  const { namespace, name } = target;
  const ports = (await knownPortsOf(cluster, namespace, name)) ?? [];
  const asked = target.port;
  const port = asked === undefined ? ports[0] : ports.find(one => isPort(one, asked));
  // A Service that we may not read can be asked all the same.
  if (!port) return { ...target, scheme: target.scheme ?? schemeOf({ name: asked ?? '', number: Number(asked) }) };
  return { ...target, port: asked ?? port.name ?? String(port.number), scheme: target.scheme ?? schemeOf(port) };
}

/** Ports of Services by `namespace/name`, for as long as a view of the cluster is used: that of the checks of a hold. */
const KNOWN = new WeakMap<Cluster, Map<string, Promise<Port[] | undefined>>>();

/** Read once, and not again with each sample. */
function knownPortsOf(cluster: Cluster, namespace: string, name: string): Promise<Port[] | undefined> {
  const known = KNOWN.get(cluster) ?? new Map<string, Promise<Port[] | undefined>>();
  KNOWN.set(cluster, known);
  const key = `${namespace}/${name}`;
  const ports = known.get(key) ?? portsOf(cluster, namespace, name);
  known.set(key, ports);
  // What was not found or could not be read now may be later.
  const forget = (): void => void known.delete(key);
  ports.then(found => found ?? forget(), forget);
  return ports;
}

async function portsOf(cluster: Cluster, namespace: string, name: string): Promise<Port[] | undefined> {
  try {
    const service = await cluster.get<Service>({ apiVersion: 'v1', kind: 'Service', namespace, name });
    return service?.spec?.ports?.map(one => ({ ...(one.name ? { name: one.name } : {}), number: one.port }));
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
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
