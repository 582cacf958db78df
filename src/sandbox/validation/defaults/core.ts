import { fill, inside, type Loose, listOf, objectOf } from './fill.ts';

const RBAC = 'rbac.authorization.k8s.io';

export function defaultSecret(object: Loose): void {
  object.type ||= 'Opaque';
}

export function defaultNamespace(object: Loose): void {
  const metadata = inside(object, 'metadata');
  if (metadata.name) inside(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata.name;
  fill(inside(object, 'status'), { phase: 'Active' });
}

export function defaultLimitRange(object: Loose): void {
  for (const item of listOf(objectOf(object.spec)?.limits)) {
    if (item.type !== 'Container') continue;
    fill(inside(item, 'default'), objectOf(item.max) ?? {});
    const requests = inside(item, 'defaultRequest');
    fill(requests, objectOf(item.default) ?? {});
    fill(requests, objectOf(item.min) ?? {});
  }
}

export function defaultBinding(object: Loose): void {
  const roleRef = inside(object, 'roleRef');
  roleRef.apiGroup ||= RBAC;
  for (const subject of listOf(object.subjects)) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC;
  }
}

export function defaultVolume(object: Loose): void {
  const hostPath = objectOf(objectOf(object.spec)?.hostPath);
  if (hostPath) fill(hostPath, { type: '' });
  fill(inside(object, 'spec'), { volumeMode: 'Filesystem', persistentVolumeReclaimPolicy: 'Retain' });
  fill(inside(object, 'status'), { phase: 'Pending' });
}

export function defaultStorageClass(object: Loose): void {
  fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
}

export function defaultPriorityClass(object: Loose): void {
  fill(object, { preemptionPolicy: 'PreemptLowerPriority' });
}
