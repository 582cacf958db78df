import type { MetricsBook } from '../metrics/book.ts';
import { seeded } from '../seeded.ts';
import type { Api } from '../types.ts';
import { keepConnections } from './connections.ts';
import type { ServiceCounts } from './counts.ts';
import { openDataPlane } from './data-plane.ts';
import { watchPods } from './pods.ts';
import { type Loss, trackRequests } from './requests.ts';
import { routeClients } from './routes/route-clients.ts';
import { isRead, ROUTE_KINDS } from './routes/tables.ts';
import { serviceClients, servicesOf } from './service-clients.ts';

export type { Loss } from './requests.ts';

export interface TrafficOptions {
  /** Only Services and routes of this namespace. */
  namespace?: string;
  /** Names, of which `*` stands for any part, of Services that get no requests but by routes: `*-canary`. */
  exclude?: readonly string[];
  /** Between two requests to one Service or route, on average; 100 where absent. */
  intervalMs?: number;
  /** From a request to its answer, unless the pod's `latency` annotation says otherwise; 100 where absent. */
  durationMs?: number;
  /** What a node takes at most to learn of a change of endpoints or routes; 200 where absent. */
  propagationMs?: number;
  /** Share of the requests that go over connections which are kept; a quarter where absent. */
  keepAlive?: number;
  /** Age at which a client or proxy gives up a connection that it kept; 10 s where absent. */
  connectionMs?: number;
  /** What chosen users send to routes, a `cookie` among them; nobody does where absent. */
  headers?: Readonly<Record<string, string>>;
  /** Of so many requests to a route one carries these headers; 10 where absent. */
  headersEvery?: number;
  /** Where answers are counted for metrics: the sandbox's own, or nowhere. */
  metrics?: MetricsBook;
  /** Also to Services that come later, and to each only from when it has a ready endpoint until it is deleted. */
  newServices?: boolean;
  random?: () => number;
}

export interface Traffic {
  readonly losses: readonly Loss[];
  /**
   * So far, of one key or of all: a Service (`namespace/name`), a route (`HTTPRoute namespace/name`) but for its requests with
   * the headers, or those alone (`HTTPRoute namespace/name matched`). A copy.
   */
  counts(key?: string): ServiceCounts;
  stop(): void;
}

const NODES = 3;

/** Requests at a steady rate to the Services that exist now (unless more are wanted) and to all routes, routed by what each node knows and answered by what is. */
export function startTraffic(api: Api, options: TrafficOptions = {}): Traffic {
  const { intervalMs = 100, durationMs = 100, propagationMs = 200, keepAlive = 0.25, connectionMs = 10_000 } = options;
  const { random = seeded(1), namespace, exclude = [], headers = {}, headersEvery = 10, metrics } = options;
  const pods = watchPods(api);
  const plane = openDataPlane(api, {
    nodes: NODES,
    propagationMs,
    random,
    kinds: ROUTE_KINDS,
    reads: isRead,
  });
  const requests = trackRequests(api, pods, { durationMs, random, metrics });
  const stopFeeding = metrics?.feed(requests.settle);
  const connections = keepConnections(api, pods, connectionMs);
  const parts = { api, plane, pods, requests, connections, keepAlive };
  const list = (): string[] => servicesOf(api, namespace, exclude);
  const targets = list();
  const services = serviceClients(parts, targets, options.newServices ? list : undefined);
  const routes = routeClients(parts, { namespace, headers, headersEvery });

  function tick(): void {
    requests.settle();
    services.tick();
    routes.tick();
    next();
  }

  let cancel: (() => void) | undefined;
  /** Not in step with anything else that happens at round times. */
  function next(): void {
    cancel = api.clock.after(Math.round(intervalMs * (0.5 + random())), tick);
  }
  /** Without anything to send to, time passes unseen. */
  function begin(): void {
    if (!cancel) next();
  }
  if (targets.length > 0 || options.newServices) begin();
  plane.onRoute(begin);

  return {
    losses: requests.losses,
    counts: key => requests.counts(key),
    stop: () => {
      cancel?.();
      stopFeeding?.();
      plane.stop();
      pods.stop();
    },
  };
}
