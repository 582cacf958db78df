import type { KubeObject, ObjectRef } from '../kube.ts';

/** A kind in one version of its group. */
export interface KindRef {
  apiVersion: string;
  kind: string;
}

/** How discovery describes a kind that the server serves. */
export interface ServedKind extends KindRef {
  plural: string;
  namespaced: boolean;
}

export interface Selection {
  /** Absent: all namespaces. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

export type WatchEvent<T extends KubeObject = KubeObject> =
  | { type: 'added' | 'modified' | 'deleted'; object: T }
  /** The state at the start has been told in full; also after a watch had to list anew. */
  | { type: 'synced' };

export interface ApplyOptions {
  /** Take fields that another manager owns. */
  force?: boolean;
  dryRun?: boolean;
}

export interface EditOptions {
  /** Field manager in the place of `sluice`, for what is given back at the end of the release. */
  manager?: string;
}

export interface Applied<T extends KubeObject = KubeObject> {
  object: T;
  created: boolean;
}

export interface RemoveOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Remove only this very object. */
  uid?: string;
  resourceVersion?: string;
}

/** A Service or pod behind the API server, and the port of it. */
export interface ProxyTarget {
  kind: 'Service' | 'Pod';
  namespace: string;
  name: string;
  /** Number or name; undefined: its first. */
  port: string | undefined;
  scheme: 'http' | 'https' | undefined;
}

export interface ProxyRequest {
  method: 'GET' | 'HEAD' | 'POST';
  /** With its query; begins with a slash. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  /** The longest body that is read; a longer one is an error. */
  mostBytes: number;
}

/** What was answered, whatever its status. */
export interface Proxied {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer;
}

/**
 * A Kubernetes API server, as the rest of the house uses it. Objects go in and come out untouched: no field is known or
 * dropped. Every call has a deadline and retries what may be retried; every failure is a SluiceError that names verb,
 * object and status and says what to do (`ApiError` of errors.ts where the server answered).
 */
export interface Cluster {
  /** Address of the server, for messages. */
  readonly server: string;
  /** Namespace of the context, `default` where it names none. */
  readonly namespace: string;
  /** How a kind is served. Discovery is asked once; where a kind is unknown it is asked once more (a CRD may be new), then it is an error. */
  kind(kind: KindRef): Promise<ServedKind>;
  /** Whether the kind is served now. */
  serves(kind: KindRef): Promise<boolean>;
  /** Undefined where there is no such object (or its kind is not served). */
  get<T extends KubeObject>(ref: ObjectRef): Promise<T | undefined>;
  list<T extends KubeObject>(kind: KindRef, selection?: Selection): Promise<{ items: T[]; resourceVersion: string }>;
  /** Server-side apply with the field manager `sluice` and strict field validation. */
  apply<T extends KubeObject>(object: T, options?: ApplyOptions): Promise<Applied<T>>;
  /** Never executed twice: a create whose answer was lost is looked up by the caller. */
  create<T extends KubeObject>(object: T): Promise<T>;
  /** PUT; the object's resourceVersion makes it optimistic. */
  replace<T extends KubeObject>(object: T, options?: EditOptions): Promise<T>;
  patch<T extends KubeObject>(
    ref: ObjectRef,
    body: unknown,
    type: 'merge' | 'json' | 'strategic',
    options?: EditOptions,
  ): Promise<T>;
  /** False where it was already gone. */
  remove(ref: ObjectRef, options?: RemoveOptions): Promise<boolean>;
  /** List and watch in one: the present state, `synced`, then every change until the signal is aborted. Survives cuts and expiry. */
  watch<T extends KubeObject>(kind: KindRef, selection: Selection, signal: AbortSignal): AsyncIterable<WatchEvent<T>>;
  /** The last lines of a container's log; undefined where there is none (yet). */
  logTail(
    pod: ObjectRef,
    options: { container: string; lines: number; previous?: boolean },
  ): Promise<string | undefined>;
  /** One request that the API server hands on, asked once: an answer of any status is an answer, be it the target's or the API server's own. */
  proxied(to: ProxyTarget, request: ProxyRequest, signal: AbortSignal): Promise<Proxied>;
  /**
   * The same connection and discovery, where every call (with its repetitions, waits and watches) ends at once with the
   * signal's reason when it is aborted, and none begins after that. `check` is called before each call, which does not begin
   * where it throws. Closing such a view does nothing.
   */
  bound(signal: AbortSignal, check?: () => void): Cluster;
  /** Ends every connection. */
  close(): Promise<void>;
}
