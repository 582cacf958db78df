import type { KubeObject } from '../../../kube.ts';
import { zeroObject } from '../../apply/decode-typed.ts';
import type { Resource, StoreEvent } from '../../types.ts';
import { presented } from '../convert.ts';
import type { Core } from '../core.ts';
import { apiVersionOf, collectionOf } from '../registry.ts';
import { expired, failure, internal } from '../statuses.ts';
import { checkListOptions, integerOf, type Selection, selected, versionProblem } from './list.ts';
import type { Answer, Stream } from './message.ts';

/** Seconds between bookmarks of a watch that asked for them. */
const BOOKMARK_SECONDS = 60;
/** A watch without a time-out of its own ends after so many seconds, within the server's 30 to 60 minutes. */
const DEFAULT_TIMEOUT_SECONDS = 2700;

/** Shows an object in the view (whole, metadata, table row) that the client asked for. */
export type Presenter = (object: KubeObject) => unknown;

/** Streams the changes of a collection: from a version on, or beginning with what there is. */
export function watch(
  core: Core,
  resource: Resource,
  selection: Selection,
  query: URLSearchParams,
  present: Presenter,
): Answer {
  checkListOptions(query);
  const version = query.get('resourceVersion') ?? '';
  const problem = versionProblem(version);
  if (problem) throw internal(problem);
  const seconds = integerOf(query, 'timeoutSeconds') || DEFAULT_TIMEOUT_SECONDS;
  const bookmarks = /^(true|1)$/.test(query.get('allowWatchBookmarks') ?? '');
  const sendInitial = query.get('sendInitialEvents');
  const initial = sendInitial === 'true' || (sendInitial === null && (version === '' || version === '0'));
  if (Number(version) > core.store.version()) {
    const details = {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    };
    throw failure(
      504,
      'Timeout',
      `Timeout: Too large resource version: ${version}, current: ${core.store.version()}`,
      details,
    );
  }
  const since = version === '' || version === '0' ? core.store.version() : Number(version);
  return {
    status: 200,
    stream: stream =>
      run(
        core,
        resource,
        selection,
        { seconds, bookmarks, initial, announce: sendInitial === 'true', since },
        present,
        stream,
      ),
  };
}

interface Plan {
  seconds: number;
  bookmarks: boolean;
  initial: boolean;
  /** A bookmark with the annotation of streaming lists follows the initial events. */
  announce: boolean;
  since: number;
}

function run(
  core: Core,
  resource: Resource,
  selection: Selection,
  plan: Plan,
  present: Presenter,
  stream: Stream,
): void {
  const collection = collectionOf(resource);
  const send = (type: string, object: unknown): void => stream.write(`${JSON.stringify({ type, object })}\n`);
  const show = (object: KubeObject): unknown => present(presented(core.registry, resource, object));

  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata = { resourceVersion: String(core.store.version()), ...(annotations ? { annotations } : {}) };
    const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
    // A typed bookmark is an object of which only the version is set.
    send('BOOKMARK', resource.crd ? object : zeroObject(resource.schema, object));
  };

  /** An object that leaves the selection is deleted for this watch, with the state in which it was last selected. */
  const tell = (event: StoreEvent): void => {
    const now = event.type !== 'DELETED' && selected(selection, event.object);
    const before = event.previous !== undefined && selected(selection, event.previous);
    if (now) send(before ? 'MODIFIED' : 'ADDED', show(event.object));
    else if (before && event.previous) send('DELETED', show(at(event.previous, event.resourceVersion)));
  };

  if (plan.initial) {
    for (const object of core.store.list(collection, selection.namespace))
      if (selected(selection, object)) send('ADDED', show(object));
    if (plan.announce) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const past = core.store.eventsSince(collection, plan.since);
    if (!past) {
      send('ERROR', expired(`too old resource version: ${plan.since} (${core.store.oldest(collection)})`).status);
      stream.end();
      return;
    }
    for (const event of past) tell(event);
  }

  let cancelBookmark = (): void => undefined;
  const unsubscribe = core.store.subscribe((changed, event) => {
    if (changed === collection) tell(event);
  });
  const stop = (): void => {
    unsubscribe();
    cancelTimeout();
    cancelBookmark();
  };
  const cancelTimeout = core.clock.after(plan.seconds * 1000, () => {
    if (plan.bookmarks) bookmark();
    stop();
    stream.end();
  });
  const again = (): void => {
    cancelBookmark = core.clock.after(BOOKMARK_SECONDS * 1000, () => {
      bookmark();
      again();
    });
  };
  if (plan.bookmarks) again();
  stream.closed.addEventListener('abort', stop, { once: true });
}

function at(object: KubeObject, version: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}
