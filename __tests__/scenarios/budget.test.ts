import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import type { Fault, RequestLog } from '../../src/sandbox/server/faults.ts';
import { deployment, documents, service } from './objects.ts';
import { IMAGE, NEW_TAG, onSandbox, type SandboxWorld } from './world.ts';

const SHOP = join(import.meta.dirname, '../../docs/examples/shop');
/** What a run may ask beyond the dry run and the apply of each object. */
const MORE = 10;

/** So many Deployments, each with a Service. */
function pairs(count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `web-${index}`);
  return Object.fromEntries(
    names.map(name => [`${name}.yaml`, documents(deployment({ name, replicas: 1 }), service(name))]),
  );
}

/** What came in during one run: all requests, the connections, and the watches as paths without the query. */
async function spent({ server }: SandboxWorld, run: () => Promise<unknown>) {
  const { faults } = server.sandbox;
  faults.reset();
  await run();
  const requests: readonly RequestLog[] = [...faults.requests];
  const watches = requests.filter(({ verb }) => verb === 'watch').map(({ path }) => path);
  return { requests: requests.length, connections: faults.counters().connections, watches };
}

describe('what a release costs the API server', () => {
  const releases = [
    { what: '5 Deployments and Services', objects: 10, files: pairs(5), manifests: '.' },
    { what: '20 Deployments and Services', objects: 40, files: pairs(20), manifests: '.' },
    { what: 'the example shop', objects: 8, files: {}, manifests: SHOP },
  ];

  for (const { what, objects, files, manifests } of releases)
    onSandbox(`${what}: two requests an object and ten more, one connection, one watch a kind`, async world => {
      const { write, run, writes, server, namespace } = world;
      server.sandbox.api.create(
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
        { manager: 'test' },
      );
      await write(files);
      const deploy = (images = ''): Promise<unknown> =>
        run({ manifests, images }).then(({ outputs, log }) => {
          if (outputs['phase'] === 'failed') throw new Error(log);
        });
      const image = manifests === '.' ? `${IMAGE}:${NEW_TAG}` : 'ghcr.io/example/shop-web:2.0.0';

      for (const images of ['', image]) {
        const { requests, connections, watches } = await spent(world, () => deploy(images));
        expect(requests).toBeLessThanOrEqual(2 * objects + MORE);
        expect(requests).toBeGreaterThan(2 * objects);
        expect(connections).toBe(1);
        expect(watches.toSorted()).toEqual([...new Set(watches)].sort());
        expect(watches).toContain(`/apis/apps/v1/namespaces/${namespace}/deployments`);
      }

      expect(writes().length).toBeGreaterThan(objects);
      const again = await spent(world, () => deploy(image));
      expect(again.requests).toBeLessThanOrEqual(objects + MORE);
      expect(again.connections).toBe(1);
      expect(writes()).toEqual([]);
    });

  const mishaps: { what: string; fault: Fault; struck: number; connections: number }[] = [
    {
      what: 'an apply that the server has no time for',
      fault: { effect: { kind: 'throttle', retryAfterSeconds: 1 }, verbs: ['patch'], resource: 'deployments' },
      struck: 429,
      connections: 1,
    },
    {
      what: 'a list whose connection is cut',
      fault: { effect: { kind: 'reset' }, verbs: ['list'], resource: 'secrets' },
      struck: 0,
      connections: 2,
    },
    {
      what: 'a watch that is cut at its beginning',
      fault: { effect: { kind: 'cut-watch', afterEvents: 1 }, verbs: ['watch'], resource: 'deployments' },
      struck: 200,
      connections: 2,
    },
  ];

  for (const { what, fault, struck, connections } of mishaps)
    onSandbox(`ends well, and asks only that once more: ${what}`, async world => {
      const { write, run, server, get } = world;
      const { faults } = server.sandbox;
      await write(pairs(2));
      const undisturbed = await spent(world, () => run());
      faults.add(fault);
      const disturbed = await spent(world, async () => {
        const { outputs } = await run({ images: `${IMAGE}:${NEW_TAG}` });
        expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      });
      expect(faults.pending).toEqual([]);
      const { resource } = fault;
      expect(faults.requests.filter(one => one.resource === resource && one.status === struck)).not.toEqual([]);
      expect(disturbed.requests).toBeLessThanOrEqual(undisturbed.requests + 1);
      expect(disturbed.connections).toBeLessThanOrEqual(connections);
      expect(await get('apps/v1', 'Deployment', 'web-1')).toMatchObject({ status: { availableReplicas: 1 } });
    });
});
