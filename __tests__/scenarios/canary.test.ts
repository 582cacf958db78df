import { describe, expect } from '@jest/globals';
import { deployment, documents, service } from './objects.ts';
import { app, BRIEF, records, release, standing, watchMoves } from './releases.ts';
import { IMAGE, NEW_TAG, OLD_TAG, OWN_CLUSTER, onAnyCluster, onSandbox, type World } from './world.ts';

const APPROVE = { steps: '[weight: 50, approve]' };

/** The new version runs for some seconds before it crashes. */
const FAILING = {
  'sandbox.sluice.dev/crash-after': '3s',
  'sandbox.sluice.dev/exit-code': '3',
  'sandbox.sluice.dev/log': 'no database at db:5432',
};

const PROBE = OWN_CLUSTER ? '' : '          readinessProbe: {httpGet: {path: /ready, port: 8080}}\n';

const statefulSet = (version: string): string =>
  deployment({ name: 'db', replicas: 3, annotations: { version }, probe: false })
    .replace('kind: Deployment', 'kind: StatefulSet')
    .replace('  replicas:', '  serviceName: db\n  replicas:')
    .concat(PROBE);

/** Nothing of a release is there any more but its records. */
async function expectNothingLeft({ cluster, namespace }: World): Promise<void> {
  const left = await Promise.all(
    [
      { apiVersion: 'apps/v1', kind: 'Deployment' },
      { apiVersion: 'v1', kind: 'Service' },
      { apiVersion: 'v1', kind: 'ConfigMap' },
      { apiVersion: 'v1', kind: 'Secret' },
    ].map(kind => cluster.list(kind, { namespace, labelSelector: 'sluice.dev/track' })),
  );
  expect(left.flatMap(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([]);
  const leases = await cluster.list({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }, { namespace });
  expect(leases.items).toEqual([]);
}

describe('a canary', () => {
  onAnyCluster('passes its steps, and its summary has the steps, asked and actual weights', async world => {
    await release(world, 1, {}, { image: `${IMAGE}:${OLD_TAG}` });
    const { exitCode, outputs, summary } = await release(
      world,
      2,
      { steps: '10, 50' },
      { image: `${IMAGE}:${NEW_TAG}` },
    );
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'succeeded', reason: '', revision: '2' });
    expect(JSON.parse(outputs['result'] ?? '')).toMatchObject({ strategy: 'canary', phase: 'succeeded' });
    expect(summary).toMatch(/Shift to 10 %.*50 %/);
    expect(summary).toMatch(/Hold 1s at 50 %/);
    expect(summary).toContain(NEW_TAG);
    expect(await standing(world)).toBe('version 2, 2 pods');
    expect(await records(world)).toEqual(['1 succeeded', '2 succeeded']);
    await expectNothingLeft(world);
  });

  onAnyCluster(
    'actual-weight: 2 pods, weight 10 and no router: the summary says asked 10 %, actual 50 %',
    async world => {
      await release(world, 1);
      const { outputs, summary } = await release(world, 2, { steps: '[weight: 10, approve]' });
      expect(outputs).toMatchObject({ phase: 'paused' });
      expect(summary).toMatch(/10 %/);
      expect(summary).toMatch(/50 %/);
      expect([await standing(world), await standing(world, 'web-canary')]).toEqual([
        'version 1, 1 pods',
        'version 2, 1 pods',
      ]);
    },
  );

  onAnyCluster('first-deploy: goes straight to full, without steps, and says so', async world => {
    const { exitCode, outputs, summary, log } = await release(world, 1, { steps: '10, 50' });
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'succeeded', revision: '1' });
    expect(log).toMatch(/first deploy/);
    expect(summary).toMatch(/first/);
    expect(summary).not.toMatch(/Shift|Hold/);
    expect(await standing(world, 'web-canary')).toBeUndefined();
  });

  onAnyCluster('promote-later: another run promotes exactly the record, with no input but the release', async world => {
    await release(world, 1);
    const paused = await release(world, 2, APPROVE);
    expect({ exitCode: paused.exitCode, ...paused.outputs }).toMatchObject({ exitCode: 0, phase: 'paused' });
    // What the repository has by then is not what was checked.
    await world.write({ 'web.yaml': app(3) });
    const { exitCode, outputs, summary } = await world.command('promote');
    expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 0, phase: 'succeeded', reason: '', revision: '2' });
    expect(summary).toContain('revision 2');
    expect(await standing(world)).toBe('version 2, 2 pods');
    expect(await world.get('v1', 'ConfigMap', 'settings')).toMatchObject({ data: { version: '2' } });
    await expectNothingLeft(world);
  });

  onAnyCluster('config-pair: a reject takes it back, and stable’s configuration never changed', async world => {
    await release(world, 1);
    await release(world, 2, APPROVE);
    const before = await world.get('v1', 'ConfigMap', 'settings');
    expect(before).toMatchObject({ data: { version: '1' } });
    const { exitCode, outputs, summary } = await world.command('reject');
    expect({ exitCode, ...outputs }).toMatchObject({
      exitCode: 0,
      phase: 'rolled-back',
      reason: 'rejected',
      revision: '2',
    });
    expect(summary).toContain('grace');
    expect(await standing(world)).toBe('version 1, 2 pods');
    expect((await world.get('v1', 'ConfigMap', 'settings'))?.metadata.resourceVersion).toBe(
      before?.metadata.resourceVersion,
    );
    expect(await records(world)).toEqual(['1 succeeded', '2 rolled-back']);
    await expectNothingLeft(world);
  });

  onSandbox('whose new version begins to fail is rolled back, with the cause in the summary', async world => {
    await release(world, 1, {}, { replicas: 4 });
    const moves = watchMoves(world);
    const inputs = { steps: '25, 75', hold: '20s' };
    const { exitCode, outputs, summary } = await release(world, 2, inputs, { replicas: 4, annotations: FAILING });
    expect({ exitCode, ...outputs }).toMatchObject({
      exitCode: 1,
      phase: 'rolled-back',
      reason: 'check-failed',
      revision: '2',
    });
    expect(summary).toMatch(/At 25 %, check pods failed: Pod web-canary-\S+: .*exit code 3/);
    expect(summary).toContain('revision 1 serves again');
    expect(moves.map(({ text }) => text)).toEqual([
      'web-canary has 1',
      'web has 3',
      'web has 4',
      'web-canary has 0',
      'web-canary is gone',
    ]);
    expect(await standing(world)).toBe('version 1, 4 pods');
    await expectNothingLeft(world);
  });

  onSandbox('whose new version crashes shows the end of its log, as a rolling release does', async world => {
    await release(world, 1);
    const { summary } = await release(world, 2, { steps: '50', hold: '20s' }, { annotations: FAILING });
    expect(summary).toContain('no database at db:5432');
  });

  onSandbox('unschedulable: pods that no node takes fail before the deadline, and never had weight', async world => {
    await release(world, 1);
    const moves = watchMoves(world);
    const container = '          resources: {requests: {cpu: "1000"}}\n';
    const { outputs, log } = await release(world, 2, { timeout: '50s' }, { container });
    expect(outputs).toMatchObject({ phase: 'rolled-back', reason: 'workload-failed' });
    expect(log).toContain('Insufficient cpu');
    expect(moves.map(({ text }) => text)).not.toContain('web has 1');
    expect(await standing(world)).toBe('version 1, 2 pods');
  });

  onAnyCluster('a StatefulSet moves by its partition, and is promoted', async world => {
    const pods = async (): Promise<unknown[]> => {
      const found = await Promise.all(['db-0', 'db-1', 'db-2'].map(name => world.get('v1', 'Pod', name)));
      return found.map(pod => pod?.metadata.annotations?.['version']);
    };
    const deploy = (version: string, inputs: Record<string, string> = {}) =>
      world
        .write({ 'db.yaml': documents(statefulSet(version), service('db')) })
        .then(() => world.run({ ...BRIEF, strategy: 'canary', ...inputs }));
    await deploy('1');
    expect((await deploy('2', { steps: '[weight: 33, hold: 1s, approve]' })).outputs).toMatchObject({
      phase: 'paused',
    });
    expect(await pods()).toEqual(['1', '1', '2']);
    expect((await world.command('promote')).outputs).toMatchObject({ phase: 'succeeded', revision: '2' });
    expect(await pods()).toEqual(['2', '2', '2']);
    expect(await world.get('apps/v1', 'StatefulSet', 'db')).toMatchObject({ status: { readyReplicas: 3 } });
  });
});

describe('a config file', () => {
  const CONFIG = `strategy: canary
steps:
  - weight: 50
    hold: 300ms
  - approve
settle: 100ms
drain: 100ms
`;

  for (const [how, config] of [
    ['named by its path', 'deploy/sluice.yaml'],
    ['inline', CONFIG],
  ] as const)
    onAnyCluster(`${how} says strategy, steps and times`, async world => {
      await world.write({ 'deploy/sluice.yaml': CONFIG, 'k8s/web.yaml': app(1) });
      const manifests = 'k8s';
      await world.run({ config, manifests });
      await world.write({ 'k8s/web.yaml': app(2) });
      const { outputs, log } = await world.run({ config, manifests });
      expect(outputs).toMatchObject({ phase: 'paused', revision: '2' });
      expect(log).toMatch(/Hold 300ms at 50 %/);
      expect(await standing(world, 'web-canary')).toBe('version 2, 1 pods');
    });
});
