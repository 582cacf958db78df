import { SluiceError } from '../../errors.ts';
import { type ObjectRef, refOf } from '../../kube.ts';
import type { LoadedObject } from '../loaded-object.ts';
import { readImageEntries } from './image-entries.ts';
import { nearest } from './nearest.ts';
import { imageFieldsOf } from './pod-images.ts';
import { canonicalRepository, formatReference, parseReference } from './reference.ts';

export interface ImageReplacement {
  ref: ObjectRef;
  /** Name of the container, or of the volume. */
  container: string;
  from: string;
  /** Equal to `from` where the manifest had it already. */
  to: string;
}

/**
 * Sets the images that the `images` input names, by exact name of the repository, in every pod spec. The objects given are
 * left as they are. An entry that no manifest uses is an error, as is one that is not understood; all are reported at once.
 */
export function substituteImages(
  objects: readonly LoadedObject[],
  images: readonly string[],
): { objects: LoadedObject[]; replacements: ImageReplacement[] } {
  const { entries, problems } = readImageEntries(images);
  const byRepository = new Map(entries.map(entry => [entry.repository, entry]));
  const present = new Map<string, string>();
  const replacements: ImageReplacement[] = [];

  const changed = objects.map(loaded => {
    if (imageFieldsOf(loaded.object).length === 0) return loaded;
    const object = structuredClone(loaded.object);
    for (const { container, image, set } of imageFieldsOf(object)) {
      const found = parseReference(image);
      if (!found) continue;
      const repository = canonicalRepository(found.repository);
      present.set(repository, found.repository);
      const entry = byRepository.get(repository);
      if (!entry) continue;
      const to = formatReference(entry.replace(found));
      set(to);
      replacements.push({ ref: refOf(object), container, from: image, to });
    }
    return { ...loaded, object };
  });

  const missing = entries.filter(({ repository }) => !present.has(repository));
  const missed = missing.map(
    ({ text, repository }) =>
      `images: no container in the manifests uses ${repository}, which ${text} is for${nearestText(repository, present)}.`,
  );
  if (problems.length + missed.length > 0) throw imagesError([...problems, ...missed], problems.length === 0);
  return { objects: changed, replacements };
}

function nearestText(repository: string, present: ReadonlyMap<string, string>): string {
  const names = nearest(repository, present.keys()).map(name => present.get(name) ?? name);
  return names.length === 0 ? '; they have no images' : `; there is ${names.join(', ')}`;
}

function imagesError(messages: readonly string[], onlyMissing: boolean): SluiceError {
  return new SluiceError(onlyMissing ? 'image-not-found' : 'invalid-input', messages.join('\n'), {
    problems: messages.map(message => ({ message })),
    hint: 'An image is found by its whole name, registry included. To change the registry, write old-name=new-registry/new-name:tag.',
  });
}
