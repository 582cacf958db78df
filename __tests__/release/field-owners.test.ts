import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject, ManagedFieldsEntry } from '../../src/kube.ts';
import { type FieldPath, isBorrowed, ownersGivenBack, TRANSIENT_MANAGER } from '../../src/release/field-owners.ts';

const PATH: FieldPath = ['spec', 'selector'];
const leaf = fc.constant<JsonObject>({});
const tree = (names: readonly string[], below: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.dictionary(fc.constantFrom(...names.map(name => `f:${name}`)), below, { maxKeys: names.length });
/** What a manager may own of an object: parts of its spec, and of its metadata. */
const fields: fc.Arbitrary<JsonObject> = fc
  .record({
    spec: fc.option(tree(['selector', 'replicas', 'template'], fc.oneof(leaf, tree(['app', 'track'], leaf))), {
      nil: undefined,
    }),
    labels: fc.boolean(),
  })
  .map(({ spec, labels }) => ({
    ...(spec ? { 'f:spec': spec } : {}),
    ...(labels ? { 'f:metadata': { 'f:labels': {} } } : {}),
  }));

const entry: fc.Arbitrary<ManagedFieldsEntry> = fc.record({
  manager: fc.constantFrom('kubectl', 'sluice', 'gitops', 'hpa', TRANSIENT_MANAGER),
  operation: fc.constantFrom('Apply' as const, 'Update' as const),
  apiVersion: fc.constant('v1'),
  fieldsType: fc.constant('FieldsV1' as const),
  fieldsV1: fields,
});
const whole = (one: ManagedFieldsEntry): string => `${one.manager} ${one.operation} ${one.subresource ?? ''}`;
const entries = fc.uniqueArray(
  fc
    .tuple(entry, fc.constantFrom(undefined, undefined, 'status', 'scale'))
    .map(([one, subresource]): ManagedFieldsEntry => (subresource ? { ...one, subresource } : one)),
  { selector: whole, maxLength: 6 },
);

const at = (fieldsV1: JsonObject, path: FieldPath): JsonObject | undefined =>
  path.reduce<JsonObject | undefined>((below, name) => below?.[`f:${name}`] as JsonObject | undefined, fieldsV1);
const ownersOf = (all: readonly ManagedFieldsEntry[], path: FieldPath): Map<string, JsonObject> =>
  new Map(
    all.flatMap(one => {
      const owned = one.manager === TRANSIENT_MANAGER ? undefined : at(one.fieldsV1, path);
      return owned ? [[whole(one), owned] as const] : [];
    }),
  );
const without = (fieldsV1: JsonObject): JsonObject => {
  const { 'f:spec': spec, ...others } = fieldsV1;
  const { 'f:selector': _selector, ...rest } = (spec ?? {}) as JsonObject;
  return { ...others, 'f:spec': rest };
};

describe('owners given back', () => {
  it('nothing is ours for a time any more', () => {
    fc.assert(
      fc.property(entries, entries, (now, before) => {
        expect(isBorrowed(ownersGivenBack(now, before, PATH))).toBe(false);
      }),
    );
  });

  it('whoever owned the field before owns it again, as far as he did', () => {
    fc.assert(
      fc.property(entries, entries, (now, before) => {
        const after = ownersOf(ownersGivenBack(now, before, PATH), PATH);
        for (const [who, owned] of ownersOf(before, PATH)) expect([who, after.get(who)]).toEqual([who, owned]);
      }),
    );
  });

  it('who owns it now, and did not before, stays an owner: it was he who wrote it', () => {
    fc.assert(
      fc.property(entries, entries, (now, before) => {
        const after = ownersOf(ownersGivenBack(now, before, PATH), PATH);
        const earlier = ownersOf(before, PATH);
        for (const [who, owned] of ownersOf(now, PATH))
          if (!earlier.has(who)) expect([who, after.get(who)]).toEqual([who, owned]);
        const known = new Set([...ownersOf(now, PATH).keys(), ...earlier.keys()]);
        expect([...after.keys()].filter(who => !known.has(who))).toEqual([]);
      }),
    );
  });

  it('with nobody else about, the owners are those of before', () => {
    fc.assert(
      fc.property(entries, before => {
        const ours = (one: ManagedFieldsEntry): ManagedFieldsEntry => ({ ...one, fieldsV1: without(one.fieldsV1) });
        const others = before.filter(({ manager }) => manager !== TRANSIENT_MANAGER);
        const taken: ManagedFieldsEntry = {
          manager: TRANSIENT_MANAGER,
          operation: 'Update',
          apiVersion: 'v1',
          fieldsType: 'FieldsV1',
          fieldsV1: { 'f:spec': { 'f:selector': {} } },
        };
        const after = ownersGivenBack([...others.map(ours), taken], others, PATH);
        expect(ownersOf(after, PATH)).toEqual(ownersOf(others, PATH));
      }),
    );
  });

  it('what is owned beside the field stays as it is now', () => {
    fc.assert(
      fc.property(entries, entries, (now, before) => {
        const after = ownersGivenBack(now, before, PATH);
        for (const one of now.filter(({ manager }) => manager !== TRANSIENT_MANAGER)) {
          const same = after.filter(other => whole(other) === whole(one));
          expect(same.map(({ fieldsV1 }) => without(fieldsV1))).toEqual([without(one.fieldsV1)]);
        }
        expect(new Set(after.map(whole)).size).toBe(after.length);
      }),
    );
  });

  it('given back twice is given back once', () => {
    fc.assert(
      fc.property(entries, entries, (now, before) => {
        const once = ownersGivenBack(now, before, PATH);
        expect(ownersGivenBack(once, before, PATH)).toEqual(once);
      }),
    );
  });
});
