import { describe, expect, it } from '@jest/globals';
import { jobsOf } from '../../src/checks/job-object.ts';
import type { KubeObject, ObjectRef } from '../../src/kube.ts';
import type { Pair } from '../../src/release/plan.ts';
import { handView, PAIR, ref } from '../traffic/hand-view.ts';
import { checkContext, FACTS } from './context.ts';
import { type Smoke, smoke } from './job-config.ts';

const API: Pair = {
  ...PAIR,
  stable: ref('Deployment', 'api'),
  twin: ref('Deployment', 'api-canary'),
  service: { stable: ref('Service', 'api'), twin: ref('Service', 'api-canary') },
};

function made(given: Smoke = {}, facts = FACTS, pairs: readonly Pair[] = [PAIR]): KubeObject[] {
  return jobsOf(smoke(given), checkContext({ facts, pairs }));
}

const nameOf = (given: Smoke, facts = FACTS): string => made(given, facts)[0]?.metadata.name ?? '';

describe('the Job of a check', () => {
  it('has the release’s labels beside its own, under a name and in a namespace of ours', () => {
    const metadata = { name: 'mine', labels: { team: 'a', 'sluice.dev/release': 'no' }, annotations: { note: 'x' } };
    expect(made({ metadata })[0]?.metadata).toEqual({
      name: 'sluice-shop-7-smoke',
      namespace: 'shop',
      labels: { team: 'a', 'sluice.dev/release': 'shop', 'sluice.dev/revision': '7', 'sluice.dev/check': 'smoke' },
      annotations: { note: 'x' },
    });
  });

  it('says where its release has its record, where that is elsewhere', () => {
    expect(made({}, { ...FACTS, namespace: 'home' })[0]?.metadata).toMatchObject({
      namespace: 'shop',
      labels: { 'sluice.dev/home': 'home' },
    });
  });

  it('belongs to the twin, so that it goes with it; to no StatefulSet, which stays', () => {
    const context = checkContext({ view: handView() });
    const put = (object: ObjectRef): void => {
      const { namespace = '', name, ...kind } = object;
      context.view.enter({ ...kind, metadata: { name, namespace, uid: `uid-of-${name}` } });
    };
    for (const one of [PAIR.stable, PAIR.twin, ref('StatefulSet', 'db')]) put(one);
    expect(jobsOf(smoke(), context)[0]?.metadata.ownerReferences).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web-canary', uid: 'uid-of-web-canary' },
    ]);
    const { service: _service, ...pair } = {
      ...PAIR,
      stable: ref('StatefulSet', 'db'),
      twin: ref('StatefulSet', 'db'),
    };
    expect(jobsOf(smoke(), { ...context, pairs: [pair] })[0]?.metadata.ownerReferences).toBeUndefined();
  });

  it('has facts in command, args and the values of env alone, of init containers, too', () => {
    const container = {
      name: 'smoke',
      image: 'smoke:{{weight}}',
      command: ['sh', '-c', 'curl http://{{canary-service}}'],
      args: ['{{release}}', '{{.State}}'],
      env: [
        { name: 'W', value: '{{weight}}' },
        { name: 'S', valueFrom: { secretKeyRef: { name: '{{release}}', key: 'k' } } },
      ],
    };
    const template = { spec: { initContainers: [{ name: 'i', args: ['{{revision}}'] }], containers: [container] } };
    expect(made({ spec: { template } })[0]?.spec).toMatchObject({
      template: {
        spec: {
          initContainers: [{ name: 'i', args: ['7'] }],
          containers: [
            {
              ...container,
              command: ['sh', '-c', 'curl http://web-canary'],
              args: ['shop', '{{.State}}'],
              env: [{ name: 'W', value: '10' }, container.env[1]],
            },
          ],
        },
      },
    });
  });

  it('is tried once, and is ended and deleted by the cluster where nobody waits for it', () => {
    expect(made()[0]?.spec).toMatchObject({
      backoffLimit: 0,
      activeDeadlineSeconds: 90,
      ttlSecondsAfterFinished: 3_600,
      template: { spec: { restartPolicy: 'Never' } },
    });
  });

  it('keeps what its manifest says of that, but never lives longer than its time', () => {
    const own = { backoffLimit: 2, ttlSecondsAfterFinished: 60 };
    const template = { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c' }] } };
    expect(made({ spec: { ...own, template, activeDeadlineSeconds: 40 } })[0]?.spec).toMatchObject({
      ...own,
      activeDeadlineSeconds: 40,
      template,
    });
    expect(made({ spec: { activeDeadlineSeconds: 4_000 } })[0]?.spec).toMatchObject({ activeDeadlineSeconds: 90 });
  });

  it('is one for several workloads, unless variables make them differ', () => {
    expect(made({}, FACTS, [PAIR, API]).map(({ metadata }) => metadata.name)).toEqual(['sluice-shop-7-smoke']);
    const args = ['{{canary-service}}'];
    expect(made({ args }, FACTS, [PAIR, API]).map(({ metadata }) => metadata.name)).toEqual([
      'sluice-shop-7-smoke-web',
      'sluice-shop-7-smoke-api',
    ]);
  });
});

describe('its name', () => {
  it.each([
    ['smoke', 'shop', /^sluice-shop-7-smoke$/],
    ['Smoke Test', 'shop', /^sluice-shop-7-smoke-test-[0-9a-f]{8}$/],
    ['smoke.test_1', 'shop', /^sluice-shop-7-smoke-test-1-[0-9a-f]{8}$/],
    ['x'.repeat(63), 'shop', /^sluice-shop-7-x{40}-[0-9a-f]{8}$/],
    [`${'x'.repeat(39)}-y`, 'shop', /^sluice-shop-7-x{39}-y$/],
    [`${'x'.repeat(39)}-${'y'.repeat(20)}`, 'shop', /^sluice-shop-7-x{39}-[0-9a-f]{8}$/],
    ['smoke', 'my.shop', /^sluice-my-shop-7-smoke-[0-9a-f]{8}$/],
  ])('for the check %j of release %s is a label, and the same each time', (name, release, expected) => {
    const facts = { ...FACTS, release };
    expect(nameOf({ name }, facts)).toMatch(expected);
    expect(nameOf({ name }, facts).length).toBeLessThanOrEqual(63);
    expect(nameOf({ name }, facts)).toBe(nameOf({ name }, facts));
  });

  it('tells apart what it cannot hold', () => {
    const names = [
      nameOf({ name: 'a b' }),
      nameOf({ name: 'a-b' }),
      nameOf({ name: 'a_b' }),
      nameOf({ name: 'A-b' }),
      nameOf({ name: 'a-b' }, { ...FACTS, namespace: 'elsewhere' }),
      nameOf({ name: 'a-b' }, { ...FACTS, namespace: 'another' }),
      nameOf({ name: 'a-b' }, { ...FACTS, revision: 8 }),
      nameOf({ name: 'a-b'.repeat(20) }),
      nameOf({ name: `${'a-b'.repeat(20)}c` }),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});
