import type { SchemaNode } from '../types.ts';

/** A kind in the version in which it is written, and what says how its fields merge. */
export interface WrittenKind {
  group: string;
  version: string;
  kind: string;
  schema: SchemaNode;
  subresources: readonly string[];
  /** Set where a CRD defines the kind. */
  crd?: unknown;
}

export function apiVersionOf({ group, version }: Pick<WrittenKind, 'group' | 'version'>): string {
  return group ? `${group}/${version}` : version;
}
