import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KubeObject } from '../../../src/kube.ts';
import { createStore } from '../../../src/sandbox/store/store.ts';

function configMap(name: string, value: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { value } };
}

describe('the store', () => {
  it('gives each change its own, growing resourceVersion', () => {
    const store = createStore();
    const first = store.put('/configmaps', configMap('a', '1'));
    const second = store.put('/secrets', configMap('a', '1'));
    expect(Number(second.metadata.resourceVersion)).toBe(Number(first.metadata.resourceVersion) + 1);
    expect(store.version()).toBe(Number(second.metadata.resourceVersion));
  });

  it('hands out frozen objects', () => {
    const store = createStore();
    const stored = store.put('/configmaps', configMap('a', '1'));
    expect(Object.isFrozen(stored['data'])).toBe(true);
  });

  it('tells listeners of a write within a listener after the change that caused it', () => {
    const store = createStore();
    const seen: string[] = [];
    store.subscribe((_collection, { object }) => {
      if (object.metadata.name === 'cause') store.put('/configmaps', configMap('effect', '1'));
    });
    store.subscribe((_collection, { object }) => seen.push(object.metadata.name));
    store.put('/configmaps', configMap('cause', '1'));
    expect(seen).toEqual(['cause', 'effect']);
  });

  it('forgets the oldest changes and says so', () => {
    const store = createStore(10);
    for (let index = 0; index < 30; index++) store.put('/configmaps', configMap('a', String(index)));
    expect(store.eventsSince('/configmaps', 2)).toBeUndefined();
    expect(store.listAt('/configmaps', undefined, 2)).toBeUndefined();
    expect(store.eventsSince('/configmaps', store.version() - 3)).toHaveLength(3);
  });

  it('lists any past version as it was, whatever was written since', () => {
    const writes = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(writes, list => {
        const store = createStore();
        const past: [number, string][] = [];
        list.forEach(({ name, gone }, index) => {
          if (gone) store.remove('/configmaps', 'shop', name);
          else store.put('/configmaps', configMap(name, String(index)));
          past.push([store.version(), JSON.stringify(store.list('/configmaps', 'shop'))]);
        });
        for (const [version, state] of past) {
          expect(JSON.stringify(store.listAt('/configmaps', 'shop', version))).toBe(state);
        }
      }),
    );
  });
});
