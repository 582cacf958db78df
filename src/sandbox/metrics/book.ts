import type { KubeObject } from '../../kube.ts';
import { isFinished, type Pod } from '../controllers/pods.ts';
import { seeded } from '../seeded.ts';
import { runOf, type Server } from '../traffic/pods.ts';
import type { Api, GroupKind } from '../types.ts';
import { countLatency, newTally, type Tally } from './buckets.ts';

/** How an HTTP request came to its Service. */
export interface Way {
  /** `namespace/name` of the Service that it was sent to; of a route, the one that the route chose. */
  service: string;
  /** Of the Service. */
  port: number | undefined;
  /** `HTTPRoute namespace/name`; absent for clients that use the Service by its name. */
  route?: string | undefined;
  /** That the route has for such requests. */
  path?: string | undefined;
  /** `namespace/name` of the Service whose place the chosen one took, where that is a canary of it. */
  insteadOf?: string | undefined;
}

export interface Answered {
  server: Server;
  way: Way;
  isError: boolean;
  /** As the pod is simulated; what is counted lies around it. */
  latencyMs: number;
}

export interface PodCount {
  pod: Pod;
  container: string;
  way: Way;
  isError: boolean;
  tally: Tally;
}

export interface RouteCount {
  way: Way;
  isError: boolean;
  tally: Tally;
}

export interface Counts {
  /** As the processes that run now have counted since they began. */
  ofRuns: readonly PodCount[];
  /** As proxies beside them have, which live as long as the pods. */
  ofPods: readonly PodCount[];
  /** As proxies before them have, which outlive them, for each Service as long as there is one. */
  ofServices: readonly RouteCount[];
  /** As a proxy has for each Ingress as long as there is one, whatever becomes of its Services. */
  ofIngresses: readonly RouteCount[];
}

/** What programs would have counted of the requests that were answered. */
export interface MetricsBook {
  record(answered: Answered): void;
  /** Names who hands in, when asked, what was answered by now; what it returns ends that. */
  feed(settle: () => void): () => void;
  counts(): Counts;
}

interface KnownRun extends PodCount {
  server: Server;
}

interface KnownRoute extends RouteCount {
  kind: GroupKind;
  object: KubeObject;
}

const INGRESS = 'Ingress ';

/** Of the logarithm of latencies: 99 of 100 are below 1.8 times the median, as in a service that is well. */
const SPREAD = 0.25;

export function openMetricsBook(api: Api): MetricsBook {
  const runs = new Map<string, KnownRun>();
  const routes = new Map<string, KnownRoute>();
  const feeders = new Set<() => void>();
  // Of its own, so that what is counted changes nothing of what happens.
  const random = seeded(11);

  /** The object as it is now; undefined where it is gone, whoever has its name. */
  function liveOf<T extends KubeObject>(kind: GroupKind, { metadata }: T): T | undefined {
    const live = api.get<T>(kind, metadata.namespace, metadata.name);
    return live?.metadata.uid === metadata.uid ? live : undefined;
  }

  function livePods(): [KnownRun, Pod][] {
    return [...runs].flatMap(([key, run]) => {
      const pod = liveOf('Pod', run.pod);
      if (pod && !isFinished(pod)) return [[run, pod]];
      runs.delete(key);
      return [];
    });
  }

  /** Counts what was sent by an object under that object. */
  function countRoute(kind: GroupKind, name: string, answered: Answered, recorded: number): void {
    const object = api.get(kind, ...keyParts(name));
    if (!object) return;
    const { way, isError } = answered;
    const { service, port, route = '', path = '', insteadOf = '' } = way;
    const key = [object.metadata.uid, service, port, route, path, insteadOf, isError].join(' ');
    const known = routes.get(key) ?? { kind, object, way, isError, tally: newTally() };
    routes.set(key, known);
    countLatency(known.tally, recorded);
  }

  function liveRoutes(): KnownRoute[] {
    for (const [key, { kind, object }] of routes) if (!liveOf(kind, object)) routes.delete(key);
    return [...routes.values()];
  }

  return {
    record(answered) {
      const { server, way, isError, latencyMs } = answered;
      const recorded = latencyMs * Math.exp(SPREAD * normal(random));
      const key = [server.run, way.service, way.port, isError].join(' ');
      const { pod, container } = server;
      const run = runs.get(key) ?? { server, pod, container: container.name, way, isError, tally: newTally() };
      runs.set(key, run);
      countLatency(run.tally, recorded);
      countRoute('Service', way.service, answered, recorded);
      if (way.route?.startsWith(INGRESS))
        countRoute('networking.k8s.io/Ingress', way.route.slice(INGRESS.length), answered, recorded);
    },
    feed(settle) {
      feeders.add(settle);
      return () => feeders.delete(settle);
    },
    counts() {
      for (const settle of feeders) settle();
      const live = livePods();
      const runsNow = live.filter(([{ server, container }, pod]) => {
        const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
        return status?.state.running && runOf(pod, status) === server.run;
      });
      const known = liveRoutes();
      return {
        ofRuns: runsNow.map(([run]) => run),
        ofPods: live.map(([run]) => run),
        ofServices: known.filter(({ kind }) => kind === 'Service'),
        ofIngresses: known.filter(({ kind }) => kind !== 'Service'),
      };
    },
  };
}

function keyParts(key: string): [string, string] {
  const [namespace = '', name = ''] = key.split('/');
  return [namespace, name];
}

/** A number of the standard normal distribution, by Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
