import type { RouterName } from '../release/plan.ts';
import { gatewayApi } from './gateway-api.ts';
import { istio } from './istio.ts';
import { nginx } from './nginx.ts';
import { podsRouter } from './pods.ts';
import type { Router, RouterContext } from './router.ts';
import type { RouterKind } from './router-kind.ts';
import { serviceRouter } from './service.ts';

/** Routers that split by the percent. */
export type RoutedName = Exclude<RouterName, 'pods' | 'service'>;

export const ROUTED: Readonly<Record<RoutedName, RouterKind>> = { 'gateway-api': gatewayApi, istio, nginx };

export function isRouted(name: RouterName | 'auto'): name is RoutedName {
  return name in ROUTED;
}

/** Whether the weights stand in the user's own routes; else in objects that the release makes beside them. */
export function editsRoutes(name: RouterName): boolean {
  return isRouted(name) && ROUTED[name].form !== undefined;
}

export function openRouter(name: RouterName, context: RouterContext): Router {
  if (isRouted(name)) return ROUTED[name].open(context);
  return name === 'pods' ? podsRouter(context) : serviceRouter(context);
}
