import { type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from './construct.ts';

/** Offset of the field that a path names: of its key, or of its item in a list. Where the path leads nowhere, of the last field on the way. */
export function offsetAt(document: Document, path: Path): number {
  let node = document.contents as Node | null;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    const found = enter(isAlias(node) ? (node.resolve(document) ?? null) : node, step);
    if (!found) break;
    offset = found.at.range?.[0] ?? offset;
    node = found.value;
  }
  return offset;
}

function enter(node: Node | null, step: string | number): { at: Node; value: Node | null } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && key.source === String(step));
    return pair && { at: pair.key as Node, value: pair.value as Node | null };
  }
  const item = isSeq(node) ? (node.items[Number(step)] as Node | undefined) : undefined;
  return item && { at: item, value: item };
}
