import type { KubeObject } from '../../kube.ts';
import type { Api } from '../types.ts';
import { timestamp } from './timestamp.ts';

type EventKind = 'Normal' | 'Warning';
export type EventRecorder = (
  component: string,
  involved: KubeObject,
  type: EventKind,
  reason: string,
  message: string,
  fieldPath?: string,
) => void;

/** As client-go's correlator: this many different messages of one reason within the interval, then one event takes them all. */
const SIMILAR_EVENTS = 10;
const SIMILAR_WITHIN = 600_000;

interface Seen {
  name: string;
  count: number;
  first: number;
}

/** Writes core/v1 Events as client-go does: the same again raises the count, many similar ones are combined. */
export function eventRecorder(api: Api): EventRecorder {
  const seen = new Map<string, Seen>();
  const similar = new Map<string, { messages: Set<string>; last: number }>();
  let serial = 0;

  return (component, involved, type, reason, message, fieldPath) => {
    const now = api.clock.now();
    const { namespace, name, uid, resourceVersion } = involved.metadata;
    const group = [component, involved.kind, namespace, name, uid, type, reason].join('\0');
    let entry = similar.get(group);
    if (!entry || now - entry.last > SIMILAR_WITHIN) entry = { messages: new Set(), last: now };
    entry.messages.add(message);
    entry.last = now;
    similar.set(group, entry);
    const combined = entry.messages.size > SIMILAR_EVENTS;
    const text = combined ? `(combined from similar events): ${message}` : message;
    const key = combined ? group : `${group}\0${message}\0${fieldPath ?? ''}`;

    const where = namespace ?? 'default';
    const host = component === 'kubelet' ? (involved.spec as { nodeName?: string } | undefined)?.nodeName : undefined;
    const before = seen.get(key);
    const stored = before ? api.get('Event', where, before.name) : undefined;
    if (before && stored) {
      before.count += 1;
      api.update(
        { ...structuredClone(stored), message: text, count: before.count, lastTimestamp: timestamp(now) },
        { manager: component },
      );
      return;
    }
    if (!canWriteTo(api, where)) return;
    serial += 1;
    // The real suffix is the time in nanoseconds; the serial keeps names apart that fall into one millisecond.
    const eventName = `${name}.${(now * 1000 + (serial % 1000)).toString(16)}${serial.toString(16).padStart(4, '0')}`;
    seen.set(key, { name: eventName, count: 1, first: now });
    api.create(
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName, namespace: where },
        involvedObject: {
          kind: involved.kind,
          ...(namespace ? { namespace } : {}),
          name,
          uid,
          apiVersion: involved.apiVersion,
          resourceVersion,
          ...(fieldPath ? { fieldPath } : {}),
        },
        reason,
        message: text,
        source: host ? { component, host } : { component },
        firstTimestamp: timestamp(now),
        lastTimestamp: timestamp(now),
        count: 1,
        type,
        eventTime: null,
        reportingComponent: component,
        reportingInstance: host ?? '',
      },
      { manager: component },
    );
  };
}

/** A namespace that is going away refuses new objects; an event about its last pods is not worth an error. */
function canWriteTo(api: Api, namespace: string): boolean {
  const found = api.get('Namespace', undefined, namespace);
  return found !== undefined && !found.metadata.deletionTimestamp;
}
