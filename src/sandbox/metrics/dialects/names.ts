import type { Pod } from '../../controllers/pods.ts';

/** Simulated errors are of this code. */
export function codeOf(isError: boolean): string {
  return isError ? '500' : '200';
}

/** Of `namespace/name`. */
export function splitKey(key: string): { namespace: string; name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** Who made the pod, as those who inject proxies find out: of a ReplicaSet its Deployment, by the name without the template's hash. */
export function workloadOf({ metadata }: Pod): { kind: string; name: string } {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return { kind: 'Pod', name: metadata.name };
  const hash = `-${metadata.labels?.['pod-template-hash'] ?? ''}`;
  if (owner.kind !== 'ReplicaSet' || hash === '-' || !owner.name.endsWith(hash)) return owner;
  return { kind: 'Deployment', name: owner.name.slice(0, -hash.length) };
}
