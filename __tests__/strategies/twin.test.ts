import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../../src/kube.ts';
import {
  configOf,
  contentHash,
  copyOf,
  type DeploymentSpec,
  stopsToRoll,
  twinOf,
  twinServiceOf,
} from '../../src/strategies/twin.ts';
import { LONGEST_LABEL, LONGEST_NAME, LONGEST_WORKLOAD, suffixed } from '../../src/traffic/names.ts';
import { anyPlaced, PLACES, type Placed, podSpecOf } from '../manifests/pod-specs.ts';

const TRACK = 'sluice.dev/track';
const track = fc.constantFrom('canary' as const, 'preview' as const);
const labels = fc.dictionary(fc.constantFrom('app', 'tier', 'team', TRACK), fc.constantFrom('web', 'db', 'stable'));
const NAMES = ['conf', 'other', 'third'];

interface Given {
  placed: Placed[];
  selector: Record<string, string>;
  more: Record<string, string>;
  annotations: Record<string, string>;
}
const given: fc.Arbitrary<Given> = fc.record({
  placed: anyPlaced(NAMES),
  selector: labels.map(({ [TRACK]: _, ...others }) => ({ app: 'web', ...others })),
  more: labels,
  annotations: fc.dictionary(
    fc.constantFrom('note', 'kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'),
    fc.constant('x'),
  ),
});

function deploymentOf({ placed, selector, more, annotations }: Given): KubeObject<DeploymentSpec> {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: more, annotations },
    spec: {
      replicas: 4,
      paused: true,
      selector: { matchLabels: selector },
      template: { metadata: { labels: { ...more, ...selector } }, spec: podSpecOf(placed) },
    },
  };
}

const config = (kind: 'ConfigMap' | 'Secret', name: string, content: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop' },
  ...content,
});
const someConfigs = fc.subarray(NAMES.flatMap(name => [config('ConfigMap', name), config('Secret', name)]));

describe('the twin of a Deployment', () => {
  it('selects what stable selects and its track, and its pods are selected by it', () => {
    fc.assert(
      fc.property(given, track, (one, own) => {
        const { spec, metadata } = twinOf(deploymentOf(one), own, []) as KubeObject<DeploymentSpec>;
        expect(spec?.selector).toEqual({ matchLabels: { ...one.selector, [TRACK]: own } });
        expect(spec?.template?.metadata?.labels).toEqual({ ...one.more, ...one.selector, [TRACK]: own });
        expect(metadata.labels).toEqual({ ...one.more, [TRACK]: own });
      }),
    );
  });

  it('has a name of its own, no pods yet, no pause, and nothing that tools wrote about the original', () => {
    fc.assert(
      fc.property(given, track, (one, own) => {
        const { spec, metadata } = twinOf(deploymentOf(one), own, []) as KubeObject<DeploymentSpec>;
        expect({ name: metadata.name, namespace: metadata.namespace }).toEqual({
          name: `web-${own}`,
          namespace: 'shop',
        });
        expect({ replicas: spec?.replicas, paused: spec?.['paused'] }).toEqual({ replicas: 0, paused: undefined });
        expect(metadata.annotations).toEqual(one.annotations['note'] ? { note: 'x' } : undefined);
      }),
    );
  });

  it('names a copy wherever there is one, and no other object anew', () => {
    fc.assert(
      fc.property(given, track, someConfigs, (one, own, changed) => {
        const copies = changed.map(original => copyOf(original, own));
        const renamed = one.placed.map(({ place, name }) => {
          const index = changed.findIndex(
            ({ kind, metadata }) => kind === PLACES[place].kind && metadata.name === name,
          );
          return { place, name: copies[index]?.metadata.name ?? name };
        });
        const { spec } = twinOf(deploymentOf(one), own, copies) as KubeObject<DeploymentSpec>;
        expect(spec?.template?.spec).toEqual(podSpecOf(renamed));
      }),
    );
  });

  it('leaves the original as it is', () => {
    fc.assert(
      fc.property(given, track, someConfigs, (one, own, changed) => {
        const original = deploymentOf(one);
        twinOf(
          original,
          own,
          changed.map(each => copyOf(each, own)),
        );
        expect(original).toEqual(deploymentOf(one));
      }),
    );
  });

  it('keeps expressions of the selector', () => {
    const original = deploymentOf({ placed: [], selector: { app: 'web' }, more: {}, annotations: {} });
    const matchExpressions = [{ key: 'tier', operator: 'Exists' }];
    const spec = { ...original.spec, selector: { matchExpressions } };
    const twin = twinOf({ ...original, spec }, 'canary', []) as KubeObject<DeploymentSpec>;
    expect(twin.spec?.selector).toEqual({ matchLabels: { [TRACK]: 'canary' }, matchExpressions });
  });
});

describe('configuration of the new version', () => {
  const content = fc.record({
    data: fc.option(fc.dictionary(fc.constantFrom('a', 'b'), fc.string()), { nil: undefined }),
    binaryData: fc.option(fc.dictionary(fc.constantFrom('a', 'c'), fc.base64String()), { nil: undefined }),
  });

  it('is copied whole under a name that tells its contents apart, free to be changed and deleted', () => {
    fc.assert(
      fc.property(content, content, track, (one, other, own) => {
        const original = { ...config('ConfigMap', 'conf', one), immutable: true };
        const { metadata, ...copied } = copyOf(original, own);
        expect(copied).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', ...one });
        expect(metadata.labels).toEqual({ [TRACK]: own });
        const second = copyOf(config('ConfigMap', 'conf', other), own).metadata.name;
        const isSame = JSON.stringify([one.data, one.binaryData]) === JSON.stringify([other.data, other.binaryData]);
        if (isSame) expect(metadata.name).toBe(second);
        else if (differs(one.data, other.data) || differs(one.binaryData, other.binaryData))
          expect(metadata.name).not.toBe(second);
      }),
    );
  });

  it('has a name that fits, however long the original’s is', () => {
    const { name } = copyOf(config('Secret', 'a'.repeat(LONGEST_NAME)), 'canary').metadata;
    expect(name.length).toBeLessThanOrEqual(LONGEST_NAME);
  });

  it('is what the pods name, of the same namespace', () => {
    fc.assert(
      fc.property(given, one => {
        const all = NAMES.flatMap(name => [config('ConfigMap', name), config('Secret', name)]);
        const elsewhere = all.map(each => ({ ...each, metadata: { ...each.metadata, namespace: 'other' } }));
        const named = new Set(one.placed.map(({ place, name }) => `${PLACES[place].kind}/${name}`));
        const found = configOf(deploymentOf(one), [...elsewhere, ...all]);
        expect(found).toEqual(all.filter(({ kind, metadata }) => named.has(`${kind}/${metadata.name}`)));
      }),
    );
  });

  it('has one hash whatever order its keys were written in', () => {
    const [one, other] = [{ data: { a: '1', b: '2' } }, { data: { b: '2', a: '1' } }];
    expect(contentHash([config('ConfigMap', 'conf', one)])).toBe(contentHash([config('ConfigMap', 'conf', other)]));
  });
});

function differs(one: unknown, other: unknown): boolean {
  const text = (value: unknown): string => JSON.stringify(Object.entries(value ?? {}).sort());
  return text(one) !== text(other);
}

describe('the twin of a Service', () => {
  const port = fc.record(
    {
      name: fc.constantFrom('http', 'grpc'),
      port: fc.integer({ min: 1, max: 65_535 }),
      targetPort: fc.constantFrom<number | string>(80, 'http'),
      nodePort: fc.integer({ min: 30_000, max: 32_767 }),
      protocol: fc.constant('TCP'),
      appProtocol: fc.constant('http'),
    },
    { requiredKeys: ['port'] },
  );
  const spec = fc.record(
    {
      selector: labels,
      ports: fc.array(port, { maxLength: 3 }),
      type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
      clusterIP: fc.constantFrom('10.0.0.7', 'None'),
      clusterIPs: fc.constant(['10.0.0.7']),
      externalIPs: fc.constant(['192.0.2.7']),
      externalTrafficPolicy: fc.constant('Local'),
      healthCheckNodePort: fc.constant(30_001),
      loadBalancerIP: fc.constant('192.0.2.8'),
      loadBalancerClass: fc.constant('example.com/lb'),
      loadBalancerSourceRanges: fc.constant(['192.0.2.0/24']),
      allocateLoadBalancerNodePorts: fc.constant(true),
    },
    { requiredKeys: ['selector'] },
  );

  it('is inside the cluster alone: the same ports and pods of one track, and nothing of how the other is reached', () => {
    fc.assert(
      fc.property(spec, track, (one, own) => {
        const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: one };
        const twin = twinServiceOf(service, own);
        expect(twin.spec).toEqual({
          selector: { ...one.selector, [TRACK]: own },
          ports: (one.ports ?? []).map(({ nodePort: _, ...rest }) => rest),
        });
        expect(twin.metadata).toEqual({ name: `web-${own}`, namespace: 'shop', labels: { [TRACK]: own } });
      }),
    );
  });

  it('and of its workload keep to their limits', () => {
    const long = 'a'.repeat(LONGEST_LABEL);
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: long }, spec: {} };
    expect(twinServiceOf(service, 'preview').metadata.name).toBe(suffixed(long, 'preview', LONGEST_LABEL));
    const workload = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a'.repeat(240) }, spec: {} };
    expect(twinOf(workload, 'preview', []).metadata.name.length).toBeLessThanOrEqual(LONGEST_WORKLOAD);
  });
});

describe('whether rolling stops a workload', () => {
  const rolling = (maxSurge: unknown, maxUnavailable: unknown): KubeObject<DeploymentSpec> => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } as never } },
  });

  it.each([
    [
      'Recreate',
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'w' }, spec: { strategy: { type: 'Recreate' } } },
      3,
      true,
    ],
    ['the default', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'w' }, spec: {} }, 1, false],
    ['no surge, and one of one may go', rolling(0, 1), 1, true],
    ['no surge, and one of two may go', rolling(0, 1), 2, false],
    ['no surge, and all may go', rolling('0%', '100%'), 4, true],
    ['no surge, and 25 % of three are none', rolling('0', '25%'), 3, false],
    ['no surge, and 25 % of one, of which Kubernetes makes one', rolling(0, '25%'), 1, true],
    ['all may go at once, although new ones come as well', rolling(1, '100%'), 4, true],
    ['the only one may go at once', rolling(1, 1), 1, true],
    ['one of two may go at once', rolling(1, 1), 2, false],
  ])('%s', (_what, workload, size, stops) => {
    expect(stopsToRoll(workload as KubeObject<DeploymentSpec>, size)).toBe(stops);
  });
});
