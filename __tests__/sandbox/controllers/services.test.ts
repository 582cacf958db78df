import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import type { Endpoint } from '../../../src/sandbox/controllers/endpoints/endpoint-slice.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts';
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

interface Subset {
  addresses?: { targetRef: { name: string } }[];
  notReadyAddresses?: { targetRef: { name: string } }[];
  ports?: { name?: string; port: number }[];
}
const endpoints = (cluster: Cluster): (KubeObject & { subsets?: Subset[] }) | undefined =>
  cluster.get('Endpoints', 'web');

describe('the Endpoints of a Service', () => {
  it('tell pods that are ready from those that are not, and leave out those that terminate', () => {
    const cluster = startCluster();
    cluster.create(service('web', { ports: [{ name: 'web', port: 80, targetPort: 'http' }] }));
    cluster.create(deployment('web'));
    const selector = { spec: { selector: { matchLabels: { own: '2' } } }, labels: { app: 'web', own: '2' } };
    cluster.create(deployment('web2', { ...selector, image: 'web:unready', replicas: 1 }));
    cluster.clock.advance(3000);
    const [subset, ...others] = endpoints(cluster)?.subsets ?? [];
    expect(others).toEqual([]);
    expect(subset).toMatchObject({ ports: [{ name: 'web', port: 80, protocol: 'TCP' }] });
    expect(subset?.addresses).toHaveLength(2);
    expect(subset?.notReadyAddresses?.map(({ targetRef }) => targetRef.name)).toEqual([
      expect.stringMatching(/^web2-/),
    ]);
    expect(endpoints(cluster)?.metadata.labels).toEqual({
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    });
    const ending = subset?.addresses?.[0]?.targetRef.name ?? '';
    cluster.api.delete('Pod', 'default', ending, {});
    cluster.clock.advance(100);
    expect(cluster.get('Pod', ending)).toBeDefined();
    expect(endpoints(cluster)?.subsets?.[0]?.addresses).toHaveLength(1);
  });

  it('have no ports where a headless Service has none', () => {
    const cluster = startCluster();
    cluster.create(service('web', { clusterIP: 'None', ports: [] }));
    cluster.create(deployment('web'));
    cluster.clock.advance(3000);
    expect(endpoints(cluster)?.subsets).toEqual([{ addresses: [expect.anything(), expect.anything()] }]);
    expect(endpoints(cluster)?.metadata.labels).toHaveProperty(['service.kubernetes.io/headless'], '');
  });

  it('go with the Service, while those of nobody stay', () => {
    const cluster = startCluster();
    cluster.create(service('web'));
    cluster.create({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'own' } });
    cluster.clock.advance(100);
    expect(endpoints(cluster)).toBeDefined();
    cluster.api.delete('Service', 'default', 'web', {});
    cluster.clock.advance(100);
    expect(endpoints(cluster)).toBeUndefined();
    expect(cluster.get('Endpoints', 'own')).toBeDefined();
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

  it('goes where no other controller runs, so that a Namespace with finalizers of Kubernetes in it can end', () => {
    const clock = virtualClock(Date.UTC(2026, 10, 23, 12));
    const { api } = createSandbox({ clock, controllers: 'off' });
    api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, { manager: 'test' });
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    api.create(claim, { manager: 'test' });
    api.create({ ...configMap('a'), metadata: { name: 'a', namespace: 'shop' } }, { manager: 'test' });
    api.delete('ConfigMap', 'shop', 'a', { propagation: 'Foreground' });
    expect(api.get('ConfigMap', 'shop', 'a')?.metadata.finalizers).toEqual(['foregroundDeletion']);
    api.delete('Namespace', undefined, 'shop', {});
    clock.advance(100);
    expect(api.get('Namespace', undefined, 'shop')).toBeUndefined();
  });

  it('is a claim only when the pod that uses it is gone', () => {
    const cluster = startCluster();
    cluster.create({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    cluster.create(deployment('web', { replicas: 1, pod: { volumes } }));
    cluster.clock.advance(3000);
    cluster.api.delete('PersistentVolumeClaim', 'default', 'data', {});
    cluster.clock.advance(3000);
    expect(cluster.get('PersistentVolumeClaim', 'data')?.metadata.deletionTimestamp).toBeDefined();
    cluster.api.delete('apps/Deployment', 'default', 'web', {});
    cluster.clock.advance(60_000);
    expect(cluster.get('PersistentVolumeClaim', 'data')).toBeUndefined();
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
