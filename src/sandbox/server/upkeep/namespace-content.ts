import type { KubeObject } from '../../../kube.ts';
import { type Core, newUid, timestamp } from '../core.ts';
import { collectionOf } from '../registry.ts';

const NAMESPACES = collectionOf({ group: '', plural: 'namespaces' });
const ACCOUNTS = collectionOf({ group: '', plural: 'serviceaccounts' });
const CONFIG_MAPS = collectionOf({ group: '', plural: 'configmaps' });
const QUOTAS = collectionOf({ group: '', plural: 'resourcequotas' });

export interface NamespaceContentOptions {
  /** PEM text for kube-root-ca.crt. */
  rootCertificate: string;
}

/** Gives each Namespace its default ServiceAccount and the cluster's certificate, as the controller manager does. */
export function keepNamespaceContent(core: Core, options: NamespaceContentOptions): () => void {
  function fill(namespace: KubeObject): void {
    if (namespace.metadata.deletionTimestamp) return;
    const { name } = namespace.metadata;
    const meta = (object: string): KubeObject['metadata'] => ({
      name: object,
      namespace: name,
      uid: newUid(core.random),
      creationTimestamp: timestamp(core.clock.now()),
    });
    if (!core.store.get(ACCOUNTS, name, 'default')) {
      core.store.put(ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('default') });
    }
    if (!core.store.get(CONFIG_MAPS, name, 'kube-root-ca.crt')) {
      const why =
        'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
      const metadata = { ...meta('kube-root-ca.crt'), annotations: { 'kubernetes.io/description': why } };
      core.store.put(CONFIG_MAPS, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata,
        data: { 'ca.crt': options.rootCertificate },
      });
    }
  }

  for (const namespace of core.store.list(NAMESPACES)) fill(namespace);
  return core.store.subscribe((collection, { type, object }) => {
    if (collection === NAMESPACES && type !== 'DELETED') fill(object);
    if ((collection !== ACCOUNTS && collection !== CONFIG_MAPS) || type !== 'DELETED') return;
    const namespace = core.store.get(NAMESPACES, undefined, object.metadata.namespace ?? '');
    if (namespace) fill(namespace);
  });
}

/** Keeps `status.used` of ResourceQuotas. */
export function keepQuotas(core: Core, usedOf: (quota: KubeObject) => Record<string, string>): () => void {
  const waiting = new Set<string>();
  const cancels = new Set<() => void>();

  function count(namespace: string): void {
    for (const quota of core.store.list(QUOTAS, namespace)) {
      const hard = (quota.spec as { hard?: Record<string, string> } | undefined)?.hard ?? {};
      const status = { hard, used: usedOf(quota) };
      if (JSON.stringify(status) !== JSON.stringify(quota.status)) core.store.put(QUOTAS, { ...quota, status });
    }
  }

  const unsubscribe = core.store.subscribe((_collection, { object }) => {
    const { namespace } = object.metadata;
    if (namespace === undefined || waiting.has(namespace) || core.store.list(QUOTAS, namespace).length === 0) return;
    waiting.add(namespace);
    const cancel = core.clock.after(0, () => {
      cancels.delete(cancel);
      waiting.delete(namespace);
      count(namespace);
    });
    cancels.add(cancel);
  });
  return () => {
    unsubscribe();
    for (const cancel of cancels) cancel();
  };
}
