import { ApiError } from '../cluster/errors.ts';
import { refKey, refOf } from '../kube.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Prepared } from './prepare.ts';

/** Namespaces that the release makes itself: from its manifests, or because it was told to. */
export function comingNamespaces({ groups, createNamespace, namespace }: DeployRequest): Set<string> {
  const objects = groups.flat();
  const coming = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  if (createNamespace)
    for (const name of [namespace, ...objects.map(({ metadata }) => metadata.namespace)]) if (name) coming.add(name);
  return coming;
}

/** Makes what must be there before the lock can be: the release's own namespace, and others that no manifest makes. */
export async function makeNamespaces(deps: ReleaseDeps, request: DeployRequest, prepared: Prepared): Promise<void> {
  const { objects, checked } = prepared;
  const inManifests = new Map(
    objects.filter(({ kind }) => kind === 'Namespace').map(object => [object.metadata.name, object]),
  );
  const needed = new Set([request.namespace]);
  const isThere = new Set<string>();
  for (const object of objects) {
    const { namespace } = object.metadata;
    if (!namespace) continue;
    // An object that the server took in the dry run proves that its namespace is there.
    if (checked.has(refKey(refOf(object)))) isThere.add(namespace);
    else if (request.createNamespace && !inManifests.has(namespace)) needed.add(namespace);
  }
  for (const name of needed) {
    if (isThere.has(name)) continue;
    const wanted = inManifests.get(name);
    if (wanted) {
      const { created } = await deps.cluster.apply(wanted, { force: request.force });
      deps.emit({ type: 'written', ref: refOf(wanted), change: created ? 'created' : 'changed' });
    } else if (request.createNamespace) await create(deps, name);
  }
}

/** Made, not applied: a namespace that is there already may have labels that are another's business. */
async function create(deps: ReleaseDeps, name: string): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Namespace', name };
  try {
    await deps.cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    deps.emit({ type: 'written', ref, change: 'created' });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409) && !(await deps.cluster.get(ref))) throw error;
  }
}
