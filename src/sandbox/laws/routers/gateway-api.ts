import { byBackends, routedRules } from './routed.ts';
import type { RouterRules } from './rules.ts';

/** The weights of the two Services in the rules of HTTPRoutes and GRPCRoutes. */
export const gatewayApiRules: RouterRules = routedRules(byBackends);
