import type { Problem } from '../errors.ts';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import type { Path } from './yaml/construct.ts';

/** Where an object was read. */
export interface ObjectSource {
  /** Path in the workspace, or a URL without its query. */
  file: string;
  local: boolean;
  line: number;
  column: number;
  /** The line of a field, or of the last field on the way to it. Reads the document again: for errors only. */
  lineOf(path: Path): number;
}

export interface LoadedObject {
  object: KubeObject;
  source: ObjectSource;
}

/** `deploy/web.yaml:12`. */
export function placeText({ file, line }: ObjectSource): string {
  return `${file}:${line}`;
}

/** The place for an annotation; a URL has none. */
export function placeOf(source: ObjectSource, path: Path = []): Omit<Problem, 'message'> {
  if (!source.local) return {};
  return path.length === 0
    ? { file: source.file, line: source.line, column: source.column }
    : { file: source.file, line: source.lineOf(path) };
}

/** Finds the place of an object, or of its field, by what names the object; knows nothing of objects that were not loaded. */
export function locator(
  objects: readonly LoadedObject[],
): (object: KubeObject, path?: Path) => Omit<Problem, 'message'> {
  const sources = new Map(objects.map(({ object, source }) => [refKey(refOf(object)), source]));
  return (object, path) => {
    const source = sources.get(refKey(refOf(object)));
    return source ? placeOf(source, path) : {};
  };
}
