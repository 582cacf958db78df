import { describe, expect } from '@jest/globals';
import { configMap, deployment, documents, service } from './objects.ts';
import { IMAGE, NEW_TAG, OLD_TAG, onAnyCluster, onSandbox } from './world.ts';

describe('a rolling release', () => {
  onAnyCluster('first-deploy: goes straight to full, without steps, and says so', async ({ write, run, get }) => {
    await write({ 'web.yaml': documents(deployment(), service()) });
    const { exitCode, outputs, summary, log } = await run();
    expect({ exitCode, ...outputs }).toMatchObject({
      exitCode: 0,
      phase: 'succeeded',
      reason: '',
      release: 'shop',
      revision: '1',
    });
    expect(log).toContain('the first deploy');
    expect(summary).toContain('created');
    expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({
      metadata: { labels: { 'sluice.dev/release': 'shop', 'sluice.dev/revision': '1' } },
      status: { availableReplicas: 2 },
    });
  });

  onAnyCluster('upgrades, and its summary names the old and the new image', async ({ write, run, get }) => {
    await write({ 'web.yaml': documents(deployment(), service()) });
    await run();
    const { outputs, summary } = await run({ images: `${IMAGE}:${NEW_TAG}` });
    expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(summary).toContain(`${OLD_TAG}`);
    expect(summary).toContain(`${NEW_TAG}`);
    const live = await get('apps/v1', 'Deployment', 'web');
    expect(live).toMatchObject({ spec: { template: { spec: { containers: [{ image: `${IMAGE}:${NEW_TAG}` }] } } } });
  });

  onAnyCluster(
    'prunes what the new manifests no longer have, but not what somebody else has taken over',
    async ({ write, run, get, cluster, namespace }) => {
      await write({
        'web.yaml': deployment(),
        'extra.yaml': documents(configMap('extra', { a: '1' }), configMap('taken', { a: '1' })),
      });
      await run();
      await cluster.patch(
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'taken', namespace },
        { metadata: { labels: { 'sluice.dev/release': 'another' } } },
        'merge',
      );
      await write({ 'extra.yaml': '# nothing any more\n' });
      const { outputs, log } = await run();
      expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      expect(await get('v1', 'ConfigMap', 'extra')).toBeUndefined();
      expect(await get('v1', 'ConfigMap', 'taken')).toBeDefined();
      expect(log).toContain('belongs to release another');
    },
  );

  onAnyCluster('leaves everything where prune is false', async ({ write, run, get }) => {
    await write({ 'web.yaml': deployment(), 'extra.yaml': configMap('extra', { a: '1' }) });
    await run();
    await write({ 'extra.yaml': '' });
    await run({ prune: 'false' });
    expect(await get('v1', 'ConfigMap', 'extra')).toBeDefined();
  });

  onSandbox('again is a no-op: a second run of a finished release makes no write', async ({ write, run, writes }) => {
    await write({ 'web.yaml': documents(deployment(), service(), configMap('c', { a: '1' })) });
    await run();
    expect(writes().length).toBeGreaterThan(0);
    const { exitCode, outputs } = await run();
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'unchanged', revision: '1' });
    expect(writes()).toEqual([]);
  });

  onSandbox(
    'puts back what was changed by hand, as a new revision',
    async ({ write, run, get, cluster, namespace }) => {
      await write({ 'web.yaml': deployment() });
      await run();
      await cluster.patch(
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace },
        { spec: { minReadySeconds: 1 } },
        'merge',
      );
      const by = await get('apps/v1', 'Deployment', 'web');
      expect(by).toMatchObject({ spec: { minReadySeconds: 1 } });
      await cluster.remove({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace });
      const { outputs } = await run();
      expect(outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
      expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({ status: { availableReplicas: 2 } });
    },
  );

  onSandbox('leaves no lock, and the last ten records', async ({ write, run, cluster, namespace }) => {
    for (let turn = 1; turn <= 12; turn += 1) {
      await write({ 'c.yaml': configMap('c', { turn: String(turn) }) });
      await run();
    }
    const records = await cluster.list(
      { apiVersion: 'v1', kind: 'Secret' },
      { namespace, labelSelector: 'sluice.dev/record=shop' },
    );
    const revisions = records.items
      .map(({ metadata }) => Number(metadata.labels?.['sluice.dev/revision']))
      .sort((a, b) => a - b);
    expect(revisions).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const leases = await cluster.list({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }, { namespace });
    expect(leases.items).toEqual([]);
  });
});
