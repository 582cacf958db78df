import type { KubeObject } from '../../../kube.ts';
import { isEstablished, withAcceptedNames } from '../../crd/crd-conditions.ts';
import { resourcesOfCrd } from '../../crd/crd-resources.ts';
import type { Crd } from '../../crd/crd-view.ts';
import { sameJson } from '../../store/freeze.ts';
import { ADMIN, type Core, timestamp } from '../core.ts';
import { deleteObject } from '../delete.ts';
import { collectionOf } from '../registry.ts';

const CRDS = collectionOf({ group: 'apiextensions.k8s.io', plural: 'customresourcedefinitions' });
const CLEANUP = 'customresourcecleanup.apiextensions.k8s.io';

/** Accepts the names of CRDs, serves what they define, and ends them with all their objects. */
export function keepCrds(core: Core): () => void {
  const waiting = new Set<string>();
  const cancels = new Set<() => void>();

  function later(name: string): void {
    if (waiting.has(name)) return;
    waiting.add(name);
    const cancel = core.clock.after(0, () => {
      cancels.delete(cancel);
      waiting.delete(name);
      const crd = core.store.get(CRDS, undefined, name);
      if (crd) settle(core, crd as Crd);
    });
    cancels.add(cancel);
  }

  const unsubscribe = core.store.subscribe((collection, { type, object }) => {
    if (collection === CRDS) {
      if (type === 'DELETED') core.registry.removeCrd(object.metadata.name);
      else later(object.metadata.name);
      return;
    }
    const definition = type === 'DELETED' ? core.registry.ofCollection(collection)?.crd : undefined;
    if (definition && core.store.get(CRDS, undefined, definition.metadata.name)?.metadata.deletionTimestamp) {
      later(definition.metadata.name);
    }
  });
  return () => {
    unsubscribe();
    for (const cancel of cancels) cancel();
  };
}

function settle(core: Core, crd: Crd): void {
  if (crd.metadata.deletionTimestamp) {
    end(core, crd);
    return;
  }
  const accepted = withAcceptedNames(crd, core.store.list(CRDS) as readonly Crd[], timestamp(core.clock.now()));
  const settled = sameJson(accepted, crd) ? crd : core.store.put(CRDS, accepted as KubeObject);
  if (!isEstablished(settled as Crd)) return;
  const resources = resourcesOfCrd(settled as Crd);
  const [first] = resources;
  // The watch cache of a new resource begins with it.
  if (first && !core.registry.ofCollection(collectionOf(first))) core.store.forget(collectionOf(first));
  core.registry.replaceCrd(settled as KubeObject, resources);
}

function end(core: Core, crd: Crd): void {
  const { group, names } = crd.spec ?? {};
  const collection = collectionOf({ group: group ?? '', plural: names?.plural ?? '' });
  const resource = core.registry.ofCollection(collection);
  for (const { metadata } of resource ? core.store.list(collection) : []) {
    if (metadata.deletionTimestamp || !resource) continue;
    const { name, namespace } = metadata;
    deleteObject(
      core,
      {
        verb: 'delete',
        resource,
        namespace,
        name,
        user: ADMIN,
        manager: 'kube-apiserver',
        dryRun: false,
        fieldValidation: 'Ignore',
        warnings: [],
      },
      name,
      {},
    );
  }
  if (core.store.list(collection).length > 0) return;
  const left = (crd.metadata.finalizers ?? []).filter(finalizer => finalizer !== CLEANUP);
  if (left.length === 0) core.store.remove(CRDS, undefined, crd.metadata.name);
  else if (left.length !== (crd.metadata.finalizers ?? []).length) {
    core.store.put(CRDS, { ...(crd as KubeObject), metadata: { ...crd.metadata, finalizers: left } });
  }
}
