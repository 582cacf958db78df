import type { Readable } from 'node:stream';
import { type Clock, sleep } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { KubeObject } from '../kube.ts';
import type { WatchEvent } from './cluster.ts';
import { outcomeOf } from './connection-error.ts';
import { ApiError, apiError } from './errors.ts';
import { recordOf } from './kubeconfig.ts';
import { linesOf } from './lines.ts';
import { backoff } from './retry.ts';

/** What a watch needs of the API: the requests for one kind and selection. */
export interface WatchSource<T extends KubeObject> {
  list(): Promise<{ items: T[]; resourceVersion: string }>;
  /** Opens a watch; without a version it begins with the present state (`sendInitialEvents`). */
  open(resourceVersion: string | undefined, signal: AbortSignal): Promise<Readable>;
  /** `Pod`, for messages. */
  kind: string;
}

export interface WatchSettings {
  clock: Clock;
  random: () => number;
  /** Shared by all watches of one server: whether it can begin a watch with the present state. */
  support: { initialEvents: boolean };
}

/** A server that takes `sendInitialEvents` says within this time that the state is told; an old one ignores the parameter. */
const INITIAL_MS = 5_000;
/** After so long without being able to reach the server, the watch gives up. Control planes are replaced in minutes. */
const PATIENCE_MS = 10 * 60_000;

type Cut = 'cut' | 'expired' | 'unsupported';

/** The present state, `synced`, then every change, over cuts, time-outs and expired versions, until the signal is aborted. */
export async function* watchObjects<T extends KubeObject>(
  source: WatchSource<T>,
  settings: WatchSettings,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>> {
  const { clock, random, support } = settings;
  const known = new Map<string, T>();
  let version: string | undefined;
  let failures = 0;
  let lastSuccess = clock.now();
  while (!signal.aborted) {
    const began = clock.now();
    try {
      if (version === undefined && !support.initialEvents) {
        const listed = await source.list();
        yield* differences(known, listed.items);
        version = listed.resourceVersion;
        yield { type: 'synced' };
      }
      const stream = openStream(source, version, known, settings, signal);
      try {
        let told = await stream.next();
        for (; !told.done; told = await stream.next()) {
          lastSuccess = clock.now();
          yield told.value;
        }
        if (told.value.cut === 'unsupported') support.initialEvents = false;
        version = told.value.cut === 'cut' ? told.value.version : undefined;
      } finally {
        // A reader who leaves early leaves the stream half-way.
        await stream.return({ cut: 'cut', version });
      }
      // A server that ends watches at once must not be asked in a circle.
      failures = clock.now() - began < 1_000 ? failures + 1 : 0;
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error) || clock.now() - lastSuccess > PATIENCE_MS) throw error;
      failures += 1;
    }
    if (failures > 1) await sleep(clock, 4 * backoff(failures, random), signal).catch(() => undefined);
  }
}

/** One watch request: its events, and in the end why it ended and where to resume. */
async function* openStream<T extends KubeObject>(
  source: WatchSource<T>,
  from: string | undefined,
  known: Map<string, T>,
  { clock }: WatchSettings,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent<T>, { cut: Cut; version: string | undefined }> {
  let version = from;
  const silent = new AbortController();
  // The state that the server tells at the beginning, until it says that this was all.
  const initial: T[] | undefined = from === undefined ? [] : undefined;
  let telling = initial !== undefined;
  const stop = telling ? clock.after(INITIAL_MS, () => silent.abort(new Error('no initial state'))) : () => {};
  const ended = AbortSignal.any([signal, silent.signal]);
  let body: Readable | undefined;
  try {
    body = await source.open(from, ended);
    for await (const line of linesOf(body as AsyncIterable<Buffer>)) {
      const event = readEvent(line);
      if (event === undefined) break;
      const object = event.object as unknown as T;
      if (event.type === 'ERROR') {
        const code = Number(event.object['code']);
        if (code === 410) return { cut: 'expired', version: undefined };
        if (code === 500 || code === 504 || code === 429) break;
        throw apiError({ verb: 'watch', object: `${source.kind} objects` }, code, JSON.stringify(event.object), '');
      }
      if (event.type === 'BOOKMARK') {
        version = object.metadata.resourceVersion;
        if (!telling || object.metadata.annotations?.['k8s.io/initial-events-end'] !== 'true') continue;
        telling = false;
        stop();
        yield* differences(known, initial ?? []);
        yield { type: 'synced' };
        continue;
      }
      if (telling) {
        initial?.push(object);
        continue;
      }
      version = object.metadata.resourceVersion;
      yield* change(known, event.type, object);
    }
    return telling ? { cut: 'cut', version: undefined } : { cut: 'cut', version };
  } catch (error) {
    if (signal.aborted) throw error;
    if (silent.signal.aborted) return { cut: 'unsupported', version: undefined };
    if (telling && error instanceof ApiError && refusesInitialEvents(error))
      return { cut: 'unsupported', version: undefined };
    if (error instanceof ApiError && error.status === 410) return { cut: 'expired', version: undefined };
    // What broke the body off is no error of the watch: it resumes.
    if (body && !(error instanceof SluiceError)) return { cut: 'cut', version: telling ? undefined : version };
    throw error;
  } finally {
    stop();
    body?.destroy();
  }
}

interface RawEvent {
  type: string;
  object: Record<string, unknown>;
}

/** Undefined for a line that is not whole: the stream was cut in it by something that ends lines of its own. */
function readEvent(line: string): RawEvent | undefined {
  try {
    const event = recordOf(JSON.parse(line));
    return typeof event['type'] === 'string' ? { type: event['type'], object: recordOf(event['object']) } : undefined;
  } catch {
    return undefined;
  }
}

function* change<T extends KubeObject>(known: Map<string, T>, type: string, object: T): Generator<WatchEvent<T>> {
  const key = keyOf(object);
  if (type === 'DELETED') {
    known.delete(key);
    yield { type: 'deleted', object };
    return;
  }
  const before = known.get(key);
  known.set(key, object);
  yield { type: before ? 'modified' : 'added', object };
}

/** What changed while we were not told: the events that lead from what we know to what there is. */
function* differences<T extends KubeObject>(known: Map<string, T>, items: readonly T[]): Generator<WatchEvent<T>> {
  const present = new Map(items.map(item => [keyOf(item), item]));
  for (const [key, gone] of [...known]) {
    const now = present.get(key);
    // The same name with another uid is another object: the old one went.
    if (now && now.metadata.uid === gone.metadata.uid) continue;
    known.delete(key);
    yield { type: 'deleted', object: gone };
  }
  for (const [key, item] of present) {
    const before = known.get(key);
    if (before && before.metadata.resourceVersion === item.metadata.resourceVersion) continue;
    known.set(key, item);
    yield { type: before ? 'modified' : 'added', object: item };
  }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** `sendInitialEvents` is refused by servers that know it but have it switched off, and by some aggregated APIs. */
function refusesInitialEvents(error: ApiError): boolean {
  return (
    [400, 403, 422].includes(error.status) &&
    (error.status === 400 || /sendInitialEvents|resourceVersionMatch/.test(error.apiMessage))
  );
}

/** Failures that time may heal; a missing permission or kind does not go away. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 429 || error.status >= 500;
  return error instanceof SluiceError && error.code === 'unreachable' && outcomeOf(error.cause).kind !== 'final';
}
