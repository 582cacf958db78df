import { canonicalRepository, type ImageReference, parseReference } from './reference.ts';

/** One line of the `images` input: what to look for, and what it becomes. */
export interface ImageEntry {
  /** As it was written. */
  text: string;
  /** Canonical name of the repository that it replaces. */
  repository: string;
  replace: (found: ImageReference) => ImageReference;
}

/** Reads the lines of the `images` input; each problem names its line. */
export function readImageEntries(lines: readonly string[]): { entries: ImageEntry[]; problems: string[] } {
  const entries = new Map<string, ImageEntry>();
  const problems: string[] = [];
  for (const text of lines) {
    const entry = readEntry(text);
    if (typeof entry === 'string') {
      problems.push(entry);
      continue;
    }
    const other = entries.get(entry.repository);
    if (!other) entries.set(entry.repository, entry);
    else if (other.text !== text)
      problems.push(`images: ${other.text} and ${text} both set the image ${entry.repository}; give one of them.`);
  }
  return { entries: [...entries.values()], problems };
}

function readEntry(text: string): ImageEntry | string {
  const equals = text.indexOf('=');
  const name = equals < 0 ? undefined : parseReference(text.slice(0, equals).trim());
  const wanted = parseReference(text.slice(equals + 1).trim());
  const form = 'registry/name:tag, registry/name@sha256:…, or name=registry/name:tag';
  if (!wanted || (equals >= 0 && !name)) return `images: ${text} is not a reference to an image; allowed is ${form}.`;
  if (name?.tag !== undefined || name?.digest !== undefined)
    return `images: ${text} has a tag or digest before the "=", where only the name of the image to replace belongs.`;
  const versioned = wanted.tag !== undefined || wanted.digest !== undefined;
  if (!name && !versioned)
    return `images: ${text} has neither tag nor digest, so there is nothing to set; allowed is ${form}.`;
  return {
    text,
    repository: canonicalRepository((name ?? wanted).repository),
    replace: replacer(wanted, !name, versioned),
  };
}

/** Tag and digest come together or not at all, so that no old digest stays beside a new tag. A new name alone, as in kustomize, keeps both. */
function replacer(wanted: ImageReference, keepsName: boolean, versioned: boolean): ImageEntry['replace'] {
  if (!versioned) return found => ({ ...found, repository: wanted.repository });
  // The spelling of the manifest stays where the name does not change: `nginx` is not made `docker.io/library/nginx`.
  return found => (keepsName ? { ...wanted, repository: found.repository } : wanted);
}
