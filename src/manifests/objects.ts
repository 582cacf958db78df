import type { Problem } from '../errors.ts';
import type { Json, JsonObject, KubeObject } from '../kube.ts';
import type { LoadedObject, ObjectSource } from './loaded-object.ts';
import { fieldProblems, isMapping, typeText } from './object-fields.ts';
import type { ManifestText } from './sources.ts';
import type { Flaw, Path } from './yaml/construct.ts';
import { type ParsedDocument, parseDocuments } from './yaml/documents.ts';
import { offsetAt } from './yaml/node-at.ts';
import { type Position, positionsIn } from './yaml/positions.ts';

/** The most frequent reason for bad YAML. */
const TEMPLATE = /\{\{-?\s*(\.|if |range |include |with |template |define )/;
const TEMPLATE_HINT =
  ' (the file looks like a template of a Helm chart: run "helm template NAME FOLDER > FILE" in a step before, and give that file)';

interface Item {
  value: Json;
  path: Path;
}

/** The objects in a file, lists taken apart; or what is wrong with it. */
export function objectsIn(manifest: ManifestText): { objects: LoadedObject[]; problems: Problem[] } {
  const { text, name, local } = manifest;
  const positionOf = positionsIn(text);
  const objects: LoadedObject[] = [];
  const problems: Problem[] = [];

  const report = ({ line, column }: Position, message: string): void => {
    problems.push({
      message: `${name}:${line}: ${message}.`,
      ...(local ? { file: name, line, column } : {}),
    });
  };

  const template = TEMPLATE.test(text);
  for (const document of parseDocuments(text)) {
    const items = document.flaws.every(({ inexact }) => inexact) ? itemsOf({ value: document.value, path: [] }) : [];
    for (const flaw of document.flaws)
      if (!isLimitOfCrd(flaw, items))
        report(positionOf(flaw.offset), `${flaw.message}${template ? TEMPLATE_HINT : ''}`);
    // All that follows in a template is wrong for the same reason.
    if (template && problems.length > 0) break;
    for (const { value, path } of items) {
      const place = (inner: Path): Position =>
        positionOf(document.base + offsetAt(document.nodes, [...path, ...inner]));
      if (!isMapping(value)) {
        report(place([]), `an object is expected here, and this is ${typeText(value)}`);
        continue;
      }
      const found = fieldProblems(value);
      for (const { path: inner, message } of found) report(place(inner), `${nameText(value)}${message}`);
      if (found.length > 0) continue;
      objects.push({ object: asObject(value), source: sourceOf(manifest, document, path, place([]), positionOf) });
    }
  }
  return { objects, problems };
}

/** A list of any kind is its items; those of a typed list may leave out what they are. */
function itemsOf({ value, path }: Item): Item[] {
  if (!isMapping(value)) return [{ value, path }];
  const { kind, apiVersion, items = null } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || (items === null && kind !== 'List'))
    return [{ value, path }];
  if (items === null) return [];
  if (!Array.isArray(items)) return [{ value: items, path: [...path, 'items'] }];
  const implied =
    kind === 'List' || apiVersion === undefined ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item, index) =>
    itemsOf({ value: isMapping(item) ? { ...implied, ...item } : item, path: [...path, 'items', index] }),
  );
}

/** The API server holds limits in a CRD's schema as doubles, too: nothing is lost that it would keep. */
function isLimitOfCrd({ inexact, path }: Flaw, items: readonly Item[]): boolean {
  const owner = items.find(item => item.path.every((step, index) => step === path[index]))?.value;
  const isCrd = isMapping(owner) && owner['kind'] === 'CustomResourceDefinition';
  return inexact === true && isCrd && ['minimum', 'maximum', 'multipleOf'].includes(String(path.at(-1)));
}

/** Its fields were checked. A namespace that is empty or null is none. */
function asObject(value: JsonObject): KubeObject {
  const { namespace, ...metadata } = value['metadata'] as JsonObject;
  return { ...value, metadata: { ...metadata, ...(namespace ? { namespace } : {}) } } as unknown as KubeObject;
}

function sourceOf(
  { name, local, text }: ManifestText,
  { start, end }: ParsedDocument,
  path: Path,
  place: Position,
  positionOf: (offset: number) => Position,
): ObjectSource {
  const lineOf = (inner: Path): number => {
    const [again] = parseDocuments(text.slice(start, end));
    return again ? positionOf(start + again.base + offsetAt(again.nodes, [...path, ...inner])).line : place.line;
  };
  return { file: name, local, ...place, lineOf };
}

function nameText({ kind, metadata }: JsonObject): string {
  const name = isMapping(metadata) ? metadata['name'] : undefined;
  if (typeof kind !== 'string' || !kind) return '';
  return `${kind}${typeof name === 'string' && name ? ` ${name}` : ''}: `;
}
