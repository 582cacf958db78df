import { isTerminating } from '../controllers/pods.ts';
import type { Api } from '../types.ts';
import type { Backend } from './data-plane.ts';
import type { Pods } from './pods.ts';

/** Connections that those who send requests keep, one for each key. */
export interface Connections {
  /** The pod of the kept connection, as long as both sides keep it. */
  find(key: string): Backend | undefined;
  keep(key: string, backend: Backend, run: string): void;
}

interface Connection {
  backend: Backend;
  run: string;
  since: number;
}

export function keepConnections({ clock }: Api, pods: Pods, connectionMs: number): Connections {
  const connections = new Map<string, Connection>();
  return {
    find(key) {
      const connection = connections.get(key);
      if (!connection || clock.now() - connection.since >= connectionMs) return undefined;
      const { namespace, pod, uid, port } = connection.backend;
      const server = pods.serverOf(namespace, pod, uid, port);
      // A server that is told to end closes its connections.
      const isOpen = typeof server !== 'string' && server.run === connection.run && !isTerminating(server.pod);
      return isOpen ? connection.backend : undefined;
    },
    keep: (key, backend, run) => {
      connections.set(key, { backend, run, since: clock.now() });
    },
  };
}
