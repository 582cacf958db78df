import type { KubeObject } from '../../../kube.ts';
import { keyOf } from '../../controllers/context.ts';
import type { Service } from '../../controllers/endpoints/endpoint-ports.ts';
import type { GroupKind } from '../../types.ts';
import type { Backend, NodeView } from '../data-plane.ts';
import { type ClientParts, noEndpoint } from '../service-clients.ts';
import type { Address, Destination, Headers, Outcome, RouteTable, Share } from './route-table.ts';
import { TABLES } from './tables.ts';
import { createWheel, type Wheel } from './wheel.ts';

export interface RouteClientOptions {
  namespace: string | undefined;
  /** What chosen users send. */
  headers: Headers;
  /** Of so many requests one is theirs. */
  headersEvery: number;
}

export interface RouteClients {
  /** One request by each route. */
  tick(): void;
}

/** Clients with the same headers, and what they have asked so far. */
interface Lane {
  /** Under which their requests are counted. */
  entry: string;
  headers: Headers;
  /** Places at which they ask, with the number of requests to each. */
  places: Map<string, { address: Address; asked: number }>;
  turn: number;
}

interface Route {
  /** `HTTPRoute namespace/name`. */
  key: string;
  kind: GroupKind;
  name: string;
  table: RouteTable;
  /** The state from which clients learned where to ask. */
  seen?: KubeObject;
  plain: Lane;
  matched: Lane;
  requests: number;
  kept: number;
}

/** One request on its way to a backend. */
interface Way {
  route: Route;
  lane: Lane;
  node: number;
  address: Address;
  /** Object, rule and backend, for whoever reads why it was lost. */
  text: string;
}

/** Clients that come in by routes, through proxies which know of routes and endpoints what their node knows. */
export function routeClients(parts: ClientParts, options: RouteClientOptions): RouteClients {
  const { api, plane, pods, requests, connections, keepAlive } = parts;
  const { length: nodes } = plane.nodes;
  const headers = Object.fromEntries(Object.entries(options.headers).map(([name, is]) => [name.toLowerCase(), is]));
  const hasHeaders = Object.keys(headers).length > 0;
  const routes = new Map<string, Route>();
  const wheels = new Map<string, Wheel>();
  const turns = new Map<string, number>();

  /** Users hear of a route, and of where it answers, when the last proxy does; they go on asking there whatever becomes of it. */
  function discover(): void {
    const last = plane.nodes[nodes - 1] as NodeView;
    for (const table of TABLES)
      for (const kind of table.kinds)
        for (const object of last.all(kind)) {
          if (!table.isEntry(object) || (options.namespace ?? object.metadata.namespace) !== object.metadata.namespace)
            continue;
          const key = `${object.kind} ${keyOf(object)}`;
          const route = routes.get(key) ?? newRoute(key, kind, keyOf(object), table, headers);
          routes.set(key, route);
          if (route.seen === object) continue;
          route.seen = object;
          for (const lane of [route.plain, route.matched])
            for (const address of table.addresses(object, lane.headers)) {
              const place = JSON.stringify(address);
              if (!lane.places.has(place)) lane.places.set(place, { address, asked: 0 });
            }
        }
  }

  function send(route: Route): void {
    route.requests += 1;
    const lane = hasHeaders && route.requests % options.headersEvery === 0 ? route.matched : route.plain;
    const places = [...lane.places.values()];
    const place = places[lane.turn % places.length];
    if (!place) return;
    lane.turn += 1;
    const node = place.asked % nodes;
    place.asked += 1;
    requests.send(lane.entry);
    follow({ route, lane, node, address: place.address, text: route.key });
  }

  function follow(way: Way): void {
    const { route, lane, node, address } = way;
    const view = plane.nodes[node] as NodeView;
    const object = view.find(route.kind, route.name);
    if (!object || !route.table.isEntry(object)) {
      lose(way, '', `${route.key} is gone`);
      return;
    }
    const { rule, shares } = route.table.decide(view, object, { ...address, headers: lane.headers });
    const ruled = { ...way, text: `${route.key}, ${rule}` };
    const total = shares.reduce((sum, { weight }) => sum + weight, 0);
    if (total === 0) {
      lose(ruled, '', `the weights of its backends are all 0, so that a proxy answers 500`);
      return;
    }
    const wheel = wheelOf(`${node} ${lane.entry} ${JSON.stringify(address)} ${rule}`, node / nodes);
    const share = shares[wheel.next(shares.map(({ weight }) => weight))] as Share;
    const part = total === share.weight ? '' : ` (weight ${share.weight} of ${total})`;
    arrive(ruled, share.to, part);
  }

  function arrive(way: Way, to: Outcome, part: string): void {
    if (to === 'elsewhere') requests.answer(way.lane.entry);
    else if ('lost' in to) lose({ ...way, text: `${way.text}${part}` }, '', to.lost);
    else ask({ ...way, text: `${way.text}, backend Service ${to.service}${part}` }, to);
  }

  function ask(way: Way, to: Destination): void {
    const { service } = to;
    const [namespace = '', name = ''] = service.split('/');
    const live = api.get<Service>('Service', namespace, name);
    if (live?.spec?.type === 'ExternalName') {
      requests.answer(way.lane.entry);
      return;
    }
    const port = live?.spec?.ports?.find(one => to.port === undefined || [one.port, one.name].includes(to.port));
    if (live && to.port !== undefined && !port) {
      lose(way, service, `Service ${service} has no port ${to.port}`);
      return;
    }
    const subset = Object.entries(to.labels ?? {});
    const all = (plane.nodes[way.node] as NodeView)
      .backendsOf(service)
      .filter(({ uid }) => subset.every(([label, value]) => pods.labelsOf(uid)[label] === value));
    const own = `${way.node} ${way.route.key} ${service} ${JSON.stringify(subset)}`;
    way.route.kept += keepAlive;
    const keeps = way.route.kept >= 1;
    if (keeps) way.route.kept -= 1;
    const kept = keeps ? connections.find(own) : undefined;
    const open = all.some(({ uid }) => uid === kept?.uid) ? kept : undefined;
    const backend = open ?? choose(own, all);
    if (!backend) {
      lose(way, service, noReady(way, service, subset));
      return;
    }
    const number = backend.ports[port?.name ?? ''] ?? backend.port;
    const server = pods.serverOf(backend.namespace, backend.pod, backend.uid, number);
    if (typeof server === 'string') {
      lose(way, service, `${server}, and is still sent to`, `${backend.namespace}/${backend.pod}`);
      return;
    }
    if (keeps && !open) connections.keep(own, { ...backend, port: number }, server.run);
    const { path, protocol } = way.address;
    const counted = { service, port: port?.port, route: way.route.key, path, insteadOf: to.insteadOf };
    requests.hand(
      { entry: way.lane.entry, service, route: way.route.key },
      server,
      protocol === 'http' ? counted : undefined,
    );
  }

  /** The next in turn. Unlike kube-proxy, proxies leave out endpoints that terminate even where there are no others. */
  function choose(key: string, all: readonly Backend[]): Backend | undefined {
    const ready = all.filter(backend => backend.ready);
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    return ready[turn % ready.length];
  }

  function noReady({ node }: Way, service: string, subset: readonly (readonly [string, string])[]): string {
    const wanted = subset.map(([label, value]) => `${label}=${value}`).join(',');
    const why = noEndpoint(api, service, `is ready, of which proxy ${node + 1} has not heard`);
    const others = subset.length > 0 && (plane.nodes[node] as NodeView).backendsOf(service).some(one => one.ready);
    return others ? `no ready pod of Service ${service} has the labels of the subset, ${wanted}` : why;
  }

  function lose({ route, lane, node, text }: Way, service: string, reason: string, pod?: string): void {
    const isOld = plane.nodes[node]?.isBehind(route.kind, route.name);
    const stale = isOld ? ', which does not know of the newest write to the route' : '';
    const why = `${text}: ${reason}; by proxy ${node + 1} of ${nodes}${stale}`;
    requests.lose({ entry: lane.entry, service, route: route.key }, why, pod);
  }

  function wheelOf(key: string, phase: number): Wheel {
    const wheel = wheels.get(key) ?? createWheel(phase);
    wheels.set(key, wheel);
    return wheel;
  }

  return {
    tick() {
      discover();
      for (const route of routes.values()) send(route);
    },
  };
}

function newRoute(key: string, kind: GroupKind, name: string, table: RouteTable, headers: Headers): Route {
  const lane = (entry: string, carried: Headers): Lane => ({ entry, headers: carried, places: new Map(), turn: 0 });
  const [plain, matched] = [lane(key, {}), lane(`${key} matched`, headers)];
  return { key, kind, name, table, plain, matched, requests: 0, kept: 0 };
}
