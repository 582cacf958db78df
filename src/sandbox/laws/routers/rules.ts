import type { Pair, RouterName } from '../../../release/plan.ts';
import type { Change } from '../change.ts';
import type { Release } from '../release.ts';
import type { World } from '../world.ts';
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

/** What the laws must know of a router. A further one is one more file beside this one. */
export interface RouterRules {
  moves(change: Change, release: Release): readonly Move[];
  /** Objects of the user's through which requests reach the twin; none where the twin is reached by its size alone. */
  senders(world: World, release: Release, pair: Pair): readonly string[];
  /** More pods than the pair may have while traffic is moved in steps, in words. */
  excess?(change: Change, release: Release): readonly string[];
}

const RULES: Readonly<Record<RouterName, RouterRules>> = { pods: podsRules, service: serviceRules };

export function rulesOf({ traffic }: Release): RouterRules {
  return RULES[traffic.router];
}
