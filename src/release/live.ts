import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import { waitForHealth } from '../health/wait.ts';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { RELEASE_LABEL } from './labels.ts';
import type { Preflight } from './preflight.ts';

/**
 * For a release that is finished and asked for again: when applying would change nothing, how it stands, without a single
 * write. Undefined where something has drifted from the manifests.
 */
export async function judgeLive(
  deps: ReleaseDeps,
  request: DeployRequest,
  revision: number,
  checked: Preflight,
): Promise<Outcome | undefined> {
  const objects = request.groups.flat();
  const live = await listLive(deps.cluster, objects, request.release);
  const same = objects.every(object => {
    const key = refKey(refOf(object));
    return checked.has(key) && isDeepStrictEqual(comparable(checked.get(key)?.object), comparable(live.get(key)));
  });
  if (!same) return undefined;
  const health = await waitForHealth({
    ...deps,
    objects: [...live.values()].filter(object => checked.has(refKey(refOf(object)))),
    waitFor: request.waitFor,
    timeoutMs: request.timeoutMs,
    onProgress: progress => deps.emit({ type: 'health', progress }),
  });
  if (health.healthy) return { phase: 'unchanged', revision, serving: revision };
  deps.emit({ type: 'failed', error: health.error, failures: health.failures });
  return { phase: 'failed', revision, serving: revision, error: health.error };
}

/** What the cluster has of these objects, by refKey: one list a kind and namespace, of this release's objects alone. */
async function listLive(
  cluster: Cluster,
  objects: readonly KubeObject[],
  release: string,
): Promise<Map<string, KubeObject>> {
  const lists = new Map(
    objects.map(({ apiVersion, kind, metadata: { namespace } }) => [
      `${apiVersion}/${kind}/${namespace}`,
      { apiVersion, kind, namespace },
    ]),
  );
  const labelSelector = `${RELEASE_LABEL}=${release}`;
  const found = await Promise.all(
    [...lists.values()].map(async ({ apiVersion, kind, namespace }) => {
      const { items } = await cluster.list(
        { apiVersion, kind },
        { labelSelector, ...(namespace ? { namespace } : {}) },
      );
      return items.map(item => ({ ...item, apiVersion, kind }));
    }),
  );
  return new Map(found.flat().map(object => [refKey(refOf(object)), object as KubeObject]));
}

/** Without what moves by itself: the status, the version that a new status gives, and the times in the managed fields. */
function comparable(object: KubeObject | undefined): unknown {
  if (!object) return undefined;
  const { status: _status, metadata, ...rest } = object;
  const { managedFields: _managedFields, resourceVersion: _resourceVersion, ...stable } = metadata;
  return { ...rest, metadata: stable };
}
