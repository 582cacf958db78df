import { afterEach, describe, expect, it } from '@jest/globals';
import { connected, type Handler, kubeconfig, startServer, type TestServer } from './test-server.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setup(
  handler: Handler,
  discovery = false,
): Promise<{ server: TestServer } & Awaited<ReturnType<typeof connected>>> {
  const server = await startServer(handler, { discovery });
  const made = await connected(kubeconfig(server));
  closers.push(
    () => server.close(),
    () => made.cluster.close(),
  );
  return { server, ...made };
}

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment' };

describe('aggregated discovery', () => {
  it('is asked once by parallel callers, and only the part that is needed', async () => {
    const { cluster, server } = await setup(() => ({}), true);
    const found = await Promise.all(Array.from({ length: 50 }, () => cluster.kind(deployment)));
    expect(new Set(found.map(one => one.plural))).toEqual(new Set(['deployments']));
    expect(server.received.map(one => one.path)).toEqual(['/apis']);
    expect(server.received[0]?.headers['accept']).toContain('g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(await cluster.kind({ apiVersion: 'v1', kind: 'Namespace' })).toMatchObject({
      plural: 'namespaces',
      namespaced: false,
    });
    expect(await cluster.kind({ apiVersion: 'v1', kind: 'Pod' })).toMatchObject({ plural: 'pods', namespaced: true });
    expect(server.received.map(one => one.path)).toEqual(['/apis']);
  });

  it('is asked once more for a kind that is new', async () => {
    const group = (kinds: string[]): object => ({
      kind: 'APIGroupDiscoveryList',
      items: [
        {
          metadata: { name: 'example.com' },
          versions: [
            {
              version: 'v1',
              resources: kinds.map(kind => ({
                resource: `${kind.toLowerCase()}s`,
                responseKind: { kind },
                scope: 'Namespaced',
                verbs: [],
              })),
            },
          ],
        },
      ],
    });
    const { cluster, server } = await setup(request => ({
      body: group(request.time === 1 ? ['Gadget'] : ['Gadget', 'Widget']),
    }));
    await cluster.kind({ apiVersion: 'example.com/v1', kind: 'Gadget' });
    const widgets = await Promise.all(
      [1, 2, 3].map(() => cluster.kind({ apiVersion: 'example.com/v1', kind: 'Widget' })),
    );
    expect(widgets[0]?.plural).toBe('widgets');
    expect(server.received).toHaveLength(2);
  });

  it.each([
    ['extensions/v1beta1', 'Deployment', 'Deployment is served as apps/v1, not extensions/v1beta1'],
    ['apps/v1', 'Deploymnet', 'Did you mean Deployment (apps/v1)'],
    ['v1', 'Pods', 'Did you mean Pod (v1)'],
    ['example.com/v1', 'SomethingElse', 'CustomResourceDefinition of group example.com'],
  ])('has no %s %s, and says what is near', async (apiVersion, kind, hint) => {
    const { cluster } = await setup(() => ({}), true);
    await expect(cluster.kind({ apiVersion, kind })).rejects.toMatchObject({
      code: 'rejected-by-api',
      hint: expect.stringContaining(hint),
    });
  });

  it('is asked again after it failed', async () => {
    const { cluster, server } = await setup(request =>
      request.time === 1
        ? { status: 403, body: { kind: 'Status', message: 'no' } }
        : { body: { kind: 'APIGroupDiscoveryList', items: [] } },
    );
    await expect(cluster.get({ ...deployment, name: 'a' })).rejects.toMatchObject({ status: 403 });
    expect(await cluster.get({ ...deployment, name: 'a' })).toBeUndefined();
    expect(server.received.length).toBeGreaterThan(1);
  });
});

it('without aggregation each group version is asked once', async () => {
  const { cluster, server } = await setup(request => {
    if (request.path === '/apis')
      return {
        body: {
          kind: 'APIGroupList',
          groups: [{ versions: [{ groupVersion: 'apps/v1' }, { groupVersion: 'broken.test/v1' }] }],
        },
      };
    if (request.path === '/apis/broken.test/v1') return { status: 404, body: 'gone' };
    const resources = [
      { name: 'deployments', kind: 'Deployment', namespaced: true, verbs: ['get'] },
      { name: 'deployments/scale', kind: 'Scale', namespaced: true, verbs: ['get'] },
    ];
    return { body: { kind: 'APIResourceList', resources } };
  });
  const found = await Promise.all([1, 2, 3].map(() => cluster.kind(deployment)));
  expect(found[0]).toEqual({
    ...deployment,
    plural: 'deployments',
    namespaced: true,
  });
  expect(server.received.map(one => one.path)).toEqual(['/apis', '/apis/apps/v1']);
  expect(await cluster.get({ apiVersion: 'broken.test/v1', kind: 'Thing', name: 'a' })).toBeUndefined();
});
