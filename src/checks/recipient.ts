import type { InCluster } from '../config/check-config.ts';
import type { Pair } from '../release/plan.ts';
import type { Recipient } from './ask.ts';
import type { CheckContext } from './check.ts';
import { asIs, filled, inUrl } from './fill-in.ts';

/** Whom a check asks, with its variables filled in; undefined where it names neither an address nor a Service. */
export function recipientOf(
  { url, service, port, scheme }: InCluster & { url: string | undefined },
  path: string,
  context: CheckContext,
  pair: Pair | undefined,
  windowMs?: number,
): Recipient | undefined {
  if (url !== undefined) return { url: `${filled(url, inUrl, context, pair, windowMs)}${path}` };
  if (service === undefined) return undefined;
  const text = filled(service, asIs, context, pair, windowMs);
  const slash = text.lastIndexOf('/');
  const name = text.slice(slash + 1);
  const namespace = slash < 0 ? (pair?.stable.namespace ?? context.facts.namespace) : text.slice(0, slash);
  return { proxy: { kind: 'Service', namespace, name, port, scheme }, path };
}
