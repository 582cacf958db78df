import type { KubeObject } from '../../../kube.ts';
import type { Resource } from '../../types.ts';
import type { Core } from '../core.ts';
import { partialOf } from '../partial.ts';
import { columnsOf } from './columns.ts';

export interface TableForm {
  /** Of meta.k8s.io. */
  version: string;
  rows: 'None' | 'Metadata' | 'Object';
}

interface Rows {
  items: readonly KubeObject[];
  resourceVersion: string;
  continue?: string;
  remainingItemCount?: number;
}

/** `kubectl get` asks for objects as a Table: the printer columns of the kind, and each row's metadata. */
export function tableOf(core: Core, resource: Resource, form: TableForm, rows: Rows): object {
  const { version } = form;
  const columns = columnsOf(resource);
  const now = core.clock.now();
  const { resourceVersion, remainingItemCount } = rows;
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata: {
      resourceVersion,
      ...(rows.continue ? { continue: rows.continue } : {}),
      ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
    },
    columnDefinitions: columns.map(({ name, type, format = '', description = '', priority }) => ({
      name,
      type,
      format,
      description,
      priority,
    })),
    rows: rows.items.map(object => ({
      cells: columns.map(column => column.cell(object, now)),
      ...carried(resource, form, object),
    })),
  };
}

/** What a row shows of its object besides the cells. */
function carried(resource: Resource, { version, rows }: TableForm, object: KubeObject): { object?: object } {
  switch (rows) {
    case 'None':
      return {};
    case 'Metadata':
      return { object: partialOf(resource, version, object) };
    case 'Object':
      return { object };
    default:
      return rows satisfies never;
  }
}
