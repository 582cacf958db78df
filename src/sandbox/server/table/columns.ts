import type { Resource } from '../../types.ts';
import { CLUSTER_COLUMNS } from './cluster.ts';
import { type Column, column, NAME } from './column.ts';
import { customColumns } from './custom.ts';
import { NETWORK_COLUMNS } from './network.ts';
import { WORKLOAD_COLUMNS } from './workloads.ts';

const CREATED: Column = { ...column('Created At', ({ metadata }) => metadata.creationTimestamp ?? '', 'date') };

const BY_KIND: Readonly<Record<string, () => readonly Column[]>> = {
  ...WORKLOAD_COLUMNS,
  ...NETWORK_COLUMNS,
  ...CLUSTER_COLUMNS,
};

/** The printer columns of a kind, as a real server's Table has them. */
export function columnsOf(resource: Resource): readonly Column[] {
  if (resource.crd) return customColumns(resource);
  const kind = resource.group ? `${resource.group}/${resource.kind}` : resource.kind;
  return BY_KIND[kind]?.() ?? [NAME, CREATED];
}
