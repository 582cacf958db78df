import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Api } from '../../src/sandbox/types.ts';
import { readyEndpoints } from './endpoints.ts';
import type { PodServers } from './pods.ts';
import type { ReadRoutes, Route, View } from './routes.ts';

/** Milliseconds in which changes are gathered before the proxy is told of them. */
const DEBOUNCE_MS = 50;

export interface Place {
  /** Of its own, for sockets and files. */
  folder: string;
  /** On loopback, for clients. */
  port: number;
}

/** Every Service of the namespace by its name, with the ports of its ready endpoints. */
export type Services = Readonly<Record<string, readonly number[]>>;

/** A proxy that serves. */
export interface Proxy {
  /** Lines of its log that tell of requests which met trouble. */
  troubles(): string[];
  /** Until it serves by the file as it is now, and by nothing older. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** A kind of proxy, and how it is fed. */
export interface Program {
  name: string;
  configuration(routes: readonly Route[], services: Services, place: Place): string;
  start(file: string, place: Place): Promise<Proxy>;
}

export interface DataPlane {
  port: number;
  /** How often it was told of a change. */
  readonly reloads: number;
  /** What its log says of requests that met trouble. */
  troubles(): string[];
  /** Until the proxy serves by all that the sandbox says now. */
  current(): Promise<void>;
  stop(): Promise<void>;
}

export interface Source {
  api: Api;
  pods: PodServers;
  namespace: string;
  routes: ReadRoutes;
}

/** Starts the proxy with what the sandbox says now, and reloads it whenever that changes. */
export async function startDataPlane(program: Program, source: Source): Promise<DataPlane> {
  const { api, pods, namespace } = source;
  const folder = await mkdtemp(join(tmpdir(), `sluice-${program.name}-`));
  // Workers of a proxy that root starts are another user, and connect to its sockets.
  await chmod(folder, 0o755);
  const place: Place = { folder, port: await freePort() };
  const file = join(folder, `${program.name}.conf`);
  let live = configurationOf(program, source, place);
  await writeFile(file, live);
  const proxy = await program.start(file, place);
  let reloads = 0;
  let stopped = false;
  let failure: unknown;
  let scheduled: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;

  /** Brings the proxy to the state of the sandbox, however often that changes meanwhile. */
  async function follow(): Promise<void> {
    for (;;) {
      const wanted = configurationOf(program, source, place);
      if (wanted === live || stopped) return;
      await writeFile(file, wanted);
      await proxy.reload();
      live = wanted;
      reloads += 1;
    }
  }

  function work(): Promise<void> {
    clearTimeout(scheduled);
    scheduled = undefined;
    working ??= follow().finally(() => {
      working = undefined;
    });
    return working;
  }

  function changed(): void {
    scheduled ??= setTimeout(() => {
      work().catch(error => {
        failure ??= error;
      });
    }, DEBOUNCE_MS);
  }

  const unsubscribe = api.subscribe((_resource, { object }) => {
    if (object.metadata.namespace === namespace) changed();
  });
  pods.onListening(changed);

  return {
    port: place.port,
    get reloads() {
      return reloads;
    },
    troubles: () => proxy.troubles(),
    async current() {
      await working;
      await work();
      if (failure) throw failure;
    },
    async stop() {
      stopped = true;
      unsubscribe();
      clearTimeout(scheduled);
      await working?.catch(() => undefined);
      await proxy.stop();
      await rm(folder, { recursive: true });
      if (failure) throw failure;
    },
  };
}

function configurationOf(program: Program, { api, pods, namespace, routes }: Source, place: Place): string {
  const endpoints = (service: string): number[] =>
    readyEndpoints(api, namespace, service)
      .map(({ targetRef }) => pods.portOf(targetRef.uid ?? ''))
      .sort((a, b) => a - b);
  const view: View = { api, namespace, endpoints };
  const names = api.list('Service', namespace).map(({ metadata }) => metadata.name);
  const services = Object.fromEntries(names.map(name => [name, endpoints(name)]));
  return program.configuration(routes(view), services, place);
}

/** Below the ports that the kernel gives away by itself, which might go to another socket before the proxy has it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const isFree = await new Promise<boolean>(resolve => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
