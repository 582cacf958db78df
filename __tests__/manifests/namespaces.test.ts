import { describe, expect, it } from '@jest/globals';
import { type KubeObject, refOf, refText } from '../../src/kube.ts';
import type { LoadedObject } from '../../src/manifests/loaded-object.ts';
import { definedScopes, withNamespace } from '../../src/manifests/namespaces.ts';
import { loaded } from './loaded.ts';

const isNamespaced = ({ kind }: KubeObject): boolean => !['Namespace', 'ClusterRole'].includes(kind);
const fill = { namespace: 'shop', isNamespaced };

function texts(objects: readonly LoadedObject[]): string[] {
  return objects.map(({ object }) => refText(refOf(object)));
}

describe('namespaces', () => {
  const objects = [
    loaded('v1', 'Service', 'a'),
    loaded('v1', 'Service', 'a', {}, 'other'),
    loaded('v1', 'Namespace', 'shop'),
    loaded('rbac.authorization.k8s.io/v1', 'ClusterRole', 'r', {}, 'stray'),
  ];

  it('are filled in, kept, and taken from what is in none', () => {
    expect(texts(withNamespace(objects, fill))).toEqual([
      'Service shop/a',
      'Service other/a',
      'Namespace shop',
      'ClusterRole r',
    ]);
    expect(texts(objects)[0]).toBe('Service a');
  });

  it('make two objects one: an error with both places', () => {
    const twice = [loaded('v1', 'Service', 'a'), { ...loaded('v1', 'Service', 'a', {}, 'shop') }];
    expect(() => withNamespace(twice, fill)).toThrow(
      'Service shop/a is in the manifests twice: a.yaml:1 and a.yaml:1.',
    );
  });

  it('of kinds that come with the manifests are known', () => {
    const crd = (kind: string, scope: string): LoadedObject =>
      loaded('apiextensions.k8s.io/v1', 'CustomResourceDefinition', kind, {
        spec: { group: 'x.io', scope, names: { kind } },
      });
    expect(definedScopes([crd('A', 'Namespaced'), crd('B', 'Cluster'), ...objects])).toEqual(
      new Map([
        ['x.io/A', true],
        ['x.io/B', false],
      ]),
    );
  });
});
