import fc from 'fast-check';
import type { PodSpecView } from '../../src/manifests/pod-templates.ts';

/** A place of a pod spec, and the name that stands in it. */
export interface Placed {
  place: keyof typeof PLACES;
  name: string;
}

/** Where a pod spec may name a ConfigMap or a Secret, restated by hand; `atStart`: it is read once. */
export const PLACES = {
  env: { kind: 'ConfigMap', atStart: true },
  secretEnv: { kind: 'Secret', atStart: true },
  envFrom: { kind: 'ConfigMap', atStart: true },
  secretEnvFrom: { kind: 'Secret', atStart: true },
  initEnv: { kind: 'ConfigMap', atStart: true },
  initEnvFrom: { kind: 'Secret', atStart: true },
  volume: { kind: 'ConfigMap', atStart: false },
  secretVolume: { kind: 'Secret', atStart: false },
  projected: { kind: 'ConfigMap', atStart: false },
  secretProjected: { kind: 'Secret', atStart: false },
  pull: { kind: 'Secret', atStart: false },
} as const;

const PLACE_NAMES = Object.keys(PLACES) as (keyof typeof PLACES)[];

export function anyPlaced(names: readonly string[]): fc.Arbitrary<Placed[]> {
  return fc.array(fc.record({ place: fc.constantFrom(...PLACE_NAMES), name: fc.constantFrom(...names) }), {
    maxLength: 12,
  });
}

/** A pod spec with these names in these places, and beside them what looks like such a place and is none. */
export function podSpecOf(placed: readonly Placed[]): PodSpecView {
  const at = (place: keyof typeof PLACES): string[] =>
    placed.filter(one => one.place === place).map(({ name }) => name);
  const key = (name: string) => ({ name, key: 'k' });
  return {
    serviceAccountName: 'conf',
    initContainers: [
      {
        name: 'init',
        image: 'init:1',
        env: at('initEnv').map((name, index) => ({ name: `I${index}`, valueFrom: { configMapKeyRef: key(name) } })),
        envFrom: at('initEnvFrom').map(name => ({ secretRef: { name } })),
      },
    ],
    containers: [
      { name: 'conf', image: 'conf:1', args: ['conf', 'other'] },
      {
        name: 'web',
        image: 'web:1',
        env: [
          { name: 'CONF', value: 'conf' },
          { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
          ...at('env').map((name, index) => ({ name: `C${index}`, valueFrom: { configMapKeyRef: key(name) } })),
          ...at('secretEnv').map((name, index) => ({ name: `S${index}`, valueFrom: { secretKeyRef: key(name) } })),
        ],
        envFrom: [
          ...at('envFrom').map(name => ({ prefix: 'P_', configMapRef: { name } })),
          ...at('secretEnvFrom').map(name => ({ secretRef: { name, optional: true } })),
        ],
        volumeMounts: [{ name: 'conf', mountPath: '/conf' }],
      },
    ],
    volumes: [
      { name: 'conf', emptyDir: {} },
      { name: 'data', persistentVolumeClaim: { claimName: 'conf' } },
      ...at('volume').map((name, index) => ({ name: `v${index}`, configMap: { name, defaultMode: 420 } })),
      ...at('secretVolume').map((secretName, index) => ({ name: `s${index}`, secret: { secretName } })),
      {
        name: 'projected',
        projected: {
          sources: [
            { serviceAccountToken: { path: 'conf' } },
            ...at('projected').map(name => ({ configMap: { name } })),
            ...at('secretProjected').map(name => ({ secret: { name, items: [{ key: 'k', path: 'conf' }] } })),
          ],
        },
      },
    ],
    imagePullSecrets: at('pull').map(name => ({ name })),
  };
}
