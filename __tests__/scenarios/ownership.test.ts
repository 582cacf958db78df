import { describe, expect } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { configMap, deployment, documents } from './objects.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const BAD = 'registry.k8s.io/pause:bad';

/** Something that was there before Sluice. */
function makeByHand(
  { server, namespace }: SandboxWorld,
  object: Omit<KubeObject, 'metadata'> & { name: string },
): void {
  const { name, ...rest } = object;
  server.sandbox.api.create({ ...rest, metadata: { name, namespace } } as KubeObject, { manager: 'somebody' });
}

describe('what is not the release’s own', () => {
  onSandbox('a rollback takes away only what the failed revision created, and names the rest', async world => {
    await world.write({ 'web.yaml': deployment() });
    await world.run();
    makeByHand(world, { apiVersion: 'v1', kind: 'ConfigMap', name: 'shared', data: { a: '1' } });
    await world.write({
      'web.yaml': documents(deployment({ image: BAD }), configMap('shared', { a: '1' }), configMap('new', {})),
    });
    const { outputs, log } = await world.run();
    expect(outputs).toMatchObject({ phase: 'rolled-back' });
    expect(await world.get('v1', 'ConfigMap', 'shared')).toBeDefined();
    expect(await world.get('v1', 'ConfigMap', 'new')).toBeUndefined();
    expect(log).toContain(`Revision 1 does not have ConfigMap ${world.namespace}/shared`);
  });

  onSandbox('a rollback also takes away what a killed run before it created', async world => {
    await world.write({ 'web.yaml': deployment() });
    await world.run();
    await world.write({
      'web.yaml': documents(
        deployment({ annotations: { 'sandbox.sluice.dev/ready-after': '9s' } }),
        configMap('extra', {}),
      ),
    });
    const killed = await world.run(
      {},
      { onLog: (text, child) => void (text.includes('Wait until healthy') && child.kill('SIGKILL')) },
    );
    await world.run({}, { entry: 'post', state: killed.state });
    expect(await world.get('v1', 'ConfigMap', 'extra')).toBeDefined();
    await world.write({ 'web.yaml': deployment({ image: BAD }) });
    expect((await world.run()).outputs).toMatchObject({ phase: 'rolled-back', revision: '3' });
    expect(await world.get('v1', 'ConfigMap', 'extra')).toBeUndefined();
  });

  onSandbox('an object of another release is refused by name, until it is to be taken over', async world => {
    await world.write({ 'c.yaml': configMap('c', { a: '1' }) });
    await world.run({ release: 'one' });
    await world.write({ 'c.yaml': configMap('c', { b: '2' }) });
    world.writes();
    const { outputs, log } = await world.run({ release: 'two' });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'conflict' });
    expect(log).toContain('belongs to release one');
    expect(world.writes()).toEqual([]);
    expect((await world.run({ release: 'two', 'force-conflicts': 'true' })).outputs).toMatchObject({
      phase: 'succeeded',
    });
  });

  onSandbox('releases of one name in two namespaces do not prune each other’s cluster-scoped objects', async world => {
    const role =
      'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: shop-reader}\nrules: []\n';
    const [staging, production] = [`${world.namespace}-s`, `${world.namespace}-p`];
    await world.write({ 'all.yaml': documents(configMap('c', {}), role) });
    await world.run({ namespace: staging });
    await world.run({ namespace: production, 'force-conflicts': 'true' });
    await world.write({ 'all.yaml': configMap('c', { a: '1' }) });
    expect((await world.run({ namespace: staging })).outputs).toMatchObject({ phase: 'succeeded' });
    expect(
      world.server.sandbox.api.get('rbac.authorization.k8s.io/ClusterRole', undefined, 'shop-reader'),
    ).toBeDefined();
  });

  onSandbox('create-namespace leaves the labels of a namespace that is there', async world => {
    const { api } = world.server.sandbox;
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    api.create(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: world.namespace, labels } },
      { manager: 'sluice' },
    );
    await world.write({
      'role.yaml': `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: ${world.namespace}}\nrules: []\n`,
    });
    expect((await world.run()).outputs).toMatchObject({ phase: 'succeeded' });
    expect(api.get('Namespace', undefined, world.namespace)?.metadata.labels).toMatchObject(labels);
  });

  onSandbox('a field that somebody took does not stop a rollback', async world => {
    await world.write({ 'web.yaml': deployment({ replicas: 2 }) });
    await world.run();
    await world.write({ 'web.yaml': deployment({ image: BAD }).replace('  replicas: 2\n', '') });
    let taken = false;
    const run = world.run(
      {},
      {
        onLog: text => {
          if (taken || !text.includes('Wait until healthy')) return;
          taken = true;
          const { api } = world.server.sandbox;
          const live = api.get<KubeObject<object>>('apps/Deployment', world.namespace, 'web') as KubeObject<object>;
          api.update(
            { ...structuredClone(live), spec: { ...structuredClone(live.spec), replicas: 3 } },
            { manager: 'scaler' },
          );
        },
      },
    );
    expect((await run).outputs).toMatchObject({ phase: 'rolled-back' });
    expect(await world.get('apps/v1', 'Deployment', 'web')).toMatchObject({ spec: { replicas: 2 } });
  });
});

describe('what the books say', () => {
  onSandbox('records do not pile up when revisions fail', async world => {
    await world.write({ 'web.yaml': deployment({ replicas: 1 }) });
    await world.run();
    await world.write({ 'web.yaml': deployment({ replicas: 1, image: BAD }) });
    for (let turn = 0; turn < 11; turn += 1)
      expect((await world.run()).outputs).toMatchObject({ phase: 'rolled-back' });
    const { items } = await world.cluster.list(
      { apiVersion: 'v1', kind: 'Secret' },
      { namespace: world.namespace, labelSelector: 'sluice.dev/record=shop' },
    );
    expect(items.length).toBeLessThanOrEqual(11);
    expect(items.map(({ metadata }) => metadata.labels?.['sluice.dev/status'])).toContain('succeeded');
  });

  onSandbox('what prune: false left is pruned by a later revision that may', async world => {
    await world.write({ 'a.yaml': configMap('a', {}), 'b.yaml': configMap('b', {}) });
    await world.run();
    await world.write({ 'b.yaml': '' });
    await world.run({ prune: 'false' });
    expect(await world.get('v1', 'ConfigMap', 'b')).toBeDefined();
    await world.write({ 'a.yaml': configMap('a', { changed: 'yes' }) });
    await world.run();
    expect(await world.get('v1', 'ConfigMap', 'b')).toBeUndefined();
  });

  onSandbox('a release whose record cannot be written at the end says that it serves, and fails', async world => {
    await world.write({ 'c.yaml': configMap('c', {}) });
    world.server.sandbox.faults.add({
      effect: { kind: 'error', status: 403 },
      verbs: ['update'],
      resource: 'secrets',
      times: 9,
    });
    const { exitCode, outputs, summary } = await world.run();
    world.server.sandbox.faults.clear();
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'failed', revision: '1' });
    expect(summary).toContain('serves and is healthy; only its record does not say so');
    expect((await world.run()).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
  });

  onSandbox('a Secret whose value is a word of the report does not change the report', async world => {
    const secret = (value: string): string =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: ${value}}\n`;
    await world.write({
      'all.yaml': documents(
        secret('succeeded'),
        deployment({ name: 'postgres' }),
        secret('postgres').replace('name: s', 'name: t'),
      ),
    });
    const { exitCode, outputs, summary } = await world.run();
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'succeeded' });
    expect(summary).toMatch(/Deployment postgres.*healthy/);
  });

  onSandbox('a paused rollout is not said to serve', async world => {
    await world.write({ 'web.yaml': deployment() });
    await world.run();
    await world.write({
      'web.yaml': deployment({ image: BAD }).replace('  replicas: 2\n', '  replicas: 2\n  paused: true\n'),
    });
    const { outputs, summary } = await world.run();
    expect(outputs).toMatchObject({ phase: 'succeeded' });
    expect(summary).toContain('Revision 2 is applied, but 1 of 1 workload');
  });

  onSandbox('a changed ConfigMap that running pods will not see is pointed out', async world => {
    const container = '          envFrom: [{configMapRef: {name: c}}]\n';
    await world.write({ 'web.yaml': deployment({ container }), 'c.yaml': configMap('c', { a: '1' }) });
    await world.run();
    await world.write({ 'c.yaml': configMap('c', { a: '2' }) });
    const { outputs, summary } = await world.run();
    expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(summary).toMatch(/ConfigMap .*c changed, but Deployment .*web did not/);
  });
});
