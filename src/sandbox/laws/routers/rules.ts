import type { ObjectRef } from '../../../kube.ts';
import type { Pair, RouterName } from '../../../release/plan.ts';
import type { Change } from '../change.ts';
import type { Release } from '../release.ts';
import type { World } from '../world.ts';
import { gatewayApiRules } from './gateway-api.ts';
import { istioRules } from './istio.ts';
import { nginxRules } from './nginx.ts';
import { podsRules } from './pods.ts';
import { serviceRules } from './service.ts';

/** What a write does to the parts that the versions of a pair have in the requests, judged by the state before it. */
export interface Move {
  pair: Pair;
  /** Whose part grows. */
  to: 'twin' | 'stable';
  /** It grows because the other side is deleted. */
  deletes: boolean;
  /** The side that takes more has the ready endpoints for it. */
  isEnough: boolean;
  /** Which object moves what, with the numbers. */
  text: string;
}

/** A state in which requests fail though a version could answer them. */
export interface Outage {
  /** Through which they come. */
  object: ObjectRef;
  text: string;
}

/** What the laws must know of a router. A further one is one more file beside this one. */
export interface RouterRules {
  moves(change: Change, release: Release): readonly Move[];
  /** Objects through which requests reach the twin; none where the twin is reached by its size alone. */
  senders(world: World, release: Release, pair: Pair): readonly string[];
  /** More pods than the pair may have while traffic is moved in steps, in words. */
  excess?(change: Change, release: Release): readonly string[];
  /** Law 3: what the write takes away of that through which requests come, other than workloads, in words. */
  taken?(change: Change, release: Release): readonly string[];
  /** Law 5; absent where the user's Service decides which version gets the requests. */
  outages?(world: World, release: Release): readonly Outage[];
}

const RULES: Readonly<Record<RouterName, RouterRules>> = {
  pods: podsRules,
  service: serviceRules,
  'gateway-api': gatewayApiRules,
  istio: istioRules,
  nginx: nginxRules,
};

export function rulesOf({ traffic }: Release): RouterRules {
  return RULES[traffic.router];
}
