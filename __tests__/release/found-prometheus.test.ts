import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckConfig } from '../../src/config/check-config.ts';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import { settledChecks } from '../../src/config/settle-checks.ts';
import { installPrometheus } from '../../src/demo/prometheus.ts';
import type { KubeObject } from '../../src/kube.ts';
import { deploy } from '../../src/release/deploy.ts';
import type { Outcome } from '../../src/release/events.ts';
import { openRecord, readRecords } from '../../src/release/records.ts';
import { refusal } from '../config/refusal.ts';
import { type Harness, harness } from '../sandbox/harness.ts';
import {
  app,
  approve,
  configMap,
  deployNow,
  deployRequest,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  type Wish,
  weight,
} from './rig.ts';

/** A check that asks Prometheus, and nobody says where that is. */
const CHECKS: readonly CheckConfig[] = settledChecks(
  readReleaseConfig('checks: [{success-rate: {min: 50, interval: 5s, no-data: ignore}}]'),
  new Map(),
);
const TRAFFIC = { exclude: ['*-canary', '*-preview', '*-stable', 'prometheus'], intervalMs: 20 };
const STEPS = [weight(50), hold(10_000)];

let h: Harness;
afterEach(() => h.stop());

async function released(): Promise<void> {
  h = harness({ objects: app(), traffic: TRAFFIC });
  await deployNow(h, app(), { strategy: 'rolling' });
}

/** From here on nobody could say which one it is. */
function installAnother(): void {
  h.api.create(
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'prometheus', namespace: NAMESPACE },
      spec: { selector: { app: 'prometheus' }, ports: [{ name: 'web', port: 9090 }] },
    },
    { manager: 'kubectl' },
  );
}

function begin(objects: readonly KubeObject[], wish: Wish = {}) {
  const run = openRun(h);
  const request = deployRequest(run, objects, { checks: CHECKS, steps: STEPS, ...wish });
  return { run, ended: (): Promise<Outcome> => h.run(deploy(run.deps, request), LIMIT_MS) };
}

async function recorded(): Promise<CheckConfig[] | undefined> {
  const records = await h.run(readRecords(openRun(h).process.cluster, NAMESPACE, 'shop'));
  return openRecord(records)?.record.settings?.checks as CheckConfig[] | undefined;
}

describe('a Prometheus that nobody named is looked for', () => {
  it('when a new version is to be checked, before anything is written', async () => {
    await released();
    const { run, ended } = begin(app({ image: 'web:2' }));
    const { code, message } = await refusal(ended);
    expect(code).toBe('invalid-input');
    expect(message).toContain('no Service of the cluster looks like one');
    expect(run.process.writes).toEqual([]);
  });

  it('once: the record has its place, and whoever goes on goes by that', async () => {
    await released();
    await h.run(installPrometheus(h.sandbox));
    const first = begin(app({ image: 'web:2' }), { steps: [weight(50), hold(60_000)], maxRunMs: 30_000 });
    expect(await first.ended()).toMatchObject({ phase: 'paused' });
    expect((await recorded())?.find(({ kind }) => kind === 'success-rate')).toMatchObject({
      service: 'monitoring/prometheus',
      port: '9090',
    });
    installAnother();
    h.clock.advance(61_000);
    const second = begin(app({ image: 'web:2' }), { steps: [weight(50), hold(60_000)] });
    expect(await second.ended()).toMatchObject({ phase: 'succeeded' });
  });
});

describe('a Prometheus that nobody named is not needed', () => {
  it('by a first deploy, whose notes say that nothing is asked', async () => {
    h = harness({ objects: [configMap('0', 'other')], traffic: false });
    h.api.delete('apps/Deployment', NAMESPACE, 'web', {});
    h.api.delete('Service', NAMESPACE, 'web', {});
    h.clock.advance(30_000);
    const { run, ended } = begin(app());
    expect(await ended()).toMatchObject({ phase: 'succeeded' });
    const started = run.events.find(event => event.type === 'started');
    expect(started?.type === 'started' && started.plan.notes?.join()).toContain(
      'no canary steps are taken and no checks asked (success-rate)',
    );
  });

  it('where the release is finished in this very form', async () => {
    await released();
    const { run, ended } = begin(app());
    expect(await ended()).toMatchObject({ phase: 'unchanged' });
    expect(run.process.writes.filter(({ path }) => !path.includes('/leases'))).toEqual([]);
  });

  it('to get away from a bad version to the one that serves', async () => {
    await released();
    await h.run(installPrometheus(h.sandbox));
    const bad = begin(app({ image: 'web:2' }), { steps: [weight(50), approve] });
    expect(await bad.ended()).toMatchObject({ phase: 'paused' });
    installAnother();
    const away = begin(app());
    expect(['succeeded', 'unchanged']).toContain((await away.ended()).phase);
    h.clock.advance(30_000);
    expect(h.traffic?.counts().byImage['web:2']).toBeDefined();
    const before = h.traffic?.counts().byImage['web:2']?.answered;
    h.clock.advance(10_000);
    expect(h.traffic?.counts().byImage['web:2']?.answered).toBe(before);
  });

  it('to get away from a bad version that stable itself has got already', async () => {
    await released();
    await h.run(installPrometheus(h.sandbox));
    const bad = begin(app({ image: 'web:2' }));
    bad.run.listeners.add(event => {
      if (event.type === 'step-started' && event.name.startsWith('Wait until stable')) bad.run.cancel();
    });
    expect(await bad.ended()).toMatchObject({ phase: 'aborted' });
    installAnother();
    h.clock.advance(120_000);
    const away = begin(app());
    expect(['succeeded', 'unchanged']).toContain((await away.ended()).phase);
    const web = h.api.get<KubeObject>('apps/Deployment', NAMESPACE, 'web');
    expect(JSON.stringify(web?.spec)).toContain('web:1');
  });
});
