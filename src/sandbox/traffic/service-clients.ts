import { reaches, type Service } from '../controllers/endpoints/endpoint-ports.ts';
import { isReady, isTerminating, type Pod } from '../controllers/pods.ts';
import type { Api } from '../types.ts';
import type { Connections } from './connections.ts';
import type { Backend, DataPlane, NodeView } from './data-plane.ts';
import type { Pods } from './pods.ts';
import type { Requests } from './requests.ts';

export interface ServiceClients {
  /** One request to each Service. */
  tick(): void;
}

export interface ClientParts {
  api: Api;
  plane: DataPlane;
  pods: Pods;
  requests: Requests;
  connections: Connections;
  /** Share of the requests that go over connections which are kept. */
  keepAlive: number;
}

/**
 * Clients in the cluster that use Services by their names, whatever routes there are: those that are given, or all that are
 * listed now, each from when every node has heard of a ready endpoint.
 */
export function serviceClients(
  parts: ClientParts,
  targets: readonly string[],
  listed?: () => readonly string[],
): ServiceClients {
  const { api, plane, pods, requests, connections, keepAlive } = parts;
  const { length: nodes } = plane.nodes;
  const turns = new Map<string, number>();
  const begun = new Set<string>();
  let ticks = 0;
  let kept = 0;

  /** The next endpoint in turn of those that the node believes to be ready; without any, of those that still serve. */
  function choose(node: number, service: string): Backend | undefined {
    const all = (plane.nodes[node] as NodeView).backendsOf(service);
    const ready = all.filter(backend => backend.ready);
    const usable = ready.length > 0 ? ready : all.filter(({ serving, terminating }) => serving && terminating);
    const key = `${node} ${service}`;
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return usable[turn % usable.length];
  }

  function send(service: string, node: number, keeps: boolean): void {
    const key = `${node} ${service}`;
    const asked = { entry: service, service };
    requests.send(service);
    const open = keeps ? connections.find(key) : undefined;
    const backend = open ?? choose(node, service);
    if (!backend) {
      requests.lose(asked, noEndpoint(api, service));
      return;
    }
    const server = pods.serverOf(backend.namespace, backend.pod, backend.uid, backend.port);
    if (typeof server === 'string') {
      const stale = `node ${node + 1} of ${nodes} still sends to it for Service ${service}`;
      requests.lose(asked, `${server}; ${stale}`, `${backend.namespace}/${backend.pod}`);
      return;
    }
    if (keeps && !open) connections.keep(key, backend, server.run);
    const [namespace, name = ''] = service.split('/');
    const [port] = api.get<Service>('Service', namespace, name)?.spec?.ports ?? [];
    requests.hand(asked, server, { service, port: port?.port });
  }

  function isKnown(service: string): boolean {
    if (plane.nodes.every(node => node.backendsOf(service).some(({ ready }) => ready))) begun.add(service);
    return begun.has(service);
  }

  function asked(): readonly string[] {
    const all = listed?.();
    if (!all) return targets;
    // One that is made again is a new one.
    for (const service of begun) if (!all.includes(service)) begun.delete(service);
    return all.filter(isKnown);
  }

  return {
    tick() {
      for (const service of asked()) {
        kept += keepAlive;
        const keeps = kept >= 1;
        if (keeps) kept -= 1;
        send(service, ticks % nodes, keeps);
        ticks += 1;
      }
    },
  };
}

/** Services that clients use: with a selector, of pods that are ready. */
export function servicesOf(api: Api, namespace: string | undefined, exclude: readonly string[]): string[] {
  const patterns = exclude.map(
    name => new RegExp(`^${name.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`),
  );
  return api
    .list<Service>('Service', namespace)
    .filter(
      ({ spec, metadata }) =>
        spec?.selector !== undefined &&
        spec.type !== 'ExternalName' &&
        // Peers find each other by such Services before they are ready; nobody expects an answer of each.
        spec.publishNotReadyAddresses !== true &&
        !patterns.some(pattern => pattern.test(metadata.name)),
    )
    .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
}

/** Why a Service leads nowhere, by what is true now; `ready` is said of pods that are ready without the sender's knowledge. */
export function noEndpoint(api: Api, key: string, ready = 'is not ready'): string {
  const [namespace = '', name = ''] = key.split('/');
  const service = api.get<Service>('Service', namespace, name);
  if (!service) return `Service ${key} is gone`;
  const selector = Object.entries(service.spec?.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  const behind = api.list<Pod>('Pod', namespace).filter(pod => reaches(service, pod));
  const states = behind.map(pod => `${pod.metadata.name} ${stateText(pod, ready)}`);
  const why =
    behind.length === 0
      ? 'matches no pod'
      : `matches ${behind.length} pod${behind.length === 1 ? '' : 's'}, none known to be ready`;
  return `Service ${key} has no endpoint: its selector ${selector.join(',')} ${why}${states.length > 0 ? ` (${states.join(', ')})` : ''}`;
}

function stateText(pod: Pod, ready: string): string {
  if (isTerminating(pod)) return 'terminates';
  return isReady(pod) ? ready : 'is not ready';
}
