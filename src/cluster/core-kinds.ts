import type { ServedKind } from './cluster.ts';

/** Kinds of the core group's only version: plural name, and whether they are namespaced. They can never change, so that asking for them is a request saved. */
const CORE_V1: Readonly<Record<string, readonly [plural: string, namespaced: boolean]>> = {
  ConfigMap: ['configmaps', true],
  Endpoints: ['endpoints', true],
  Event: ['events', true],
  LimitRange: ['limitranges', true],
  Namespace: ['namespaces', false],
  Node: ['nodes', false],
  PersistentVolume: ['persistentvolumes', false],
  PersistentVolumeClaim: ['persistentvolumeclaims', true],
  Pod: ['pods', true],
  PodTemplate: ['podtemplates', true],
  ReplicationController: ['replicationcontrollers', true],
  ResourceQuota: ['resourcequotas', true],
  Secret: ['secrets', true],
  Service: ['services', true],
  ServiceAccount: ['serviceaccounts', true],
};

export function coreKind(apiVersion: string, kind: string): ServedKind | undefined {
  const known = apiVersion === 'v1' && Object.hasOwn(CORE_V1, kind) ? CORE_V1[kind] : undefined;
  return known && { apiVersion, kind, plural: known[0], namespaced: known[1] };
}
