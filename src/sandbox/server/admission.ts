import type { KubeObject } from '../../kube.ts';
import { StatusError } from '../types.ts';
import type { Core, ResourceRequest } from './core.ts';
import { withLimitDefaults } from './limit-range.ts';
import { admitPod } from './pod-admission.ts';
import { collectionOf } from './registry.ts';
import { forbiddenNew, notFound } from './statuses.ts';

export { checkQuota } from './quota.ts';

const NAMESPACES = { group: '', plural: 'namespaces' };

/** Admission before the strategy: what may not be written at all, and what the server adds to a Pod. */
export function admit(core: Core, request: ResourceRequest, object: KubeObject, live?: KubeObject): KubeObject {
  if (live !== undefined) return object;
  if (request.resource.namespaced) checkNamespace(core, request, object);
  if (request.resource.group === '' && request.resource.kind === 'Pod') {
    return admitPod(core, request, withLimitDefaults(core, request.namespace, object));
  }
  return object;
}

function checkNamespace(core: Core, { resource, namespace }: ResourceRequest, object: KubeObject): void {
  const name = namespace ?? '';
  const found = core.store.get(collectionOf(NAMESPACES), undefined, name);
  if (!found) throw notFound(NAMESPACES, name);
  if (found.metadata.deletionTimestamp === undefined) return;
  const refusal = forbiddenNew(
    resource,
    object,
    `unable to create new content in namespace ${name} because it is being terminated`,
  ).status;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${name} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new StatusError({ ...refusal, details: { ...refusal.details, causes: [cause] } });
}
