import { type KubeObject, type ObjectRef, refOf, refText } from '../kube.ts';
import { boundEvents, boundOptions } from './bound.ts';
import type { Cluster, KindRef, Selection, ServedKind } from './cluster.ts';
import type { Discovery } from './discovery.ts';
import { ApiError, type Asked } from './errors.ts';
import { collectionPath, objectPath, withQuery } from './paths.ts';
import { askThrough } from './proxied.ts';
import { type Call, jsonOf, type Reply, type Requester } from './request.ts';
import { secretValues } from './secret-values.ts';
import { type WatchSettings, watchObjects } from './watch.ts';

export const FIELD_MANAGER = 'sluice';

const PAGE = 500;
/** Seconds that the server keeps a watch open, of which a random part is cut, so that not all end together. */
const WATCH_SECONDS = 300;

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

export interface RestClusterOptions {
  server: string;
  namespace: string;
  requester: Requester;
  discovery: Discovery;
  watching: WatchSettings;
  /** Aborted: everything ends with its reason. */
  until: AbortSignal;
  close(): Promise<void>;
}

/** The cluster interface over REST: paths, verbs, and which of them may be repeated. */
export function restCluster(options: RestClusterOptions): Cluster {
  const { server, namespace, requester, discovery, watching, until, close } = options;
  const place = (served: ServedKind, ref: ObjectRef): string | undefined =>
    served.namespaced ? (ref.namespace ?? namespace) : undefined;

  const locate = async (ref: ObjectRef): Promise<{ path: string; collection: string; asked: Omit<Asked, 'verb'> }> => {
    const served = await discovery.kind(ref);
    const where = place(served, ref);
    return {
      path: objectPath(served, where, ref.name),
      collection: collectionPath(served, where),
      asked: askedFor(ref, where),
    };
  };

  const askedFor = (ref: ObjectRef, where: string | undefined): Omit<Asked, 'verb'> => {
    const { namespace: _, ...bare } = ref;
    return { object: refText(where ? { ...bare, namespace: where } : bare), kind: ref.kind, namespace: where };
  };

  const call = async <T>(request: Call): Promise<T> => objectOf<T>(await requester.call(request));

  const listPages = async <T extends KubeObject>(
    kind: KindRef,
    selection: Selection,
  ): Promise<{ items: T[]; resourceVersion: string }> => {
    const served = await discovery.kind(kind);
    const path = collectionPath(served, selection.namespace);
    const asked = {
      verb: 'list',
      object: collectionText(kind, selection),
      kind: kind.kind,
      namespace: selection.namespace,
    };
    const page = (limit: number, next?: string): Promise<ListAnswer<T>> => {
      const query = { ...selectors(selection), limit: limit > 0 ? String(limit) : undefined, continue: next };
      return call({ ...asked, method: 'GET', path: withQuery(path, query), repeatable: true });
    };
    const pages = [await page(PAGE)];
    for (let next = pages[0]?.metadata.continue; next; next = pages.at(-1)?.metadata.continue) {
      try {
        pages.push(await page(PAGE, next));
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 410)) throw error;
        // The snapshot that the pages belong to has been compacted meanwhile: all at once then.
        pages.splice(0, pages.length, await page(0));
      }
    }
    // Items of a list come without kind and apiVersion; everything downstream expects them.
    const items = pages
      .flatMap(one => one.items ?? [])
      .map(item => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind }));
    return { items, resourceVersion: pages[0]?.metadata.resourceVersion ?? '' };
  };

  return {
    server,
    namespace,
    kind: kind => discovery.kind(kind),
    serves: async kind => (await discovery.find(kind)) !== undefined,
    async get<T extends KubeObject>(ref: ObjectRef) {
      const served = await discovery.find(ref);
      if (!served) return undefined;
      const where = place(served, ref);
      const request = {
        ...askedFor(ref, where),
        verb: 'get',
        method: 'GET' as const,
        path: objectPath(served, where, ref.name),
      };
      return absentIfNotFound(call<T>({ ...request, repeatable: true }));
    },
    list: (kind, selection = {}) => listPages(kind, selection),
    async apply(object, options = {}) {
      const { path, asked } = await locate(refOf(object));
      const query = {
        fieldManager: FIELD_MANAGER,
        fieldValidation: 'Strict',
        force: options.force ? 'true' : undefined,
        dryRun: options.dryRun ? 'All' : undefined,
      };
      const reply = await requester.call({
        ...asked,
        ...secretValues(object),
        verb: 'apply',
        method: 'PATCH',
        path: withQuery(path, query),
        body: object,
        contentType: 'application/apply-patch+yaml',
        repeatable: true,
      });
      return { object: objectOf(reply), created: reply.status === 201 };
    },
    async create(object) {
      const { collection, asked } = await locate(refOf(object));
      const path = withQuery(collection, { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict' });
      return call({
        ...asked,
        ...secretValues(object),
        verb: 'create',
        method: 'POST',
        path,
        body: object,
        repeatable: false,
      });
    },
    async replace(object, { manager = FIELD_MANAGER } = {}) {
      const { path, asked } = await locate(refOf(object));
      return call({
        ...asked,
        ...secretValues(object),
        verb: 'update',
        method: 'PUT',
        path: withQuery(path, { fieldManager: manager, fieldValidation: 'Strict' }),
        body: object,
        repeatable: object.metadata.resourceVersion !== undefined,
      });
    },
    async patch(ref, body, type, { manager = FIELD_MANAGER } = {}) {
      const { path, asked } = await locate(ref);
      return call({
        ...asked,
        ...(ref.kind === 'Secret' ? secretValues({ ...ref, metadata: { name: ref.name }, data: body }) : {}),
        verb: 'patch',
        method: 'PATCH',
        path: withQuery(path, { fieldManager: manager, fieldValidation: type === 'json' ? undefined : 'Strict' }),
        body,
        contentType: PATCH_TYPES[type],
        repeatable: isGuarded(body),
      });
    },
    async remove(ref, options = {}) {
      const { path, asked } = await locate(ref);
      const { uid, resourceVersion, propagation } = options;
      const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
      const body = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(propagation ? { propagationPolicy: propagation } : {}),
        ...(uid || resourceVersion ? { preconditions } : {}),
      };
      const request = {
        ...asked,
        verb: 'delete',
        method: 'DELETE' as const,
        path,
        body,
        repeatable: uid !== undefined,
      };
      try {
        await requester.call(request);
        return true;
      } catch (error) {
        // Another object of the same name: the one that was meant is gone.
        const replaced =
          uid !== undefined &&
          error instanceof ApiError &&
          error.status === 409 &&
          /UID in precondition/.test(error.apiMessage);
        if (replaced || isNotFound(error)) return false;
        throw error;
      }
    },
    async *watch<T extends KubeObject>(kind: KindRef, selection: Selection, signal: AbortSignal) {
      const served = await discovery.kind(kind);
      const path = collectionPath(served, selection.namespace);
      const asked = {
        verb: 'watch',
        object: collectionText(kind, selection),
        kind: kind.kind,
        namespace: selection.namespace,
      };
      const seconds = Math.round(WATCH_SECONDS * (1 - watching.random() / 5));
      const source = {
        kind: kind.kind,
        list: () => listPages<T>(kind, selection),
        open: (resourceVersion: string | undefined, ended: AbortSignal) => {
          const begin =
            resourceVersion === undefined
              ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
              : { resourceVersion };
          const query = {
            ...selectors(selection),
            watch: 'true',
            allowWatchBookmarks: 'true',
            timeoutSeconds: String(seconds),
            ...begin,
          };
          return requester.open({ ...asked, method: 'GET', path: withQuery(path, query), repeatable: true }, ended);
        },
      };
      yield* boundEvents(ended => watchObjects<T>(source, watching, ended), signal, until);
    },
    async logTail(pod, { container, lines, previous }) {
      const { path, asked } = await locate(pod);
      const query = {
        container,
        tailLines: String(lines),
        previous: previous ? 'true' : undefined,
        limitBytes: String(1 << 20),
      };
      const request = {
        ...asked,
        verb: 'get',
        object: `the log of ${asked.object}, container ${container}`,
        method: 'GET' as const,
      };
      try {
        const reply = await requester.call({
          ...request,
          path: withQuery(`${path}/log`, query),
          accept: '*/*',
          repeatable: true,
        });
        return reply.body.toString('utf8');
      } catch (error) {
        // 400: the container has not started, or has no previous instance.
        if (isNotFound(error) || (error instanceof ApiError && error.status === 400)) return undefined;
        throw error;
      }
    },
    proxied: (to, request, signal) => askThrough(requester, to, request, signal),
    bound: (signal, check) => restCluster(boundOptions(options, signal, check)),
    close,
  };
}

interface ListAnswer<T> {
  items?: T[] | null;
  metadata: { continue?: string; resourceVersion?: string };
}

function objectOf<T>(reply: Reply): T {
  return jsonOf(reply) as T;
}

function selectors({ labelSelector, fieldSelector }: Selection): Record<string, string | undefined> {
  return { labelSelector, fieldSelector };
}

function collectionText(kind: KindRef, { namespace }: Selection): string {
  return `${kind.kind} objects ${namespace ? `in namespace ${namespace}` : 'in all namespaces'}`;
}

/** A patch that says which state it is for cannot be executed twice: the second time the state is another. */
function isGuarded(body: unknown): boolean {
  if (Array.isArray(body)) return body.some(one => (one as { op?: unknown }).op === 'test');
  return (body as { metadata?: { resourceVersion?: unknown } } | null)?.metadata?.resourceVersion !== undefined;
}

function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

async function absentIfNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
