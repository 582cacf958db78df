import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { invalid, required } from '../field-errors.ts';
import { qualifiedName } from '../names.ts';

const SHORT_LIMIT = 128;
const NOTE_LIMIT = 1024;

/** An Event as it is stored: in core/v1. */
interface Event extends KubeObject {
  involvedObject?: { namespace?: string };
  eventTime?: string | null;
  reason?: string;
  message?: string;
  type?: string;
  action?: string;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  source?: { component?: string; host?: string };
  series?: { count?: number; lastObservedTime?: string | null } | null;
  reportingComponent?: string;
  reportingInstance?: string;
}

/** Fields that a write through events.k8s.io may not change, in the order in which they are looked at. */
const IMMUTABLE: readonly [field: string, name: string][] = [
  ['involvedObject', 'involvedObject'],
  ['reason', 'reason'],
  ['message', 'message'],
  ['source', 'source'],
  ['firstTimestamp', 'firstTimestamp'],
  ['lastTimestamp', 'lastTimestamp'],
  ['count', 'count'],
  ['reason', 'reason'],
  ['type', 'type'],
  ['eventTime', 'eventTime'],
  ['action', 'action'],
  ['related', 'related'],
  ['reportingComponent', 'reportingController'],
  ['reportingInstance', 'reportingInstance'],
];

/** What every Event has to keep, whichever of the two APIs it came through. */
export function validateEvent(object: KubeObject): FieldError[] {
  const event = object as Event;
  const namespace = event.metadata.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  const mismatch = invalid('involvedObject.namespace', involved, 'does not match event.namespace');
  if (!event.eventTime) {
    const fits = involved === '' ? namespace === 'default' : namespace === involved;
    return fits ? [] : [mismatch];
  }
  const placed = involved !== '' || namespace === 'default' || namespace === 'kube-system';
  return [...(placed ? [] : [mismatch]), ...validateReport(event)];
}

/** Who reports what: an Event with an eventTime has to say it all. */
function validateReport(event: Event): FieldError[] {
  const { reportingComponent: controller = '', reportingInstance: instance = '', action = '', reason = '' } = event;
  const limited = (field: string, value: string, limit: number): FieldError[] =>
    Buffer.byteLength(value) > limit ? [invalid(field, '', `can have at most ${limit} characters`)] : [];
  const given = (field: string, value: string): FieldError[] => [
    ...(value === '' ? [required(field)] : []),
    ...limited(field, value, SHORT_LIMIT),
  ];
  return [
    ...(controller === '' ? [required('reportingController')] : []),
    ...qualifiedName(controller).map(why => invalid('reportingController', controller, why)),
    ...given('reportingInstance', instance),
    ...given('action', action),
    ...given('reason', reason),
    ...limited('message', event.message ?? '', NOTE_LIMIT),
  ];
}

/** The further rules for Events that are made through events.k8s.io. */
export function validateNewStyleEvent(object: KubeObject): FieldError[] {
  const event = object as Event;
  const unset = (field: string, given: boolean): FieldError[] =>
    given ? [invalid(field, '', 'needs to be unset')] : [];
  const known = event.type === 'Normal' || event.type === 'Warning';
  return [
    ...validateSeries(event),
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...(known ? [] : [invalid('type', '', `has invalid value: ${event.type ?? ''}`)]),
    ...unset('firstTimestamp', Boolean(event.firstTimestamp)),
    ...unset('lastTimestamp', Boolean(event.lastTimestamp)),
    ...unset('count', Boolean(event.count)),
    ...unset('source', Boolean(event.source?.component || event.source?.host)),
  ];
}

/** Through events.k8s.io only the series of an Event may change. */
export function validateNewStyleEventUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const changed = !sameValue(object['series'] ?? null, old['series'] ?? null);
  return [
    ...(changed ? validateSeries(object as Event) : []),
    ...IMMUTABLE.filter(([field]) => !sameValue(object[field] ?? null, old[field] ?? null)).map(([field, name]) =>
      invalid(name, object[field] ?? '', 'field is immutable'),
    ),
  ];
}

function validateSeries({ series }: Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}
