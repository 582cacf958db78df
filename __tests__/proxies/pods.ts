import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pod } from '../../src/sandbox/controllers/pods.ts';
import type { Api } from '../../src/sandbox/types.ts';

/** Nobody listens there: who sends a request to a pod that does not run has its connection refused. */
const CLOSED_PORT = 1;
/** From a request to its answer, so that there are always some in flight. */
const LATENCY_MS = 10;

/** What a pod answers. */
export interface Answer {
  pod: string;
  /** Absent on pods that no release has labelled. */
  track?: string;
  image?: string;
}

export interface PodServers {
  /** The port on loopback on which the pod answers, or did when it ran. */
  portOf(uid: string): number;
  /** Called when a pod begins to listen. */
  onListening(call: () => void): void;
  stop(): void;
}

interface Running {
  server: Server;
  pod: Pod;
}

/**
 * A real HTTP server for each pod of the sandbox whose first container runs. A pod that is told to end goes on serving for
 * as long as it terminates, as a server does behind a preStop sleep; then it takes no further connection, closes those
 * that are idle, and finishes what was asked. One whose container crashes is gone at once.
 */
export function servePods(api: Api): PodServers {
  const running = new Map<string, Running>();
  const ports = new Map<string, number>();
  const listeners = new Set<() => void>();

  function start(pod: Pod, uid: string): void {
    const state: Running = { pod, server: createServer() };
    const { server } = state;
    // Longer than the proxies keep theirs, as every guide to load balancers says: the client closes first.
    server.keepAliveTimeout = 120_000;
    server.on('request', (_request, response) => {
      const { metadata, spec } = state.pod;
      const track = metadata.labels?.['sluice.dev/track'];
      const image = spec?.containers[0]?.image;
      const answer: Answer = { pod: metadata.name, ...(track ? { track } : {}), ...(image ? { image } : {}) };
      setTimeout(() => {
        if (!server.listening) response.setHeader('connection', 'close');
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(answer));
      }, LATENCY_MS);
    });
    server.listen(0, '127.0.0.1', () => {
      ports.set(uid, (server.address() as AddressInfo).port);
      for (const call of listeners) call();
    });
    running.set(uid, state);
  }

  function end(uid: string, how: 'graceful' | 'crash'): void {
    const state = running.get(uid);
    if (!state) return;
    running.delete(uid);
    // Closes what is idle, too.
    state.server.close();
    if (how === 'crash') state.server.closeAllConnections();
  }

  function see(pod: Pod): void {
    const { uid = '' } = pod.metadata;
    const isRunning = pod.status?.containerStatuses?.[0]?.state.running !== undefined;
    const state = running.get(uid);
    if (!isRunning) end(uid, 'crash');
    else if (state) state.pod = pod;
    else start(pod, uid);
  }

  for (const pod of api.list<Pod>('Pod')) see(pod);
  const unsubscribe = api.subscribe((resource, { type, object }) => {
    if (resource.kind !== 'Pod' || resource.crd) return;
    if (type === 'DELETED') end(object.metadata.uid ?? '', 'graceful');
    else see(object as Pod);
  });

  return {
    portOf: uid => ports.get(uid) ?? CLOSED_PORT,
    onListening: call => listeners.add(call),
    stop: () => {
      unsubscribe();
      for (const uid of [...running.keys()]) end(uid, 'crash');
    },
  };
}
