import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import { runStep, type StepOptions, type StepResult } from '../../src/demo/runner.ts';
import type { KubeObject } from '../../src/kube.ts';
import { inProcessCluster } from '../../src/sandbox/in-process.ts';
import { type LawMonitor, watchLaws } from '../../src/sandbox/laws/monitor.ts';
import { openSandboxServer, type SandboxServer } from '../../src/sandbox/server.ts';

const ROOT = join(import.meta.dirname, '../..');
/** A cluster of somebody's own, where `npm run e2e` is to run. */
export const OWN_CLUSTER = process.env['SLUICE_E2E'] ? process.env['KUBECONFIG'] : undefined;

/** Two images that any cluster can pull and whose pods stay up; other repositories can be named for closed networks. */
export const IMAGE = process.env['SLUICE_E2E_IMAGE'] ?? 'registry.k8s.io/pause';
export const OLD_TAG = '3.9';
export const NEW_TAG = '3.10';

type RunOptions = Partial<StepOptions> & { entry?: 'main' | 'post' };

export interface World {
  /** Somebody else's connection: what the scenario itself reads and writes. */
  cluster: Cluster;
  /** A namespace of this scenario alone; made by the first deploy, since `run` says `create-namespace`. */
  namespace: string;
  /** Writes files into the workspace; paths are relative to it. */
  write(files: Record<string, string>): Promise<void>;
  /** Runs the bundle with these inputs; manifests, namespace and the like have defaults. */
  run(inputs?: Record<string, string>, options?: RunOptions): Promise<StepResult>;
  /** The same from another machine: an empty workspace, another run's URL, and no input but release and namespace. */
  command(action: string, inputs?: Record<string, string>, options?: RunOptions): Promise<StepResult>;
  get(apiVersion: string, kind: string, name: string): Promise<KubeObject | undefined>;
}

export interface SandboxWorld extends World {
  server: SandboxServer;
  /** Requests that would change something, as the API server stored them (no dry runs, no reviews) since the last call. */
  writes(): string[];
}

let server: SandboxServer | undefined;
let laws: LawMonitor | undefined;
/** How many violations of the laws were told already. */
let told = 0;
let kubeconfig = OWN_CLUSTER ?? '';
let stored: string[] = [];
let count = 0;
/** Unique in a cluster that others test on, too. */
const RUN = randomBytes(4).toString('hex');
const namespaces: string[] = [];
const clusters: Cluster[] = [];

beforeAll(async () => {
  if (OWN_CLUSTER) return;
  kubeconfig = join(await mkdtemp(join(tmpdir(), 'sluice-world-')), 'kubeconfig');
  server = await openSandboxServer({ kubeconfig });
  laws = watchLaws(server.sandbox.core);
  server.sandbox.core.onWrite.add(({ verb, resource, before, after, origin }) => {
    const object = after ?? before;
    if (origin.client === 'sluice') stored.push(`${verb} ${resource.plural}/${object?.metadata.name}`);
  });
});

afterEach(() => {
  if (!server || !laws) return;
  const { api } = server.sandbox;
  const [present = ''] = namespaces.slice(-1);
  for (const { metadata } of api.list('Namespace')) {
    if (!metadata.name.startsWith(present)) continue;
    const records = api.list('Secret', metadata.name);
    const open = records.filter(one => /^(in-progress|paused)$/.test(one.metadata.labels?.['sluice.dev/status'] ?? ''));
    // What is under way, waits or died may have left things; what has ended may not.
    if (open.length === 0) laws.endOfRelease(metadata.name);
  }
  const broken = laws.violations.slice(told);
  told = laws.violations.length;
  expect(broken).toEqual([]);
});

afterAll(async () => {
  // The sandbox goes with all that is in it; somebody's own cluster is left as it was.
  if (OWN_CLUSTER)
    for (const name of namespaces) await clusters[0]?.remove({ apiVersion: 'v1', kind: 'Namespace', name });
  await Promise.all(clusters.map(cluster => cluster.close()));
  laws?.stop();
  await server?.close();
});

/** A scenario that any cluster can show whose pods become ready: it runs against the sandbox, and in `npm run e2e` against the cluster of KUBECONFIG. */
export function onAnyCluster(name: string, body: (world: World) => Promise<void>): void {
  it(`${name} [any cluster]`, async () => body(await makeWorld()), 120_000);
}

/** A scenario that needs the sandbox: broken pods on demand, faults, counters. */
export function onSandbox(name: string, body: (world: SandboxWorld) => Promise<void>): void {
  const test = OWN_CLUSTER ? it.skip : it;
  test(`${name} [needs the sandbox]`, async () => {
    const world = await makeWorld();
    stored = [];
    await body({
      ...world,
      server: server as SandboxServer,
      writes: () => stored.splice(0),
    });
  }, 60_000);
}

async function makeWorld(): Promise<World> {
  count += 1;
  const namespace = `sluice-e2e-${RUN}-${count}`;
  namespaces.push(namespace);
  const workspace = await mkdtemp(join(tmpdir(), 'sluice-workspace-'));
  const cluster = await connectAsSomebody();
  clusters.push(cluster);
  const run: World['run'] = (inputs = {}, { entry = 'main', ...options } = {}) =>
    runStep({
      bundle: join(ROOT, `dist/${entry}.js`),
      workspace,
      inputs: { manifests: '.', namespace, 'create-namespace': 'true', release: 'shop', timeout: '60s', ...inputs },
      ...options,
      env: {
        KUBECONFIG: kubeconfig,
        ...(OWN_CLUSTER && process.env['HOME'] ? { HOME: process.env['HOME'] } : {}),
        ...options.env,
      },
    });
  return {
    cluster,
    namespace,
    async write(files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(workspace, path)), { recursive: true });
        await writeFile(join(workspace, path), text);
      }
    },
    run,
    command: async (action, inputs = {}, options = {}) =>
      run(
        { action, manifests: '', 'create-namespace': '', ...inputs },
        {
          workspace: await mkdtemp(join(tmpdir(), 'sluice-elsewhere-')),
          ...options,
          env: { GITHUB_RUN_ID: '2002', GITHUB_ACTOR: 'grace', ...options.env },
        },
      ),
    get: (apiVersion, kind, name) => cluster.get({ apiVersion, kind, name, namespace }),
  };
}

/** In the sandbox by a name of its own, so that what the scenario writes is not taken for the product's. */
async function connectAsSomebody(): Promise<Cluster> {
  if (server) return inProcessCluster(server.sandbox, { client: 'somebody' }).cluster;
  return connect({
    kubeconfig: undefined,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    clock: systemClock,
    log: { debug: () => undefined, warning: () => undefined },
    mask: () => undefined,
    signal: new AbortController().signal,
  });
}
