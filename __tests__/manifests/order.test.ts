import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LoadedObject } from '../../src/manifests/loaded-object.ts';
import { orderGroups } from '../../src/manifests/order.ts';
import { loaded } from './loaded.ts';

const kinds = [
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['apps/v1', 'Deployment'],
  ['batch/v1', 'Job'],
  ['example.com/v1', 'Widget'],
  ['v1', 'Service'],
  ['serving.knative.dev/v1', 'Service'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'PersistentVolumeClaim'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['v1', 'ServiceAccount'],
  ['scheduling.k8s.io/v1', 'PriorityClass'],
  ['v1', 'Namespace'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
] as const;

function groupsOf(objects: readonly LoadedObject[]): string[][] {
  return orderGroups(objects).map(group => group.objects.map(({ object }) => object.kind));
}

describe('the order of objects', () => {
  it('puts what others need first, and what sends traffic last', () => {
    expect(groupsOf(kinds.map(([apiVersion, kind]) => loaded(apiVersion, kind, 'x')))).toEqual([
      ['Namespace', 'CustomResourceDefinition'],
      ['PriorityClass'],
      ['Role', 'ServiceAccount'],
      ['ConfigMap', 'Secret', 'PersistentVolumeClaim', 'RoleBinding'],
      ['Service'],
      ['Deployment', 'Job', 'Widget', 'Service'],
      ['HTTPRoute', 'Ingress', 'HorizontalPodAutoscaler'],
      ['ValidatingWebhookConfiguration'],
    ]);
  });

  it('waits after definitions only', () => {
    const groups = orderGroups(kinds.map(([apiVersion, kind]) => loaded(apiVersion, kind, 'x')));
    expect(groups.filter(({ awaited }) => awaited).map(({ name }) => name)).toEqual(['definitions']);
  });

  it('keeps every object once, in the given order within a group, whatever the order they come in', () => {
    const objects = fc
      .array(fc.constantFrom(...kinds))
      .map(picked => picked.map(([apiVersion, kind], index) => loaded(apiVersion, kind, `o${index}`)));
    fc.assert(
      fc.property(objects, given => {
        const groups = orderGroups(given);
        const flat = groups.flatMap(group => group.objects);
        expect(new Set(flat)).toEqual(new Set(given));
        expect(flat).toHaveLength(given.length);
        for (const group of groups) {
          const places = group.objects.map(object => given.indexOf(object));
          expect(places).toEqual(places.toSorted((one, other) => one - other));
        }
        expect(orderGroups(flat).flatMap(group => group.objects)).toEqual(flat);
      }),
    );
  });
});
