import type { Problem } from '../errors.ts';
import { refKey, refOf, refText } from '../kube.ts';
import { type LoadedObject, placeOf, placeText } from './loaded-object.ts';

/** One problem for every object that was there before, with both places. */
export function duplicateProblems(objects: readonly LoadedObject[]): Problem[] {
  const first = new Map<string, LoadedObject>();
  const problems: Problem[] = [];
  for (const loaded of objects) {
    const ref = refOf(loaded.object);
    const other = first.get(refKey(ref));
    if (!other) first.set(refKey(ref), loaded);
    else
      problems.push({
        message: `${refText(ref)} is in the manifests twice: ${placeText(other.source)} and ${placeText(loaded.source)}.`,
        ...placeOf(loaded.source),
      });
  }
  return problems;
}
