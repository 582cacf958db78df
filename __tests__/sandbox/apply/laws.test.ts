import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json, JsonObject, KubeObject } from '../../../src/kube.ts';
import {
  decodeFieldsV1,
  difference,
  encodeFieldsV1,
  intersection,
  isEmpty,
  union,
} from '../../../src/sandbox/apply/field-set.ts';
import { jsonPatch } from '../../../src/sandbox/apply/json-patch.ts';
import { mergePatch } from '../../../src/sandbox/apply/merge-patch.ts';
import { builtinResources } from '../../../src/sandbox/apply/schema.ts';
import { serverSideApply } from '../../../src/sandbox/apply/server-side-apply.ts';
import { strategicMergePatch } from '../../../src/sandbox/apply/strategic-merge-patch.ts';
import { trackUpdate } from '../../../src/sandbox/apply/tracking.ts';
import { fieldSetOf } from '../../../src/sandbox/apply/typed-field-set.ts';

function kindNamed(name: string): (typeof builtinResources)[number] {
  const found = builtinResources.find(({ kind }) => kind === name);
  if (!found) throw new Error(`no kind ${name}`);
  return found;
}

const deployment = kindNamed('Deployment');
const NOW = Date.UTC(2024, 0, 1);
const word = fc.constantFrom('a', 'b', 'c', 'd', 'e');
// An empty map is a field of its own, which is owned and gets lost: see the recorded case b13.
const labels = fc.dictionary(word, fc.constantFrom('1', '2'), { minKeys: 1, maxKeys: 4 });

function keyed(item: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject[]> {
  return fc.uniqueArray(item, { selector: value => value['name'] as string, maxLength: 4 });
}

const env = keyed(fc.record({ name: word, value: fc.constantFrom('x', 'y') }));
const container = fc.record(
  { name: word, image: fc.constantFrom('app:1', 'app:2'), env, args: fc.array(word, { maxLength: 2 }) },
  { requiredKeys: ['name'] },
) as fc.Arbitrary<JsonObject>;
const configuration: fc.Arbitrary<JsonObject> = fc
  .record({ labels, replicas: fc.option(fc.nat(5), { nil: undefined }), containers: keyed(container) })
  .map(({ labels, replicas, containers }) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels },
    spec: { ...(replicas === undefined ? {} : { replicas }), template: { spec: { containers } } },
  }));

function apply(manager: string, applied: JsonObject, live?: KubeObject, force = false): KubeObject {
  const object = serverSideApply({ kind: deployment, live, applied, manager, force, now: NOW });
  return live ? object : { ...object, metadata: { ...object.metadata, uid: 'u' } };
}

function ownedBy(object: KubeObject, manager: string): JsonObject {
  return object.metadata.managedFields?.find(entry => entry.manager === manager)?.fieldsV1 ?? {};
}

const nothing: JsonObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };

describe('server-side apply', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(configuration, applied => {
        const once = apply('a', applied);
        expect(apply('a', applied, once)).toEqual(once);
      }),
    );
  });

  it('never conflicts between managers of different fields', () => {
    fc.assert(
      fc.property(labels, labels, (one, two) => {
        const of = (prefix: string, values: Record<string, string>): JsonObject => ({
          ...nothing,
          metadata: {
            name: 'web',
            labels: Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value])),
          },
        });
        const both = apply('two', of('y', two), apply('one', of('x', one)));
        expect(Object.keys(both.metadata.labels ?? {})).toHaveLength(Object.keys(one).length + Object.keys(two).length);
      }),
    );
  });

  it('removes what only this applier owned when it applies nothing, and no more', () => {
    fc.assert(
      fc.property(configuration, configuration, (one, two) => {
        const first = apply('one', one);
        const both = apply('two', two, first, true);
        const left = apply('two', nothing, both);
        expect(ownedBy(left, 'two')).toEqual({});
        expect(ownedBy(left, 'one')).toEqual(ownedBy(both, 'one'));
        const kept = fieldSetOf(deployment.schema, left as unknown as JsonObject);
        expect(isEmpty(difference(decodeFieldsV1(ownedBy(left, 'one')), union(kept, emptied(one))))).toBe(true);
      }),
    );
  });

  it('lets each field be owned by the appliers of its value only', () => {
    fc.assert(
      fc.property(configuration, configuration, (one, two) => {
        const both = apply('two', two, apply('one', one), true);
        const wanted = fieldSetOf(deployment.schema, two);
        const owned = decodeFieldsV1(ownedBy(both, 'two'));
        expect(isEmpty(difference(owned, wanted))).toBe(true);
      }),
    );
  });
});

/** Empty values are owned by who applied them but do not last in the object. */
function emptied(applied: JsonObject): ReturnType<typeof fieldSetOf> {
  return fieldSetOf(deployment.schema, applied);
}

describe('a configuration that merges but cannot be decoded', () => {
  it('is refused with the error of the decoder', () => {
    const config = kindNamed('Secret');
    const applied = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { k: '!' } };
    expect(() => serverSideApply({ kind: config, applied, manager: 'ci', now: NOW })).toThrow(
      'failed to convert new object (/a; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: error decoding from json: illegal base64 data at input byte 0',
    );
  });
});

describe('server-side apply by kubectl', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const config = kindNamed('ConfigMap');
  const body = (data: JsonObject): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data,
  });
  const live = (data: JsonObject, last: JsonObject): KubeObject => {
    const metadata = { name: 'a', uid: 'u', annotations: { [annotation]: JSON.stringify(body(last)) } };
    const updated = { ...body(data), metadata } as unknown as KubeObject;
    return trackUpdate({ kind: config, updated, manager: 'kubectl-client-side-apply', now: NOW });
  };
  const applied = (before: KubeObject, manager = 'kubectl'): KubeObject =>
    serverSideApply({ kind: config, live: before, applied: body({ k: 'new' }), manager, now: NOW });

  it('takes what kubectl had applied client-side, and brings the annotation up to date', () => {
    const after = applied(live({ k: 'v' }, { k: 'v' }));
    expect(after['data']).toEqual({ k: 'new' });
    expect(JSON.parse(after.metadata.annotations?.[annotation] ?? '')).toEqual(body({ k: 'new' }));
  });

  it('does not take what another has changed since, nor as another manager', () => {
    expect(() => applied(live({ k: 'changed' }, { k: 'v' }))).toThrow('.data.k');
    expect(() => applied(live({ k: 'v' }, { k: 'v' }), 'ci')).toThrow('kubectl-client-side-apply');
  });
});

describe('tracking of updates', () => {
  it('gives the writer what it changed and takes it from the others', () => {
    fc.assert(
      fc.property(configuration, labels, (applied, changed) => {
        const live = apply('one', applied);
        const updated: KubeObject = { ...live, metadata: { ...live.metadata, labels: changed } };
        const after = trackUpdate({ kind: deployment, live, updated, manager: 'two', now: NOW });
        const taken = decodeFieldsV1(ownedBy(after, 'two'));
        expect(isEmpty(intersection(taken, decodeFieldsV1(ownedBy(after, 'one'))))).toBe(true);
      }),
    );
  });

  it('keeps at most ten updaters', () => {
    let object: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', labels: {} } };
    for (let index = 0; index < 15; index++) {
      const updated = {
        ...object,
        metadata: { ...object.metadata, uid: 'u', labels: { ...object.metadata.labels, [`l${index}`]: 'x' } },
      };
      const live = index === 0 ? undefined : object;
      object = trackUpdate({ kind: deployment, live, updated, manager: `m${index}`, now: NOW + index * 1000 });
    }
    expect(object.metadata.managedFields).toHaveLength(10);
    expect(Object.keys(ownedBy(object, 'ancient-changes')['f:metadata'] as JsonObject)).toEqual(['f:labels']);
  });
});

describe('FieldsV1', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(configuration, applied => {
        const fields = encodeFieldsV1(fieldSetOf(deployment.schema, applied));
        expect(encodeFieldsV1(decodeFieldsV1(fields))).toEqual(fields);
      }),
    );
  });
});

describe('patches', () => {
  const map: fc.Arbitrary<JsonObject> = fc.dictionary(word, fc.oneof(fc.constantFrom('1', '2'), fc.constant(null)));
  const tree = fc.record({ labels: map, annotations: map }).map(metadata => ({ metadata }) as JsonObject);

  it('merge maps alike, strategic or not', () => {
    const withoutNulls = (value: Json): JsonObject => mergePatch({}, value) as JsonObject;
    fc.assert(
      fc.property(tree, tree, (document, patch) => {
        const original = withoutNulls(document);
        expect(strategicMergePatch(original, patch, deployment.schema)).toEqual(mergePatch(original, patch));
      }),
    );
  });

  it('put lists in the order that $setElementOrder gives', () => {
    const containers = (...names: string[]): Json[] => names.map(name => ({ name, image: 'x' }));
    const document = { spec: { template: { spec: { containers: containers('a', 'b', 'c') } } } };
    const order = [{ name: 'c' }, { name: 'a' }];
    const patch = { spec: { template: { spec: { '$setElementOrder/containers': order } } } };
    const patched = strategicMergePatch(document, patch, deployment.schema);
    expect(patched).toEqual({ spec: { template: { spec: { containers: containers('b', 'c', 'a') } } } });
  });

  it('by JSON pointer add, move, copy and remove', () => {
    const patched = jsonPatch({ a: [1, 2], b: { 'x/y': 'z' } }, [
      { op: 'add', path: '/a/1', value: 9 },
      { op: 'move', from: '/b/x~1y', path: '/c' },
      { op: 'copy', from: '/a/0', path: '/a/-' },
      { op: 'remove', path: '/a/2' },
      { op: 'test', path: '/c', value: 'z' },
    ]);
    expect(patched).toEqual({ a: [1, 9, 1], b: {}, c: 'z' });
  });

  it('by JSON pointer refuse what is no list of operations', () => {
    expect(() => jsonPatch({}, { op: 'add' })).toThrow(
      'cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
    expect(() => jsonPatch({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }])).toThrow('rejected our request');
    expect(() => jsonPatch({}, [{ op: 'remove', path: '/a' }])).toThrow('rejected our request');
    expect(jsonPatch({}, [{ op: 'replace', path: '/a', value: 1 }])).toEqual({ a: 1 });
  });

  it('never write through a prototype', () => {
    const patched = jsonPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);
    expect(Object.hasOwn(patched as object, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
