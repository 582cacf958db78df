import { reaches, type Service } from '../controllers/endpoints/endpoint-ports.ts';
import { isTerminating, type Pod } from '../controllers/pods.ts';
import { serviceOf } from '../kubelet/pod-http.ts';
import { seeded } from '../seeded.ts';
import type { Api } from '../types.ts';
import { countAnswer, emptyCounts, type ServiceCounts, sumOf } from './counts.ts';
import { type Backend, type NodeView, openDataPlane } from './data-plane.ts';
import { type Server, watchPods } from './pods.ts';

export interface TrafficOptions {
  /** Only Services of this namespace. */
  namespace?: string;
  /** Names, of which `*` stands for any part, of Services that get no requests: `*-canary`. */
  exclude?: readonly string[];
  /** Between two requests to one Service, on average; 100 where absent. */
  intervalMs?: number;
  /** From a request to its answer, unless the pod's `latency` annotation says otherwise; 100 where absent. */
  durationMs?: number;
  /** What a node takes at most to learn of a change of endpoints; 200 where absent. */
  propagationMs?: number;
  /** Share of the requests that go over connections which are kept; a quarter where absent. */
  keepAlive?: number;
  /** Age at which a client gives up a connection that it kept; 10 s where absent. */
  connectionMs?: number;
  random?: () => number;
}

/** A request that got no answer. */
export interface Loss {
  /** Milliseconds of the clock: when it was sent, and when it was lost. */
  sentAt: number;
  at: number;
  /** `namespace/name`. */
  service: string;
  pod?: string;
  /** Object and state. */
  why: string;
}

export interface Traffic {
  readonly losses: readonly Loss[];
  /** So far, of one Service (`namespace/name`) or of all. A copy. */
  counts(service?: string): ServiceCounts;
  stop(): void;
}

const NODES = 3;
const TRACK = 'sluice.dev/track';

interface Flight {
  service: string;
  server: Server;
  sentAt: number;
  endsAt: number;
  isError: boolean;
}

interface Connection {
  backend: Backend;
  run: string;
  since: number;
}

/** Requests at a steady rate to the Services that exist now, routed by what each node knows and answered by what is. */
export function startTraffic(api: Api, options: TrafficOptions = {}): Traffic {
  const { intervalMs = 100, durationMs = 100, propagationMs = 200, keepAlive = 0.25, connectionMs = 10_000 } = options;
  const { random = seeded(1) } = options;
  const { clock } = api;
  const pods = watchPods(api);
  const plane = openDataPlane(api, NODES, propagationMs, random);
  const targets = servicesOf(api, options);
  const counts = new Map(targets.map(service => [service, emptyCounts()]));
  const losses: Loss[] = [];
  const flights = new Map<string, Flight[]>();
  const connections = new Map<string, Connection>();
  const turns = new Map<string, number>();
  let ticks = 0;
  let kept = 0;

  const countsOf = (service: string): ServiceCounts => counts.get(service) ?? emptyCounts();

  function lose(loss: Omit<Loss, 'at'>): void {
    countsOf(loss.service).lost += 1;
    losses.push({ ...loss, at: clock.now() });
  }

  /** What was answered by now, in the order of sending. */
  function land(uid: string): Flight[] {
    const all = flights.get(uid) ?? [];
    const left = all.filter(flight => {
      if (flight.endsAt > clock.now()) return true;
      const { pod, container } = flight.server;
      countAnswer(countsOf(flight.service), pod.metadata.labels?.[TRACK] ?? '', container.image, flight.isError);
      return false;
    });
    if (left.length > 0) flights.set(uid, left);
    else flights.delete(uid);
    return left;
  }

  pods.onChange(uid => {
    if (!flights.has(uid)) return;
    const left = land(uid).filter(flight => {
      const end = pods.endOf(flight.server);
      const { service, sentAt, server } = flight;
      if (end)
        lose({
          service,
          sentAt,
          pod: podText(server.pod),
          why: `${end} ${clock.now() - sentAt} ms after it was asked`,
        });
      return !end;
    });
    if (left.length > 0) flights.set(uid, left);
    else flights.delete(uid);
  });

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

  /** The pod of the kept connection, as long as both sides keep it. A server that is told to end closes its connections. */
  function connected(key: string): Backend | undefined {
    const connection = connections.get(key);
    if (!connection || clock.now() - connection.since >= connectionMs) return undefined;
    const { namespace, pod, uid, port } = connection.backend;
    const server = pods.serverOf(namespace, pod, uid, port);
    const isOpen = typeof server !== 'string' && server.run === connection.run && !isTerminating(server.pod);
    return isOpen ? connection.backend : undefined;
  }

  function send(service: string, node: number, keeps: boolean): void {
    const key = `${node} ${service}`;
    const now = clock.now();
    countsOf(service).sent += 1;
    const open = keeps ? connected(key) : undefined;
    const backend = open ?? choose(node, service);
    if (!backend) {
      lose({ service, sentAt: now, why: noEndpoint(api, service) });
      return;
    }
    const server = pods.serverOf(backend.namespace, backend.pod, backend.uid, backend.port);
    if (typeof server === 'string') {
      const stale = `node ${node + 1} of ${NODES} still sends to it for Service ${service}`;
      lose({ service, sentAt: now, pod: `${backend.namespace}/${backend.pod}`, why: `${server}; ${stale}` });
      return;
    }
    if (keeps && !open) connections.set(key, { backend, run: server.run, since: now });
    const { errorRate, latency } = serviceOf(server.pod, now);
    const flight = {
      service,
      server,
      sentAt: now,
      endsAt: now + (latency || durationMs),
      isError: random() < errorRate,
    };
    flights.set(backend.uid, [...(flights.get(backend.uid) ?? []), flight]);
  }

  function tick(): void {
    for (const uid of [...flights.keys()]) land(uid);
    for (const service of targets) {
      kept += keepAlive;
      const keeps = kept >= 1;
      if (keeps) kept -= 1;
      send(service, ticks % NODES, keeps);
      ticks += 1;
    }
    next();
  }

  let cancel = (): void => undefined;
  /** Not in step with anything else that happens at round times. */
  function next(): void {
    cancel = clock.after(Math.round(intervalMs * (0.5 + random())), tick);
  }
  if (targets.length > 0) next();

  return {
    losses,
    counts: service => {
      for (const uid of [...flights.keys()]) land(uid);
      return structuredClone(service === undefined ? sumOf(counts.values()) : countsOf(service));
    },
    stop: () => {
      cancel();
      plane.stop();
      pods.stop();
    },
  };
}

function podText({ metadata }: Pod): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Services that clients use: with a selector, of pods that are ready. */
function servicesOf(api: Api, { namespace, exclude = [] }: TrafficOptions): string[] {
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

function noEndpoint(api: Api, key: string): string {
  const [namespace = '', name = ''] = key.split('/');
  const service = api.get<Service>('Service', namespace, name);
  if (!service) return `Service ${key} is gone`;
  const selector = Object.entries(service.spec?.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  const behind = api.list<Pod>('Pod', namespace).filter(pod => reaches(service, pod));
  const states = behind.map(pod => `${pod.metadata.name} ${isTerminating(pod) ? 'terminates' : 'is not ready'}`);
  const why =
    behind.length === 0
      ? 'matches no pod'
      : `matches ${behind.length} pod${behind.length === 1 ? '' : 's'}, none known to be ready`;
  return `Service ${key} has no endpoint: its selector ${selector.join(',')} ${why}${states.length > 0 ? ` (${states.join(', ')})` : ''}`;
}
