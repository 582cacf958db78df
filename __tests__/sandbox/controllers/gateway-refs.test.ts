import { describe, expect, it } from '@jest/globals';
import { GATEWAY, httpRoute, object, routedCluster, service } from '../traffic/routed-shop.ts';
import { type Cluster, statusOf } from './cluster.ts';

interface Parent {
  parentRef: { kind?: string; name: string };
  conditions: { type: string; status: string; reason: string; message: string; observedGeneration: number }[];
}

const KIND = `${GATEWAY}/HTTPRoute`;
const FAR = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'far', namespace: '' } };
const THERE = { ...service('web'), metadata: { name: 'web', namespace: 'far' } };

function parents(cluster: Cluster): Parent[] {
  return (statusOf(cluster.get(KIND, 'web'))['parents'] as Parent[] | undefined) ?? [];
}

function resolved(cluster: Cluster): string {
  const found = parents(cluster)[0]?.conditions.find(({ type }) => type === 'ResolvedRefs');
  return `${found?.status} ${found?.reason} ${found?.message}`;
}

const grant = (name?: string, from = 'default') => ({
  ...object(`${GATEWAY}/v1beta1`, 'ReferenceGrant', 'web', {
    from: [{ group: GATEWAY, kind: 'HTTPRoute', namespace: from }],
    to: [{ group: '', kind: 'Service', ...(name ? { name } : {}) }],
  }),
  metadata: { name: 'web', namespace: 'far' },
});

describe('the backends of a route', () => {
  it('are resolved in another namespace only while a ReferenceGrant there says so', () => {
    const cluster = routedCluster([FAR, THERE], ['HTTPRoute', 'ReferenceGrant']);
    cluster.create(httpRoute([{ backendRefs: [{ name: 'web', namespace: 'far', port: 80 }] }]));
    const resolvedBy = (change: () => void): string => {
      change();
      cluster.clock.advance(100);
      return resolved(cluster);
    };
    const remove = (): void => {
      cluster.api.delete(`${GATEWAY}/ReferenceGrant`, 'far', 'web', {});
    };
    const refused = 'False RefNotPermitted No ReferenceGrant allows the use of Service far/web';
    expect(resolvedBy(() => undefined)).toBe(refused);
    expect(resolvedBy(() => cluster.create(grant()))).toMatch(/^True ResolvedRefs/);
    expect(resolvedBy(remove)).toBe(refused);
    expect(resolvedBy(() => cluster.create(grant('web')))).toMatch(/^True ResolvedRefs/);
    remove();
    expect(resolvedBy(() => cluster.create(grant('other')))).toBe(refused);
    remove();
    expect(resolvedBy(() => cluster.create(grant(undefined, 'elsewhere')))).toBe(refused);
  });

  it('are looked for again when a Service comes or goes', () => {
    const cluster = routedCluster([], ['HTTPRoute']);
    cluster.create(httpRoute([{ backendRefs: [{ name: 'late', port: 80 }] }]));
    cluster.clock.advance(100);
    expect(resolved(cluster)).toBe('False BackendNotFound Service default/late not found');
    cluster.create(service('late'));
    cluster.clock.advance(100);
    expect(resolved(cluster)).toMatch(/^True/);
    cluster.api.delete('Service', 'default', 'late', {});
    cluster.clock.advance(100);
    expect(resolved(cluster)).toBe('False BackendNotFound Service default/late not found');
  });
});

describe('the parents of a route', () => {
  it('answer where they are Gateways or, of a mesh, Services; nobody answers for others', () => {
    const cluster = routedCluster([], ['HTTPRoute']);
    const route = httpRoute([{ backendRefs: [{ name: 'web', port: 80 }] }]);
    const parentRefs = [
      { name: 'edge' },
      { group: '', kind: 'Service', name: 'web' },
      { group: 'x.example', kind: 'Door', name: 'd' },
    ];
    cluster.create({ ...route, spec: { ...(route.spec as object), parentRefs } });
    cluster.clock.advance(100);
    expect(parents(cluster).map(({ parentRef }) => `${parentRef.kind} ${parentRef.name}`)).toEqual([
      'Gateway edge',
      'Service web',
    ]);
  });

  it('take as long for each write as the route says', () => {
    const cluster = routedCluster([], ['HTTPRoute']);
    const generations = (): number[] => [
      ...new Set(parents(cluster).flatMap(({ conditions }) => conditions.map(one => one.observedGeneration))),
    ];
    cluster.create(
      httpRoute([{ backendRefs: [{ name: 'web', port: 80 }] }], { 'sandbox.sluice.dev/accepted': '5000' }),
    );
    cluster.clock.advance(4900);
    expect(generations()).toEqual([]);
    cluster.clock.advance(200);
    expect(generations()).toEqual([1]);
    const write = (hostname: string): void =>
      cluster.change(KIND, 'web', ({ spec }) => {
        spec['hostnames'] = [hostname];
        spec['rules'] = [{ backendRefs: [{ name: 'web', port: 80 }] }];
      });
    write('shop.example');
    cluster.clock.advance(3000);
    write('www.shop.example');
    // Neither the write before nor a Service that comes hastens it.
    cluster.create(service('other'));
    cluster.clock.advance(4900);
    expect(generations()).toEqual([1]);
    cluster.clock.advance(200);
    expect(generations()).toEqual([3]);
  });
});
