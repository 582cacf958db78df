import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import type { Endpoint } from '../../../src/sandbox/controllers/endpoints/endpoint-slice.ts';
import { type Cluster, condition, deployment, startCluster, statusOf } from './cluster.ts';

function service(
  name: string,
  spec: Record<string, unknown> = {},
  annotations: Record<string, string> = {},
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, annotations },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 'http' }], ...spec },
  };
}

interface Slice extends KubeObject {
  endpoints: Endpoint[];
  ports: { port: number }[];
}
const slices = (cluster: Cluster): readonly Slice[] =>
  cluster.api.list<Slice>('discovery.k8s.io/EndpointSlice', 'default');

describe('the EndpointSlices of a Service', () => {
  it('have one slice for each number that a named port has', () => {
    const cluster = startCluster();
    cluster.create(service('web'));
    cluster.create(deployment('web'));
    const ports = [{ name: 'http', containerPort: 8080 }];
    cluster.create(
      deployment('web2', {
        labels: { app: 'web', own: '2' },
        container: { ports },
        spec: { selector: { matchLabels: { own: '2' } } },
      }),
    );
    cluster.clock.advance(3000);
    expect(
      slices(cluster)
        .map(slice => [slice.ports[0]?.port, slice.endpoints.length])
        .sort(),
    ).toEqual([
      [80, 2],
      [8080, 2],
    ]);
  });

  it('show unready pods as ready where the Service asks for it', () => {
    const cluster = startCluster();
    cluster.create(service('web', { publishNotReadyAddresses: true, clusterIP: 'None' }));
    cluster.create(deployment('web', { image: 'web:unready', replicas: 1 }));
    cluster.clock.advance(3000);
    const [slice] = slices(cluster);
    expect(slice?.endpoints[0]?.conditions).toEqual({ ready: true, serving: false, terminating: false });
    expect(slice?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
  });

  it('go with the Service', () => {
    const cluster = startCluster();
    cluster.create(service('web'));
    cluster.clock.advance(100);
    expect(slices(cluster)).toHaveLength(1);
    cluster.api.delete('Service', 'default', 'web', {});
    cluster.clock.advance(100);
    expect(slices(cluster)).toEqual([]);
  });
});

describe('an address', () => {
  it('comes to a LoadBalancer after a while, and never where that is asked for', () => {
    const cluster = startCluster();
    cluster.create(service('a', { type: 'LoadBalancer' }));
    cluster.create(service('b', { type: 'LoadBalancer' }, { 'sandbox.sluice.dev/address-after': 'never' }));
    cluster.clock.advance(100);
    expect(statusOf(cluster.get('Service', 'a'))).toEqual({ loadBalancer: {} });
    cluster.clock.advance(60_000);
    expect(statusOf(cluster.get('Service', 'a'))).toMatchObject({ loadBalancer: { ingress: [{ ipMode: 'VIP' }] } });
    expect(statusOf(cluster.get('Service', 'b'))).toEqual({ loadBalancer: {} });
  });
});

describe('a PodDisruptionBudget', () => {
  it('counts against the scale of the Deployment where it is relative', () => {
    const cluster = startCluster();
    cluster.create(deployment('web', { replicas: 4 }));
    cluster.create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'web' },
      spec: { maxUnavailable: '25%', selector: { matchLabels: { app: 'web' } } },
    });
    cluster.clock.advance(3000);
    expect(statusOf(cluster.get('policy/PodDisruptionBudget', 'web'))).toMatchObject({
      expectedPods: 4,
      desiredHealthy: 3,
      currentHealthy: 4,
      disruptionsAllowed: 1,
    });
  });
});

describe('a HorizontalPodAutoscaler', () => {
  it('moves its target within its bounds as the load that is annotated says', () => {
    const cluster = startCluster();
    cluster.create(deployment('web', { replicas: 2 }));
    cluster.create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'web', annotations: { 'sandbox.sluice.dev/desired-replicas': '9' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        minReplicas: 2,
        maxReplicas: 5,
      },
    });
    cluster.clock.advance(20_000);
    expect(statusOf(cluster.get('apps/Deployment', 'web'))).toMatchObject({ readyReplicas: 5 });
    const scaler = cluster.get('autoscaling/HorizontalPodAutoscaler', 'web');
    expect(statusOf(scaler)).toMatchObject({ currentReplicas: 5, desiredReplicas: 5 });
    expect(condition(scaler, 'ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooManyReplicas' });
  });
});

describe('garbage', () => {
  const configMap = (name: string, owners: KubeObject[] = []): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      ownerReferences: owners.map(owner => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: owner.metadata.name,
        uid: owner.metadata.uid ?? '',
        blockOwnerDeletion: true,
      })),
    },
  });

  it('goes with its last owner, chains and all', () => {
    const cluster = startCluster();
    const [a, b] = [cluster.create(configMap('a')), cluster.create(configMap('b'))];
    const child = cluster.create(configMap('child', [a, b]));
    cluster.create(configMap('grandchild', [child]));
    cluster.api.delete('ConfigMap', 'default', 'a', {});
    cluster.clock.advance(100);
    expect(cluster.get('ConfigMap', 'child')?.metadata.ownerReferences).toHaveLength(1);
    cluster.api.delete('ConfigMap', 'default', 'b', { propagation: 'Foreground' });
    cluster.clock.advance(100);
    for (const name of ['b', 'child', 'grandchild']) expect(cluster.get('ConfigMap', name)).toBeUndefined();
  });

  it('is what a whole Namespace is when it is deleted, pods and their grace included', () => {
    const cluster = startCluster();
    cluster.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, { manager: 'test' });
    cluster.create({ ...deployment('web'), metadata: { name: 'web', namespace: 'shop' } });
    cluster.clock.advance(3000);
    cluster.api.delete('Namespace', undefined, 'shop', {});
    cluster.clock.advance(200);
    expect(cluster.api.list('Pod', 'shop')).toHaveLength(2);
    cluster.clock.advance(10_000);
    expect(cluster.api.get('Namespace', undefined, 'shop')).toBeUndefined();
    expect(cluster.api.list('Pod', 'shop')).toEqual([]);
  });
});
