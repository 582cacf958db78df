import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../src/sandbox/controllers/pods.ts';
import { type Cluster, startCluster, statusOf } from './cluster.ts';

const GROUP = 'gateway.networking.k8s.io';

function withKinds(): Cluster {
  const cluster = startCluster();
  for (const [kind, plural] of [
    ['Gateway', 'gateways'],
    ['HTTPRoute', 'httproutes'],
  ] as const)
    cluster.api.create(
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${GROUP}`, annotations: { 'api-approved.kubernetes.io': 'unapproved, test' } },
        spec: {
          group: GROUP,
          scope: 'Namespaced',
          names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              subresources: { status: {} },
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      },
      { manager: 'test' },
    );
  cluster.clock.advance(2000);
  return cluster;
}

const route = (name: string, annotations: Record<string, string> = {}) => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'HTTPRoute',
  metadata: { name, annotations },
  spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
});

function parentConditions(cluster: Cluster, name: string): Record<string, string> {
  const { parents } = statusOf(cluster.get(`${GROUP}/HTTPRoute`, name)) as { parents?: { conditions: Condition[] }[] };
  return Object.fromEntries(
    (parents?.[0]?.conditions ?? []).map(({ type, status, reason }) => [type, `${status} ${reason}`]),
  );
}

describe('the Gateway API', () => {
  it('programs Gateways and accepts routes, for their newest generation', () => {
    const cluster = withKinds();
    cluster.create({
      apiVersion: `${GROUP}/v1`,
      kind: 'Gateway',
      metadata: { name: 'edge' },
      spec: { listeners: [{ name: 'http' }] },
    });
    cluster.create(route('web'));
    cluster.clock.advance(100);
    const { conditions } = statusOf(cluster.get(`${GROUP}/Gateway`, 'edge')) as { conditions?: Condition[] };
    expect(conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual(['Accepted True', 'Programmed True']);
    expect(parentConditions(cluster, 'web')).toEqual({
      Accepted: 'True Accepted',
      ResolvedRefs: 'False BackendNotFound',
    });
    cluster.change(`${GROUP}/HTTPRoute`, 'web', ({ spec }) => {
      spec['hostnames'] = ['shop.example'];
    });
    cluster.clock.advance(100);
    const { parents } = statusOf(cluster.get(`${GROUP}/HTTPRoute`, 'web')) as {
      parents?: { conditions: Condition[] }[];
    };
    expect(parents?.[0]?.conditions.map(({ observedGeneration }) => observedGeneration)).toEqual([2, 2]);
  });

  it('refuses a route that says so', () => {
    const cluster = withKinds();
    cluster.create(route('web', { 'sandbox.sluice.dev/accepted': 'false' }));
    cluster.clock.advance(100);
    expect(parentConditions(cluster, 'web')['Accepted']).toBe('False NotAllowedByListeners');
  });
});
