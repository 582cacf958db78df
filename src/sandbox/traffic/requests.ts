import type { Pod } from '../controllers/pods.ts';
import { serviceOf } from '../kubelet/pod-http.ts';
import type { MetricsBook, Way } from '../metrics/book.ts';
import type { Api } from '../types.ts';
import { countAnswer, emptyCounts, type ServiceCounts, sumOf } from './counts.ts';
import type { Pods, Server } from './pods.ts';

/** A request that got no answer. */
export interface Loss {
  /** Milliseconds of the clock: when it was sent, and when it was lost. */
  sentAt: number;
  at: number;
  /** `namespace/name`; of a request by a route, the Service that the route chose: empty where it chose none. */
  service: string;
  /** `HTTPRoute namespace/name`, where it came by a route. */
  route?: string;
  pod?: string;
  /** Object and state. */
  why: string;
}

/** One request, and under which key it is counted. */
export interface Asked {
  entry: string;
  service: string;
  route?: string;
}

/** Requests from their sending to their end. */
export interface Requests {
  readonly losses: readonly Loss[];
  send(entry: string): void;
  /** Hands what was sent to the run of a container, whose answer takes its time; what is no HTTP has no way that would be counted. */
  hand(asked: Asked, server: Server, way: Way | undefined): void;
  lose(asked: Asked, why: string, pod?: string): void;
  /** Was answered by something that is no pod. */
  answer(entry: string): void;
  /** Counts what was answered by now. */
  settle(): void;
  /** Of one key or of all. A copy. */
  counts(entry?: string): ServiceCounts;
}

interface Flight {
  asked: Asked;
  server: Server;
  way: Way | undefined;
  sentAt: number;
  endsAt: number;
  isError: boolean;
}

const TRACK = 'sluice.dev/track';

export interface RequestOptions {
  /** From a request to its answer, where the pod says nothing else. */
  durationMs: number;
  random: () => number;
  metrics: MetricsBook | undefined;
}

export function trackRequests({ clock }: Api, pods: Pods, { durationMs, random, metrics }: RequestOptions): Requests {
  const counts = new Map<string, ServiceCounts>();
  const losses: Loss[] = [];
  /** By uid of the pod. */
  const flights = new Map<string, Flight[]>();

  function countsOf(entry: string): ServiceCounts {
    const known = counts.get(entry) ?? emptyCounts();
    counts.set(entry, known);
    return known;
  }

  function lose({ entry, ...asked }: Asked, why: string, pod?: string, sentAt = clock.now()): void {
    countsOf(entry).lost += 1;
    losses.push({ ...asked, sentAt, at: clock.now(), ...(pod === undefined ? {} : { pod }), why });
  }

  function keep(uid: string, left: Flight[]): void {
    if (left.length > 0) flights.set(uid, left);
    else flights.delete(uid);
  }

  /** What was answered by now, in the order of sending; what is left is still on its way. */
  function land(uid: string): Flight[] {
    const left = (flights.get(uid) ?? []).filter(flight => {
      if (flight.endsAt > clock.now()) return true;
      const { asked, server, way, isError, sentAt, endsAt } = flight;
      const { pod, container } = server;
      countAnswer(countsOf(asked.entry), pod.metadata.labels?.[TRACK] ?? '', container.image, isError);
      if (way) metrics?.record({ server, way, isError, latencyMs: endsAt - sentAt });
      return false;
    });
    keep(uid, left);
    return left;
  }

  pods.onChange(uid => {
    if (!flights.has(uid)) return;
    const left = land(uid).filter(({ asked, server, sentAt }) => {
      const end = pods.endOf(server);
      if (end) lose(asked, `${end} ${clock.now() - sentAt} ms after it was asked`, podText(server.pod), sentAt);
      return !end;
    });
    keep(uid, left);
  });

  function settle(): void {
    for (const uid of [...flights.keys()]) land(uid);
  }

  return {
    losses,
    settle,
    send: entry => {
      countsOf(entry).sent += 1;
    },
    hand(asked, server, way) {
      const now = clock.now();
      const { errorRate, latency } = serviceOf(server.pod, now);
      const isError = random() < errorRate;
      const uid = server.pod.metadata.uid ?? '';
      const flight = { asked, server, way, sentAt: now, endsAt: now + (latency || durationMs), isError };
      flights.set(uid, [...(flights.get(uid) ?? []), flight]);
    },
    lose: (asked, why, pod) => lose(asked, why, pod),
    answer: entry => {
      countsOf(entry).answered += 1;
    },
    counts: entry => {
      settle();
      return structuredClone(entry === undefined ? sumOf(counts.values()) : (counts.get(entry) ?? emptyCounts()));
    },
  };
}

function podText({ metadata }: Pod): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
