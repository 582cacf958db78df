import type { KubeObject } from '../kube.ts';

/** core/v1 Event; where events.k8s.io wrote it, `series` counts instead of `count`. */
export interface KubeEvent extends KubeObject {
  involvedObject?: { kind?: string; namespace?: string; name?: string; uid?: string };
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string } | null;
}

export const EVENT = { apiVersion: 'v1', kind: 'Event' } as const;

/** When the event last happened, by the cluster's clock; 0 where it does not say. */
export function lastSeen(event: KubeEvent): number {
  const time = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp;
  return Date.parse(time ?? event.metadata.creationTimestamp ?? '') || 0;
}

/** The events about one object, the latest first. */
export function eventsAbout(object: KubeObject, events: readonly KubeEvent[]): KubeEvent[] {
  const { uid, name } = object.metadata;
  return events
    .filter(({ involvedObject: about }) =>
      about?.uid && uid ? about.uid === uid : about?.kind === object.kind && about.name === name,
    )
    .sort((a, b) => lastSeen(b) - lastSeen(a));
}
