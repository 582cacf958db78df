import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { runStep, type StepResult } from '../../src/demo/runner.ts';
import { groupOf, type KubeObject } from '../../src/kube.ts';
import { type Condition, conditionOf } from '../../src/sandbox/controllers/pods.ts';
import { openSandboxServer } from '../../src/sandbox/server.ts';
import type { Api, GroupKind } from '../../src/sandbox/types.ts';
import { pathOf } from './child.ts';
import { type Client, startClient } from './client.ts';
import { type DataPlane, type Program, startDataPlane } from './data-plane.ts';
import { readyEndpoints } from './endpoints.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { HOST, httpRoute, ingress, type RouteOf, virtualService } from './objects.ts';
import { servePods } from './pods.ts';
import { httpRoutes, ingresses, type ReadRoutes, virtualServices } from './routes.ts';

const BUNDLE = join(import.meta.dirname, '../../dist/main.js');
const CRDS = new URL('../../../shared/crds/', import.meta.url);
const CRD_FILES = ['gateway-api-httproutes.yaml', 'istio-virtualservices.yaml', 'istio-destinationrules.yaml'];
/** Requests a second: a thousand in less than five seconds. */
const RATE = 240;

/** A router of the product, and the proxy that routes by its objects. */
export interface Router {
  name: 'nginx' | 'gateway-api' | 'istio';
  program: Program;
  read: ReadRoutes;
  route: RouteOf;
}

export const ROUTERS: readonly Router[] = [
  { name: 'nginx', program: nginx, read: ingresses, route: ingress },
  { name: 'gateway-api', program: haproxy, read: httpRoutes, route: httpRoute },
  { name: 'istio', program: haproxy, read: virtualServices, route: virtualService },
];

/** Why these tests cannot run here; undefined where they can. */
export function missing(): string | undefined {
  const programs = ['nginx', 'haproxy'].filter(program => !pathOf(program));
  if (programs.length > 0) return `${programs.join(' and ')} not installed`;
  return existsSync(CRDS) ? undefined : '../shared/crds is not there';
}

/** Who sends requests, and through what. */
export interface Clients {
  plane: DataPlane;
  client: Client;
}

export interface World {
  /** Creates or replaces objects, as somebody with kubectl does. */
  put(...objects: readonly KubeObject[]): void;
  remove(kind: GroupKind, name: string): void;
  /** Until so many pods are ready behind a Service. */
  ready(service: string, pods: number): Promise<void>;
  /** Starts the proxy with what is there, and then the client. */
  open(): Promise<Clients>;
  /** Runs the bundle as GitHub's runner does, with these manifests in the workspace. */
  run(
    inputs: Record<string, string>,
    manifests: readonly KubeObject[],
    onLog?: (text: string) => void,
  ): Promise<StepResult>;
}

export interface Lab {
  /** A world of its own: a namespace, a proxy, a client. */
  world(router: Router): World;
  close(): Promise<void>;
}

const BY_HAND = { manager: 'kubectl' } as const;

/** One sandbox for all worlds, with a real server for each pod. */
export async function openLab(): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-lab-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const server = await openSandboxServer({ kubeconfig });
  const { api } = server.sandbox;
  for (const file of CRD_FILES)
    for (const document of parseAllDocuments(readFileSync(new URL(file, CRDS), 'utf8')))
      api.create(document.toJS() as KubeObject, BY_HAND);
  await until(api, () => api.list<Crd>('apiextensions.k8s.io/CustomResourceDefinition').every(isServed));
  const pods = servePods(api);
  const ends: (() => Promise<void>)[] = [];
  let worlds = 0;

  function world(router: Router): World {
    worlds += 1;
    const namespace = `shop-${worlds}`;
    api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, BY_HAND);
    const source = { api, pods, namespace, routes: router.read };
    return {
      put(...objects) {
        for (const object of objects) {
          const metadata = { ...object.metadata, namespace };
          const known = api.get(groupKindOf(object), namespace, metadata.name)?.metadata;
          const { resourceVersion } = known ?? {};
          if (resourceVersion) api.update({ ...object, metadata: { ...metadata, resourceVersion } }, BY_HAND);
          else api.create({ ...object, metadata }, BY_HAND);
        }
      },
      remove: (kind, name) => {
        api.delete(kind, namespace, name, { propagation: 'Background' });
      },
      ready: (service, count) => until(api, () => readyEndpoints(api, namespace, service).length === count),
      open: async () => {
        const plane = await startDataPlane(router.program, source);
        const client = startClient({ port: plane.port, host: HOST, rate: RATE });
        ends.push(() => client.stop().finally(() => plane.stop()));
        return { plane, client };
      },
      run: async (inputs, manifests, onLog) => {
        const workspace = await mkdtemp(join(folder, 'workspace-'));
        await writeFile(
          join(workspace, 'web.json'),
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }),
        );
        return runStep({
          bundle: BUNDLE,
          workspace,
          inputs: { namespace, release: 'shop', timeout: '60s', ...inputs },
          env: { KUBECONFIG: kubeconfig },
          ...(onLog ? { onLog } : {}),
        });
      },
    };
  }

  return {
    world,
    close: async () => {
      const closed = await Promise.allSettled(ends.map(end => end()));
      pods.stop();
      await server.close();
      await rm(folder, { recursive: true });
      for (const one of closed) if (one.status === 'rejected') throw one.reason;
    },
  };
}

type Crd = KubeObject<unknown, { conditions?: Condition[] }>;

const isServed = ({ status }: Crd): boolean => conditionOf(status?.conditions, 'Established')?.status === 'True';

function groupKindOf({ apiVersion, kind }: KubeObject): GroupKind {
  const group = groupOf(apiVersion);
  return group ? `${group}/${kind}` : kind;
}

/** Resolves once this holds of the sandbox. */
function until(api: Api, holds: () => boolean): Promise<void> {
  return new Promise(resolve => {
    const unsubscribe = api.subscribe(look);
    function look(): void {
      if (!holds()) return;
      unsubscribe();
      resolve();
    }
    look();
  });
}
