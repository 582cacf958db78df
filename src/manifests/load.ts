import { duplicateProblems } from './duplicates.ts';
import type { LoadedObject } from './loaded-object.ts';
import { manifestError } from './manifest-error.ts';
import { objectsIn } from './objects.ts';
import { readSources, type SourceOptions } from './sources.ts';

/**
 * Reads files, folders, patterns and URLs into objects, in the order of the sources. Everything that is wrong with them is
 * thrown at once, each problem with its file and line.
 */
export async function loadManifests(sources: readonly string[], options: SourceOptions): Promise<LoadedObject[]> {
  const { texts, problems } = await readSources(sources, options);
  const read = texts.map(objectsIn);
  const objects = read.flatMap(result => result.objects);
  const found = [...problems, ...read.flatMap(result => result.problems), ...duplicateProblems(objects)];
  if (found.length === 0 && objects.length === 0)
    found.push({
      message: `There is no object in ${texts.map(({ name }) => name).join(', ') || 'the manifests: no source is given'}.`,
    });
  if (found.length > 0) throw manifestError(found);
  return objects;
}
