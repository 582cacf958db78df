/** How server-side apply by kubectl takes over from its client-side apply, whose last configuration an annotation holds. */
import type { JsonObject, KubeObject } from '../../kube.ts';
import { isObject } from './atom.ts';
import { difference, isEmpty, setOfFields, union } from './field-set.ts';
import { sortedKeys } from './go-text.ts';
import type { Conflicts } from './ownership.ts';
import type { ApplyArguments } from './server-side-apply.ts';
import { rootOf, withoutManagedFields } from './tracking.ts';
import { compare } from './typed-compare.ts';
import { fieldSetOf } from './typed-field-set.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';
const KUBECTL = 'kubectl';
const ownAnnotation = setOfFields([['metadata', 'annotations', ANNOTATION]]);

/** The conflicts that stay: kubectl may take what it has applied client-side. */
export function mayTake({ kind, manager }: ApplyArguments, live: KubeObject, conflicts: Conflicts): Conflicts {
  const last = lastApplied(live);
  if (manager !== KUBECTL || last === undefined) return conflicts;
  const schema = rootOf(kind);
  const { added, modified, removed } = compare(schema, last, withoutManagedFields(live));
  // What is no longer as kubectl applied it is not kubectl's to take.
  const changed = union(added, union(modified, removed));
  const allowed = difference(fieldSetOf(schema, last), changed);
  return conflicts
    .map(({ owner, fields }) => ({ owner, fields: difference(difference(fields, allowed), ownAnnotation) }))
    .filter(({ fields }) => !isEmpty(fields));
}

/** The object with the annotation brought up to date, where kubectl applies and the annotation exists. */
export function keepLastApplied({ manager, applied, live }: ApplyArguments, object: KubeObject): KubeObject {
  if (manager !== KUBECTL || live?.metadata.annotations?.[ANNOTATION] === undefined) return object;
  const annotations = { ...object.metadata.annotations };
  annotations[ANNOTATION] = `${JSON.stringify(sortedKeys(withoutAnnotation(applied)))}\n`;
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function lastApplied(live: KubeObject): JsonObject | undefined {
  const text = live.metadata.annotations?.[ANNOTATION];
  if (!text) return undefined;
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    // A text that is no JSON was not written by kubectl, so it allows nothing.
    return undefined;
  }
}

function withoutAnnotation(applied: JsonObject): JsonObject {
  const { metadata } = applied;
  if (!isObject(metadata) || !isObject(metadata['annotations'])) return applied;
  const { [ANNOTATION]: _, ...annotations } = metadata['annotations'];
  return { ...applied, metadata: { ...metadata, annotations } };
}
