import type { KubeObject } from '../../../kube.ts';
import { since } from './duration.ts';

export type Cell = string | number | boolean | null;

export interface Column {
  name: string;
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  format?: string;
  description?: string;
  /** 0 is always shown, 1 with `-o wide`. */
  priority: number;
  cell: (object: KubeObject, now: number) => Cell;
}

/** Any object: columns look at what their kind has. */
export interface View {
  metadata: KubeObject['metadata'];
}

export function column(
  name: string,
  cell: (object: View, now: number) => Cell,
  type: Column['type'] = 'string',
): Column {
  return { name, type, priority: 0, cell: (object, now) => cell(object, now) };
}

/** Shown with `-o wide` only. */
export function wide(name: string, cell: (object: View, now: number) => Cell): Column {
  return { ...column(name, cell), priority: 1 };
}

/** The descriptions of metadata.name and metadata.creationTimestamp in the API's own documentation. */
const NAME_TEXT =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names';
const CREATED_TEXT =
  'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata';

export const NAME: Column = {
  ...column('Name', ({ metadata }) => metadata.name),
  format: 'name',
  description: NAME_TEXT,
};
export const AGE: Column = {
  ...column('Age', ({ metadata }, now) => since(metadata.creationTimestamp, now)),
  description: CREATED_TEXT,
};
