import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Problem, SluiceError } from '../errors.ts';
import { groupOf, type KubeObject } from '../kube.ts';
import { substituteImages } from '../manifests/images/substitute.ts';
import { loadManifests } from '../manifests/load.ts';
import { type LoadedObject, locator, placeOf } from '../manifests/loaded-object.ts';
import { manifestError } from '../manifests/manifest-error.ts';
import { definedScopes, withNamespace } from '../manifests/namespaces.ts';
import { orderGroups } from '../manifests/order.ts';
import type { ImageSubstitution } from '../report/model.ts';
import type { Inputs } from './inputs.ts';

export interface Wanted {
  objects: readonly LoadedObject[];
  substitutions: readonly ImageSubstitution[];
}

/** What is to be deployed, as far as it can be known without a cluster. */
export async function readWanted(
  { manifests, images }: Inputs,
  deps: { workspace: string; clock: Clock; signal: AbortSignal; fetch: typeof fetch },
): Promise<Wanted> {
  const loaded = await loadManifests(manifests, deps);
  const { objects, replacements } = substituteImages(loaded, images);
  const substitutions = [...new Set(replacements.map(({ to }) => to))].map(wanted => ({
    wanted,
    matches: replacements.filter(({ to }) => to === wanted),
  }));
  return { objects, substitutions };
}

export interface Settled {
  namespace: string;
  groups: readonly (readonly KubeObject[])[];
  locate: (object: KubeObject) => Omit<Problem, 'message'>;
}

/** Gives every object its namespace and its place in the order, by what the cluster says of the kinds. */
export async function settle({ objects }: Wanted, cluster: Cluster): Promise<Settled> {
  const scopes = await scopesOf(objects, cluster);
  const isNamespaced = (object: KubeObject): boolean => scopes.get(kindKey(object)) ?? true;
  const placed = withNamespace(objects, { namespace: cluster.namespace, isNamespaced });
  const groups = orderGroups(placed).map(group => group.objects.map(({ object }) => object));
  return { namespace: cluster.namespace, groups, locate: locator(placed) };
}

/** Whether each kind is namespaced: as served, or as a definition among the objects says. All unknown kinds are told at once. */
async function scopesOf(objects: readonly LoadedObject[], cluster: Cluster): Promise<Map<string, boolean>> {
  const coming = definedScopes(objects);
  const scopes = new Map<string, boolean>();
  const problems: Problem[] = [];
  const hints = new Set<string>();
  const firstOfKind = new Map(objects.toReversed().map(loaded => [kindKey(loaded.object), loaded]));
  for (const [key, { object, source }] of firstOfKind) {
    const defined = coming.get(`${groupOf(object.apiVersion)}/${object.kind}`);
    try {
      scopes.set(key, defined ?? (await cluster.kind(object)).namespaced);
    } catch (error) {
      if (!(error instanceof SluiceError) || error.code !== 'rejected-by-api') throw error;
      problems.push({ message: error.message, ...placeOf(source) });
      if (error.hint) hints.add(error.hint);
    }
  }
  if (problems.length > 0) throw manifestError(problems, [...hints].join('\n'));
  return scopes;
}

function kindKey({ apiVersion, kind }: KubeObject): string {
  return `${apiVersion}/${kind}`;
}
