import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { configRefsOf } from '../../src/manifests/config-refs.ts';
import { anyPlaced, PLACES, podSpecOf } from './pod-specs.ts';

const sorted = (refs: readonly { kind: string; name: string; atStart: boolean }[]): string[] =>
  refs.map(({ kind, name, atStart }) => `${kind}/${name} ${atStart}`).sort();

describe('references to ConfigMaps and Secrets in a pod spec', () => {
  it('are all of them, and nothing that only looks like one', () => {
    fc.assert(
      fc.property(anyPlaced(['conf', 'other', 'third']), placed => {
        const expected = placed.map(({ place, name }) => ({ ...PLACES[place], name }));
        expect(sorted(configRefsOf(podSpecOf(placed)))).toEqual(sorted(expected));
      }),
    );
  });

  it('are renamed where they stand, and nowhere else', () => {
    fc.assert(
      fc.property(anyPlaced(['conf', 'other']), fc.constantFrom('ConfigMap', 'Secret'), (placed, kind) => {
        const spec = podSpecOf(placed);
        for (const ref of configRefsOf(spec)) if (ref.kind === kind && ref.name === 'conf') ref.rename('copy');
        const renamed = placed.map(one =>
          PLACES[one.place].kind === kind && one.name === 'conf' ? { ...one, name: 'copy' } : one,
        );
        expect(spec).toEqual(podSpecOf(renamed));
      }),
    );
  });

  it('are none where fields have other types than they should: that is for the API server to say', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (env, volumes, pulls) => {
        const container = { name: 'web', env, envFrom: volumes };
        const spec = {
          containers: [container],
          volumes: [{ projected: env }, { configMap: pulls }],
          imagePullSecrets: pulls,
        };
        expect(() => configRefsOf(spec)).not.toThrow();
      }),
    );
  });
});
