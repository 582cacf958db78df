import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { delimiter, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Target } from './target.ts';

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string } }[];
  clusters?: { name: string; cluster: { server: string; 'tls-server-name'?: string; 'proxy-url'?: string } }[];
}

/** The cluster of a kubeconfig, reached through a forwarder in this process that counts connections. */
export async function openOwnTarget(folder: string, source: string): Promise<Target> {
  if (source.includes(delimiter)) throw new Error('KUBECONFIG names several files: make one of them for a benchmark.');
  const config = parse(await readFile(source, 'utf8')) as Kubeconfig;
  const context = config.contexts?.find(({ name }) => name === config['current-context']);
  const entry = config.clusters?.find(({ name }) => name === context?.context.cluster);
  if (!entry) throw new Error(`${source}: its current context names no cluster.`);
  if (entry.cluster['proxy-url']) throw new Error(`${source}: a cluster behind a proxy cannot be measured.`);
  const server = new URL(entry.cluster.server);
  const secure = server.protocol === 'https:';
  const forwarder = await openForwarder(
    server.hostname.replace(/^\[|\]$/g, ''),
    Number(server.port) || (secure ? 443 : 80),
  );
  const name = entry.cluster['tls-server-name'] ?? server.hostname;
  server.hostname = '127.0.0.1';
  server.port = String(forwarder.port);
  // The certificate is still that of the server, and so is the name that it is asked for.
  entry.cluster = { ...entry.cluster, server: server.href, ...(secure ? { 'tls-server-name': name } : {}) };
  const kubeconfig = join(folder, 'own.kubeconfig');
  await writeFile(kubeconfig, stringify(config), { mode: 0o600 });
  return {
    name: 'the cluster of KUBECONFIG',
    kubeconfig,
    reset: async () => forwarder.reset(),
    counted: async () => ({ connections: forwarder.connections() }),
    close: () => forwarder.close(),
  };
}

interface Forwarder {
  port: number;
  connections(): number;
  reset(): void;
  close(): Promise<void>;
}

async function openForwarder(host: string, port: number): Promise<Forwarder> {
  let connections = 0;
  const open = new Set<Socket>();
  const listener = createServer(near => {
    connections += 1;
    const far = connect({ host, port, noDelay: true });
    near.setNoDelay(true);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      // An error of one side is told by cutting the other; the contender reports it.
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (listener.address() as AddressInfo).port,
    connections: () => connections,
    reset: () => {
      connections = 0;
    },
    close: () =>
      new Promise(resolve => {
        listener.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
