import type { KubeObject } from '../../kube.ts';
import { type Conditioned, conditionOf, isStale, wordsOf } from '../conditions.ts';
import { type Health, healthy, progressing } from '../verdict.ts';

/** How long a controller's refusal must stand: it may have seen the route before the Service, or the Gateway before its certificate. */
const REFUSAL_PATIENCE_MS = 15_000;

/** What a controller says before it has decided. */
const UNDECIDED = new Set(['Pending', 'Waiting', 'Unknown', 'NotReconciled']);

export function gatewayHealth(object: KubeObject<unknown, Conditioned>): Health {
  return (
    accepted(object, object.status, 'Accepted', 'the Gateway') ??
    accepted(object, object.status, 'Programmed', 'the Gateway') ??
    healthy('Accepted and programmed')
  );
}

/** Undefined where the condition is True for this generation. */
export function accepted(
  object: KubeObject,
  status: Conditioned | undefined,
  type: string,
  what: string,
): Health | undefined {
  const condition = conditionOf(status, type);
  if (
    !condition ||
    isStale(condition, object) ||
    condition.status === 'Unknown' ||
    UNDECIDED.has(condition.reason ?? '')
  ) {
    const words = condition && !isStale(condition, object) && condition.message ? `: ${condition.message}` : '';
    return progressing(`Waiting for ${what} to be ${verb(type)}${words}`);
  }
  if (condition.status === 'True') return undefined;
  const reason = condition.reason ?? `Not${type}`;
  return progressing(`Not ${verb(type)} (${what}): ${wordsOf(condition)}`, { reason, patienceMs: REFUSAL_PATIENCE_MS });
}

function verb(type: string): string {
  return type === 'ResolvedRefs' ? 'resolved' : type.toLowerCase();
}
