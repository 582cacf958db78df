import type { KubeObject } from '../../../kube.ts';
import type { Resource } from '../../types.ts';
import { ADMIN, type Core, type ResourceRequest, timestamp } from '../core.ts';
import { deleteObject } from '../delete.ts';
import { collectionOf } from '../registry.ts';
import { qualified } from '../statuses.ts';

const NAMESPACES = { group: '', plural: 'namespaces' };

interface Condition {
  type: string;
  status: 'True' | 'False';
  lastTransitionTime: string;
  reason: string;
  message: string;
}
interface NamespaceStatus {
  phase?: string;
  conditions?: Condition[];
}

/** Empties Namespaces that are being deleted, and removes them when nothing is left in them. */
export function keepNamespaces(core: Core): () => void {
  const waiting = new Set<string>();
  const cancels = new Set<() => void>();

  function later(name: string): void {
    if (waiting.has(name)) return;
    waiting.add(name);
    const cancel = core.clock.after(0, () => {
      cancels.delete(cancel);
      waiting.delete(name);
      empty(core, name);
    });
    cancels.add(cancel);
  }

  const unsubscribe = core.store.subscribe((collection, event) => {
    if (collection === collectionOf(NAMESPACES)) {
      if (event.type !== 'DELETED' && event.object.metadata.deletionTimestamp) later(event.object.metadata.name);
      return;
    }
    const namespace = event.object.metadata.namespace;
    if (namespace === undefined || event.type !== 'DELETED') return;
    if (core.store.get(collectionOf(NAMESPACES), undefined, namespace)?.metadata.deletionTimestamp) later(namespace);
  });
  return () => {
    unsubscribe();
    for (const cancel of cancels) cancel();
  };
}

/** Everything in the namespace, once, whatever the number of APIs that show it. */
function contentOf(core: Core, namespace: string): [Resource, readonly KubeObject[]][] {
  const stored = new Map(
    core.registry
      .all()
      .filter(({ namespaced }) => namespaced)
      .map(resource => [collectionOf(resource), core.registry.storage(resource)]),
  );
  return [...stored]
    .map(([collection, resource]): [Resource, readonly KubeObject[]] => [
      resource,
      core.store.list(collection, namespace),
    ])
    .filter(([, objects]) => objects.length > 0);
}

function empty(core: Core, name: string): void {
  const collection = collectionOf(NAMESPACES);
  const namespace = core.store.get(collection, undefined, name);
  if (!namespace?.metadata.deletionTimestamp) return;
  const content = contentOf(core, name);
  // Pods go first, so that policies and what pods need outlive them; the rest follows when none is left.
  const pods = content.filter(([{ group, plural }]) => group === '' && plural === 'pods');
  for (const [resource, objects] of pods.length > 0 ? pods : content) {
    for (const object of objects) {
      const request: ResourceRequest = {
        verb: 'delete',
        resource,
        namespace: name,
        name: object.metadata.name,
        user: ADMIN,
        manager: 'kube-controller-manager',
        dryRun: false,
        fieldValidation: 'Ignore',
        warnings: [],
      };
      if (!object.metadata.deletionTimestamp)
        deleteObject(core, request, object.metadata.name, { propagation: 'Background' });
    }
  }
  const left = contentOf(core, name);
  if (left.length > 0) describe(core, name, left);
  else finish(core, name);
}

/** Takes the `kubernetes` finalizer away; the Namespace goes when no other is left. */
function finish(core: Core, name: string): void {
  const collection = collectionOf(NAMESPACES);
  const namespace = core.store.get(collection, undefined, name);
  if (!namespace) return;
  const spec = (namespace.spec ?? {}) as { finalizers?: string[] };
  const finalizers = (spec.finalizers ?? []).filter(finalizer => finalizer !== 'kubernetes');
  if (finalizers.length === 0 && (namespace.metadata.finalizers ?? []).length === 0) {
    core.store.remove(collection, undefined, name);
  } else if (finalizers.length !== (spec.finalizers ?? []).length) {
    core.store.put(collection, { ...namespace, spec: finalizers.length > 0 ? { ...spec, finalizers } : {} });
  }
}

/** Says in the Namespace's conditions what it still waits for. */
function describe(core: Core, name: string, left: [Resource, readonly KubeObject[]][]): void {
  const collection = collectionOf(NAMESPACES);
  const namespace = core.store.get(collection, undefined, name);
  if (!namespace) return;
  const now = timestamp(core.clock.now());
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string): Condition => ({
    type: `Namespace${type}`,
    status,
    lastTransitionTime: now,
    reason,
    message,
  });
  const counts = left
    .map(([resource, objects]) => `${qualified(resource)}. has ${objects.length} resource instances`)
    .sort();
  const finalizers = new Map<string, number>();
  for (const [, objects] of left) {
    for (const finalizer of objects.flatMap(object => object.metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  const held = [...finalizers].map(([finalizer, count]) => `${finalizer} in ${count} resource instances`).sort();
  const conditions = [
    condition('DeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'),
    condition(
      'DeletionGroupVersionParsingFailure',
      'False',
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    condition(
      'DeletionContentFailure',
      'False',
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    condition('ContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${counts.join(', ')}`),
    held.length > 0
      ? condition(
          'FinalizersRemaining',
          'True',
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${held.join(', ')}`,
        )
      : condition(
          'FinalizersRemaining',
          'False',
          'ContentHasNoFinalizers',
          'All content-preserving finalizers finished',
        ),
  ];
  const before = (namespace.status as NamespaceStatus | undefined)?.conditions ?? [];
  const same = conditions.every(({ type, message }) =>
    before.some(old => old.type === type && old.message === message),
  );
  if (same) return;
  core.store.put(collection, { ...namespace, status: { ...(namespace.status as object), conditions } });
}
