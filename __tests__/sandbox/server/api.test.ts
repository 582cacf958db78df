import { describe, expect, it } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import { createSandbox, type Sandbox } from '../../../src/sandbox/sandbox.ts';
import { StatusError } from '../../../src/sandbox/types.ts';
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts';

const TEST = { manager: 'test' } as const;

function open(): Sandbox & { clock: ReturnType<typeof virtualClock> } {
  const clock = virtualClock(Date.UTC(2030, 0, 1));
  return { ...createSandbox({ clock, controllers: 'off' }), clock };
}

function configMap(name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ...more }, data: { a: '1' } };
}

function refusalOf(call: () => unknown): StatusError['status'] {
  try {
    call();
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the API', () => {
  it('makes no event and keeps the resourceVersion where a write changes nothing', () => {
    const { api } = open();
    const made = api.create(configMap('a'), TEST);
    const events: string[] = [];
    api.subscribe((_resource, event) => events.push(event.type));
    const same = api.update(structuredClone(made), TEST);
    expect(same.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
    expect(events).toEqual([]);
  });

  it('refuses a write from a stale state', () => {
    const { api } = open();
    const made = api.create(configMap('a'), TEST);
    api.update({ ...made, data: { a: '2' } }, TEST);
    expect(refusalOf(() => api.update({ ...made, data: { a: '3' } }, TEST))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
  });

  it('refuses an object in a namespace that does not exist', () => {
    const { api } = open();
    const refused = refusalOf(() => api.create(configMap('a', { namespace: 'nowhere' }), TEST));
    expect(refused).toMatchObject({ code: 404, message: 'namespaces "nowhere" not found' });
  });

  it('writes nothing in a dry run', () => {
    const { api, core } = open();
    const before = core.store.version();
    api.create(configMap('a'), { ...TEST, dryRun: true });
    expect(core.store.version()).toBe(before);
    expect(api.get('ConfigMap', 'default', 'a')).toBeUndefined();
  });

  it('tells the hook of each write, and of nothing else', () => {
    const { api, core } = open();
    const writes: string[] = [];
    core.onWrite.add(({ verb, before, after }) => writes.push(`${verb} ${before ? 'from' : ''}${after ? 'to' : ''}`));
    const made = api.create(configMap('a'), TEST);
    api.update({ ...made, data: { a: '2' } }, TEST);
    api.delete('ConfigMap', 'default', 'a', {});
    api.delete('ConfigMap', 'default', 'a', {});
    expect(writes).toEqual(['create to', 'update fromto', 'delete from']);
  });

  it('keeps an object that has a finalizer until the finalizer is taken away', () => {
    const { api } = open();
    api.create(configMap('a', { finalizers: ['example.com/hold'] }), TEST);
    const deleting = api.delete('ConfigMap', 'default', 'a', {});
    expect(deleting?.metadata.deletionTimestamp).toBeDefined();
    const held = api.get('ConfigMap', 'default', 'a');
    const { finalizers: _, ...metadata } = held?.metadata ?? { name: 'a' };
    api.update({ ...configMap('a'), metadata }, TEST);
    expect(api.get('ConfigMap', 'default', 'a')).toBeUndefined();
  });

  it('ends a Namespace with all that is in it, and not before a finalizer lets go', () => {
    const { api, clock } = open();
    api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, TEST);
    api.create(configMap('held', { namespace: 'shop', finalizers: ['example.com/hold'] }), TEST);
    api.create(configMap('free', { namespace: 'shop' }), TEST);
    api.delete('Namespace', undefined, 'shop', {});
    clock.advance(10);
    expect(api.list('ConfigMap', 'shop').map(({ metadata }) => metadata.name)).toEqual(['held']);
    const { conditions = [] } = (api.get('Namespace', undefined, 'shop')?.status ?? {}) as {
      conditions?: { type: string; message: string }[];
    };
    expect(conditions.find(({ type }) => type === 'NamespaceFinalizersRemaining')?.message).toBe(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    expect(refusalOf(() => api.create(configMap('late', { namespace: 'shop' }), TEST))).toMatchObject({ code: 403 });
    const { finalizers: _, ...metadata } = api.get('ConfigMap', 'shop', 'held')?.metadata ?? { name: 'held' };
    api.update({ ...configMap('held'), metadata }, TEST);
    clock.advance(10);
    expect(api.get('Namespace', undefined, 'shop')).toBeUndefined();
  });

  it('gives each Namespace its default ServiceAccount', () => {
    const { api } = open();
    api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, TEST);
    expect(api.get('ServiceAccount', 'shop', 'default')).toBeDefined();
  });

  it('refuses what exceeds a quota, and says by how much', () => {
    const { api } = open();
    const hard = { 'count/configmaps': '2' };
    api.create(
      { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q', namespace: 'default' }, spec: { hard } },
      TEST,
    );
    api.create(configMap('a'), TEST);
    expect(refusalOf(() => api.create(configMap('b'), TEST))).toMatchObject({
      code: 403,
      message:
        'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=2, limited: count/configmaps=2',
    });
  });
});
