import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { promote, reject } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import { decodeRecord, encodeRecord, type ReleaseRecord } from '../../../src/release/record.ts';
import { tell } from '../../../src/report/story.ts';
import { summaryOf } from '../../../src/report/summary.ts';
import type { InProcessOptions } from '../../../src/sandbox/in-process.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { COMPARE, COMPARED } from '../compare-check.ts';
import { adopted } from '../property/adopted.ts';
import { begin, expectUnharmed, QUIET, SANDBOX, say, starts, until, when } from '../property/found-rig.ts';
import {
  approve,
  commandRequest,
  deployNow,
  deployRequest,
  hold,
  LIMIT_MS,
  NAMESPACE,
  openRun,
  PODS,
  type Wish,
  weight,
} from '../rig.ts';
import { open, PATIENT, podsOf, servingOf, sizeOf, TIMES, versionOf } from './compared.ts';
import { HTTP_ROUTE } from './routed.ts';
import { pass } from './shop.ts';

const version = versionOf();
const BY_HAND = { manager: 'test' };
const at50: Wish = { ...COMPARED, ...TIMES, steps: [weight(50), approve] };

/** Waits for an approval at half of the requests, its baseline in the traffic. */
async function paused(h = open(HTTP_ROUTE, version)): Promise<Harness> {
  const outcome = await deployNow(h, version('web:2'), at50);
  expect({ phase: outcome.phase, broken: h.laws.violations }).toEqual({ phase: 'paused', broken: [] });
  expect(servingOf(h, 'web-baseline')).toHaveLength(2);
  return h;
}

function rewrite(h: Harness, change: (record: ReleaseRecord) => Partial<ReleaseRecord>): void {
  const secret = h.api.get('Secret', NAMESPACE, 'sluice.shop.1') as KubeObject;
  const record = decodeRecord([secret]);
  const [{ data }] = encodeRecord({ ...record, ...change(record) });
  h.api.update({ ...structuredClone(secret), data } as KubeObject, BY_HAND);
}

const told = (h: Harness): string[] => h.laws.violations.map(({ law, message }) => `${law}: ${message}`);
const tracksOf = (h: Harness): (string | undefined)[] =>
  podsOf(h, 'web-baseline').map(({ metadata }) => metadata.labels?.['sluice.dev/track']);
const erase = (h: Harness, pod: KubeObject | undefined): void =>
  void h.api.delete('Pod', NAMESPACE, pod?.metadata.name ?? '', {});

describe('the monitor of the laws barks at a baseline', () => {
  it('that is removed while Services send to it', async () => {
    const h = await paused();
    rewrite(h, ({ plan }) => ({ plan: { ...plan, steps: plan.steps.filter(step => step.do !== 'dismiss') } }));
    await say(h, promote, { full: true });
    expect(told(h)[0]).toBe(
      '3: Deployment default/web-baseline is deleted while Service default/web sends to its pods',
    );
    h.stop();
  });

  it('that is removed before its last requests are answered', async () => {
    const h = await paused(
      harness({
        objects: [...HTTP_ROUTE.ground, ...version('web:1').map(adopted), HTTP_ROUTE.route],
        laws: { drainMs: 3_600_000 },
        traffic: false,
        readyMs: 60_000,
      }),
    );
    await say(h, reject);
    expect(told(h).filter(text => text.includes('baseline'))).toEqual([
      expect.stringMatching(/^3: Deployment default\/web-baseline is deleted \d+ ms after its last traffic; /),
    ]);
    h.stop();
  });

  it('that is left, and that a Service would send to again', async () => {
    const h = await paused();
    const left = h.laws.endOfRelease(NAMESPACE).map(({ message }) => message);
    expect(left).toEqual(
      expect.arrayContaining([
        'twin Deployment default/web-baseline is left',
        'Deployment default/web-baseline is left with the label sluice.dev/track=baseline',
      ]),
    );
    const service = h.api.get<KubeObject<{ selector: object }>>('Service', NAMESPACE, 'web') as KubeObject;
    h.api.update(
      { ...service, spec: { ...(service.spec as object), selector: { app: 'web' } } },
      { manager: 'sluice' },
    );
    const [pod] = podsOf(h, 'web-baseline');
    expect(
      told(h).find(text => text.startsWith('3: Service default/web is unpinned while pods of a baseline')),
    ).toContain(pod?.metadata.name);
    h.stop();
  });

  it('whose pods are not stable’s capacity', async () => {
    const h = await paused();
    // Two of stable's four pods are left, and two of the baseline: three quarters of the requests need three.
    h.traffic?.stop();
    for (const node of h.api.list('Node'))
      h.api.update({ ...node, spec: { ...(node.spec as object), unschedulable: true } }, BY_HAND);
    for (const pod of podsOf(h, 'web').slice(0, 2)) erase(h, pod);
    h.clock.advance(30_000);
    const route = h.api.get<KubeObject<{ rules: { backendRefs: object[] }[] }>>(
      'gateway.networking.k8s.io/HTTPRoute',
      NAMESPACE,
      'web',
    ) as KubeObject<{ rules: { backendRefs: { weight: number }[] }[] }>;
    const rules = route.spec?.rules.map(rule => ({
      ...rule,
      backendRefs: rule.backendRefs.map((ref, index) => ({ ...ref, weight: index === 0 ? 75 : 25 })),
    }));
    h.api.update({ ...route, spec: { ...route.spec, rules } } as KubeObject, { manager: 'sluice-release' });
    expect(told(h).filter(text => text.startsWith('1: '))).toEqual([
      expect.stringContaining('while 2 pods of web are ready'),
    ]);
    h.stop();
  });
});

describe('a fresh baseline', () => {
  it('lets a pod that came late into the traffic while the release holds', async () => {
    const h = open(HTTP_ROUTE, version);
    const { run, ended } = begin(h, version('web:2'), { ...at50, steps: [weight(50), hold(20_000)] });
    await until(h, run, starts('Hold'));
    const [first] = podsOf(h, 'web-baseline');
    h.traffic?.stop();
    erase(h, first);
    await pass(h, 15_000);
    expect(servingOf(h, 'web-baseline')).toHaveLength(2);
    expect(servingOf(h, 'web-baseline')).not.toContain(first?.metadata.name);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('keeps pods that come too late out of it, and takes those out that were about to come', async () => {
    const slow = versionOf({ [`${SANDBOX}ready-after`]: '4s' });
    const h = open(HTTP_ROUTE, slow);
    h.traffic?.stop();
    const { run, ended } = begin(h, slow('web:2'), { ...at50, steps: [weight(50), hold(1_000)] });
    await until(h, run, starts('Hold'));
    erase(h, podsOf(h, 'web-baseline')[0]);
    await until(h, run, starts('Promote'));
    expect(tracksOf(h)).toEqual(['baseline', 'baseline']);
    erase(h, podsOf(h, 'web-baseline')[0]);
    await until(h, run, starts('Give the traffic back'));
    expect(tracksOf(h).toSorted()).toEqual(['baseline', undefined]);
    expect(servingOf(h, 'web-baseline')).toEqual([]);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('follows its twin where an autoscaler gives stable more pods', async () => {
    const autoscaler: KubeObject = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 9,
      },
    };
    const unsized = (image: string): KubeObject[] => version(image, { replicas: undefined });
    const h = harness({
      objects: [...HTTP_ROUTE.ground, ...version('web:1').map(adopted), autoscaler, HTTP_ROUTE.route],
      traffic: QUIET,
      readyMs: 60_000,
    });
    const { run, ended } = begin(h, unsized('web:2'), { ...at50, steps: [weight(50), hold(20_000)] });
    await until(h, run, starts('Hold'));
    const before = [sizeOf(h, 'web-canary'), sizeOf(h, 'web-baseline')];
    const stable = h.api.get('apps/Deployment', NAMESPACE, 'web') as KubeObject;
    h.api.update({ ...stable, spec: { ...(stable.spec as object), replicas: 8 } }, { manager: 'hpa' });
    await pass(h, 10_000);
    expect(before).toEqual([2, 2]);
    expect([sizeOf(h, 'web-canary'), sizeOf(h, 'web-baseline')]).toEqual([4, 4]);
    expect(servingOf(h, 'web-baseline')).toHaveLength(4);
    await h.run(ended, LIMIT_MS);
    expectUnharmed(h);
  });

  it('grows no more once a person has said that no check is to be waited for', async () => {
    const h = open(HTTP_ROUTE, versionOf(PATIENT));
    await deployNow(h, versionOf(PATIENT)('web:2'), { ...at50, steps: [weight(50), approve, weight(75), hold(5_000)] });
    const run = openRun(h);
    const sizes: number[] = [];
    run.listeners.add(event => {
      if (event.type === 'resized') sizes.push(event.replicas);
    });
    const ended = promote(run.deps, commandRequest(run, { full: true }));
    await until(h, run, starts('Promote'));
    expect(sizes).toEqual([3]);
    expect(sizeOf(h, 'web-baseline')).toBe(2);
    expect((await h.run(ended, LIMIT_MS)).phase).toBe('succeeded');
    expectUnharmed(h);
  });

  it('that does not start ends the release before any request is moved', async () => {
    const h = open(HTTP_ROUTE, version);
    const { run, ended } = begin(h, version('web:2'), { ...at50, timeoutMs: 20_000 });
    // Its images are pulled no more from the moment when it is made.
    when(
      run,
      event => event.type === 'resized' && event.ref.name === 'web-baseline',
      () => {
        const baseline = h.api.get('apps/Deployment', NAMESPACE, 'web-baseline') as KubeObject<{
          template: KubeObject;
        }>;
        const { template } = baseline.spec as { template: KubeObject };
        const annotations = { [`${SANDBOX}image-pull-failure`]: 'true' };
        h.api.update(
          {
            ...baseline,
            spec: { ...baseline.spec, template: { ...template, metadata: { ...template.metadata, annotations } } },
          } as KubeObject,
          BY_HAND,
        );
      },
    );
    const outcome = await h.run(ended, LIMIT_MS);
    expect(outcome).toMatchObject({ phase: 'rolled-back' });
    expect(outcome.error?.message).toContain('web-baseline');
    expect(run.events.some(event => event.type === 'shifted' && event.weight > 0)).toBe(false);
    expectUnharmed(h);
  });

  it('is told of in the log’s plan and in the summary', async () => {
    const h = open(HTTP_ROUTE, version);
    const { run, ended } = begin(h, version('web:2'), at50);
    await h.run(ended, LIMIT_MS);
    const model = tell(
      {
        action: 'deploy',
        release: 'shop',
        strategy: 'canary',
        namespaces: [NAMESPACE],
        cluster: {},
        facts: {},
        startedAt: 0,
        objects: version('web:2'),
        substitutions: [],
      },
      run.events,
      h.clock.now(),
    );
    expect(model.workloads[0]?.baseline).toMatchObject({ health: 'healthy', replicas: { ready: 2, desired: 2 } });
    expect(
      summaryOf(model)
        .split('\n')
        .filter(line => line.includes('the baseline')),
    ).toEqual(['| `Deployment web-baseline` | ✅ healthy | 2 of 2 | the baseline | `web:1` |']);
    expect(model.notes.join('\n')).toContain('web-baseline runs beside');
    h.stop();
  });

  it('costs no call, no step and no word in the record where no check asks for it', async () => {
    const h = open(HTTP_ROUTE, version);
    const paths: string[] = [];
    const onCall: InProcessOptions['onCall'] = (_n, { path }) => {
      paths.push(path);
      return 'execute';
    };
    const run = openRun(h, { onCall });
    const wish: Wish = { ...at50, checks: [PODS, { ...COMPARE, baseline: false }] };
    await h.run(deploy(run.deps, deployRequest(run, version('web:2'), wish)), LIMIT_MS);
    const { settings: _settings, ...record } = decodeRecord([
      h.api.get('Secret', NAMESPACE, 'sluice.shop.1') as KubeObject,
    ]);
    expect(JSON.stringify(record)).not.toContain('baseline');
    expect(record.plan.steps.map(step => step.do)).not.toContain('dismiss');
    expect(paths.filter(path => /\/pods\/|baseline/.test(path))).toEqual([]);
    h.stop();
  });
});
