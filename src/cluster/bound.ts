import type { WatchEvent } from './cluster.ts';
import type { Discovery } from './discovery.ts';
import type { Requester } from './request.ts';
import type { RestClusterOptions } from './rest-cluster.ts';
import { orAborted } from './transport.ts';

/** A view of the same connection that ends with the signal, and leaves the closing to its owner. */
export function boundOptions(
  options: RestClusterOptions,
  signal: AbortSignal,
  check: () => void = () => undefined,
): RestClusterOptions {
  return {
    ...options,
    requester: boundRequester(options.requester, signal, check),
    discovery: boundDiscovery(options.discovery, signal),
    until: AbortSignal.any([options.until, signal]),
    close: async () => undefined,
  };
}

/** The same requester, whose calls carry one more signal; after its abort nothing is sent, whatever it waited for. */
function boundRequester(requester: Requester, signal: AbortSignal, check: () => void): Requester {
  const also = (own: AbortSignal | undefined): AbortSignal => (own ? AbortSignal.any([own, signal]) : signal);
  return {
    async call(call, own) {
      check();
      return requester.call(call, also(own));
    },
    async exchange(call, own) {
      check();
      return requester.exchange(call, also(own));
    },
    async open(call, own) {
      check();
      return requester.open(call, also(own));
    },
  };
}

/** The same discovery. What it asks is shared and only reads, so it goes on for the others; this caller stops waiting for it. */
function boundDiscovery(discovery: Discovery, signal: AbortSignal): Discovery {
  return {
    async find(kind) {
      signal.throwIfAborted();
      return orAborted(discovery.find(kind), signal);
    },
    async kind(kind) {
      signal.throwIfAborted();
      return orAborted(discovery.kind(kind), signal);
    },
  };
}

/** The events, which end quietly with the reader's own signal, and with the bound's reason with the bound. */
export async function* boundEvents<E extends WatchEvent>(
  open: (ended: AbortSignal) => AsyncIterable<E>,
  own: AbortSignal,
  bound: AbortSignal,
): AsyncGenerator<E> {
  for await (const event of open(AbortSignal.any([own, bound]))) {
    // What was read before the abort is not told after it.
    if (own.aborted) return;
    bound.throwIfAborted();
    yield event;
  }
  if (!own.aborted) bound.throwIfAborted();
}
