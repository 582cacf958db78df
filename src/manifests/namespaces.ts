import { groupOf, type KubeObject } from '../kube.ts';
import { duplicateProblems } from './duplicates.ts';
import type { LoadedObject } from './loaded-object.ts';
import { manifestError } from './manifest-error.ts';

export interface NamespaceOptions {
  /** For objects that name none. */
  namespace: string;
  isNamespaced: (object: KubeObject) => boolean;
}

/**
 * Gives every namespaced object a namespace, and takes it from the others, where it has no meaning. The objects given are
 * left as they are. Objects that are one and the same only now, two of the same name, are an error.
 */
export function withNamespace(objects: readonly LoadedObject[], options: NamespaceOptions): LoadedObject[] {
  const placed = objects.map(loaded => ({ ...loaded, object: placedIn(loaded.object, options) }));
  const problems = duplicateProblems(placed);
  if (problems.length > 0) throw manifestError(problems);
  return placed;
}

/** The kinds that CRDs among the objects define, as `group/Kind`, and whether they are namespaced: known before the API server serves them. */
export function definedScopes(objects: readonly LoadedObject[]): Map<string, boolean> {
  const scopes = new Map<string, boolean>();
  for (const { object } of objects) {
    if (object.kind !== 'CustomResourceDefinition' || groupOf(object.apiVersion) !== 'apiextensions.k8s.io') continue;
    const spec = object.spec as { group?: string; scope?: string; names?: { kind?: string } } | undefined;
    scopes.set(`${spec?.group}/${spec?.names?.kind}`, spec?.scope === 'Namespaced');
  }
  return scopes;
}

function placedIn(object: KubeObject, { namespace, isNamespaced }: NamespaceOptions): KubeObject {
  const { namespace: own, ...metadata } = object.metadata;
  return { ...object, metadata: isNamespaced(object) ? { ...metadata, namespace: own ?? namespace } : metadata };
}
