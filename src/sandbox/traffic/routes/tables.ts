import { groupOf, type KubeObject } from '../../../kube.ts';
import type { GroupKind } from '../../types.ts';
import { gatewayApiTable } from './gateway-api.ts';
import { istioTable } from './istio.ts';
import { nginxTable } from './nginx.ts';
import type { RouteTable } from './route-table.ts';

export const TABLES: readonly RouteTable[] = [gatewayApiTable, istioTable, nginxTable];

export const ROUTE_KINDS: readonly GroupKind[] = TABLES.flatMap(({ kinds }) => kinds);

export function isRead(object: KubeObject): boolean {
  const kind = `${groupOf(object.apiVersion)}/${object.kind}`;
  return TABLES.some(table => table.kinds.includes(kind) && table.isRead(object));
}
