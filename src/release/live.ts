import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import { SluiceError } from '../errors.ts';
import { waitForHealth } from '../health/wait.ts';
import { type KubeObject, refKey, refOf, refText } from '../kube.ts';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { isOwnedBy, ownerOf, RELEASE_LABEL } from './labels.ts';
import type { Preflight } from './preflight.ts';
import type { Records } from './records.ts';

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
  const live = await listLive(deps.cluster, objects, `${RELEASE_LABEL}=${request.release}`);
  const same = objects.every(object => {
    const key = refKey(refOf(object));
    if (isGoneByItself(object) && checked.get(key)?.created) return true;
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

/** A finished Job with a time to live takes itself away: its absence is no drift. */
function isGoneByItself({ kind, spec }: KubeObject): boolean {
  return (
    kind === 'Job' && (spec as { ttlSecondsAfterFinished?: number } | undefined)?.ttlSecondsAfterFinished !== undefined
  );
}

/** Refuses objects that another release has: applying them would take them away from it without a word. */
export async function refuseForeign(
  cluster: Cluster,
  request: DeployRequest,
  objects: readonly KubeObject[],
  checked: Preflight,
  records: Records,
): Promise<void> {
  const known = new Set(
    [records.lastGood, records.newest].flatMap(
      stored => stored?.record.objects.map(object => refKey(refOf(object))) ?? [],
    ),
  );
  const isNew = (key: string): boolean => checked.get(key)?.created === false && !known.has(key);
  const adopted = objects.filter(object => isNew(refKey(refOf(object))));
  const live = await listLive(cluster, adopted, RELEASE_LABEL);
  const problems = adopted.flatMap(object => {
    const present = live.get(refKey(refOf(object)));
    const owner = present && ownerOf(present);
    if (!present || !owner || isOwnedBy(present, request)) return [];
    return [
      {
        message: `${refText(refOf(object))} belongs to release ${owner.release} in namespace ${owner.namespace}.`,
        ...request.locate(object),
      },
    ];
  });
  const [first] = problems;
  if (!first) return;
  throw new SluiceError(
    'conflict',
    problems.length === 1 ? first.message : `${problems.length} of the objects belong to other releases.`,
    {
      problems,
      hint: 'Leave them to that release, give this step the same release name if it is meant to be the same, or set force-conflicts: true to take them over.',
    },
  );
}

/** What the cluster has of these objects, by refKey: one list a kind and namespace, of labelled objects alone. */
async function listLive(
  cluster: Cluster,
  objects: readonly KubeObject[],
  labelSelector: string,
): Promise<Map<string, KubeObject>> {
  const lists = new Map(
    objects.map(({ apiVersion, kind, metadata: { namespace } }) => [
      `${apiVersion}/${kind}/${namespace}`,
      { apiVersion, kind, namespace },
    ]),
  );
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
