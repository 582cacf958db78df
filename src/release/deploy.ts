import { acquireLock, type Lock } from '../cluster/lease.ts';
import type { Problem } from '../errors.ts';
import { type KubeObject, refKey, refOf } from '../kube.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError } from './engine.ts';
import type { Outcome } from './events.ts';
import { labelled } from './labels.ts';
import { judgeLive } from './live.ts';
import { HOME_NEEDS, requirePermissions, WATCH_NEEDS } from './permissions.ts';
import { type Preflight, preflight } from './preflight.ts';
import { digestOf, type Origin } from './record.ts';
import { type Records, readRecords } from './records.ts';
import { runRevision } from './revision.ts';

export interface DeployRequest {
  release: string;
  /** Where the record and the lock live. */
  namespace: string;
  /** Objects with their namespaces, in groups that are applied one after another. */
  groups: readonly (readonly KubeObject[])[];
  /** Where an object stands in the user's files. */
  locate: (object: KubeObject) => Omit<Problem, 'message'>;
  force: boolean;
  prune: boolean;
  waitFor: 'all' | 'workloads';
  onFailure: 'rollback' | 'leave';
  createNamespace: boolean;
  concurrency: 'wait' | 'fail';
  /** For each of: waiting for the lock, for health, and for a rollback's health. */
  timeoutMs: number;
  origin: Origin;
  /** Unique to this run; starts with its URL. */
  holder: string;
}

/** What is known before the first write. */
export interface Prepared {
  records: Records;
  /** The release is finished in this very form: applying it again should change nothing. */
  repeat: boolean;
  revision: number;
  digest: string;
  /** As they will be applied, labels included. */
  objects: readonly KubeObject[];
  checked: Preflight;
}

/**
 * Brings the manifests to the cluster. Everything that can be asked without writing is asked first; a problem found there
 * is thrown, and nothing was written. From the lock on every end is an Outcome.
 */
export async function deploy(deps: ReleaseDeps, request: DeployRequest): Promise<Outcome> {
  const first = await prepare(deps, request);
  const settled = await settleRepeat(deps, request, first);
  if ('phase' in settled) return settled;
  if (first.records.heads.length === 0)
    await requirePermissions(deps.cluster, request.namespace, [...HOME_NEEDS, ...WATCH_NEEDS]);
  await makeNamespaces(deps, request, settled);

  let waited = false;
  const lock = await acquireLock({
    ...deps,
    namespace: request.namespace,
    name: lockName(request.release),
    holder: request.holder,
    waitMs: request.concurrency === 'wait' ? request.timeoutMs : 0,
    onWait: holder => {
      if (!waited) deps.emit({ type: 'waiting-for-lock', holder });
      waited = true;
    },
  });
  try {
    const guarded = { ...deps, signal: AbortSignal.any([deps.signal, lock.lost]) };
    // Whoever held the lock has changed what we knew.
    const now = waited ? await settleRepeat(guarded, request, await prepare(guarded, request)) : settled;
    return 'phase' in now ? now : await runRevision(guarded, request, now, lock.lost);
  } finally {
    await unlock(deps, request, lock);
  }
}

export function lockName(release: string): string {
  return `sluice.${release}`;
}

async function prepare(deps: ReleaseDeps, request: DeployRequest, afresh = false): Promise<Prepared> {
  const { cluster } = deps;
  const records = await readRecords(cluster, request.namespace, request.release);
  const wanted = request.groups.flat();
  const digest = digestOf(wanted);
  const repeat =
    !afresh &&
    records.newest !== undefined &&
    records.newest === records.lastGood &&
    records.newest.record.digest === digest;
  const revision = (records.newest?.record.revision ?? 0) + (repeat ? 0 : 1);
  const objects = wanted.map(object => labelled(object, request.release, revision));
  const checked = await preflight({ ...request, cluster, objects, comingNamespaces: comingNamespaces(request) });
  const creates = [...checked.values()].filter(({ created }) => created).length;
  deps.emit({ type: 'checked', objects: checked.size, creates, postponed: objects.length - checked.size });
  return { records, repeat, revision, digest, objects, checked };
}

/** How a finished release stands that is asked for again; else what to do, as a new revision. */
async function settleRepeat(
  deps: ReleaseDeps,
  request: DeployRequest,
  prepared: Prepared,
): Promise<Prepared | Outcome> {
  if (!prepared.repeat) return prepared;
  return (await judgeLive(deps, request, prepared.revision, prepared.checked)) ?? (await prepare(deps, request, true));
}

function comingNamespaces({ groups, createNamespace, namespace }: DeployRequest): Set<string> {
  const objects = groups.flat();
  const coming = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  if (createNamespace)
    for (const name of [namespace, ...objects.map(({ metadata }) => metadata.namespace)]) if (name) coming.add(name);
  return coming;
}

/** Makes what must be there before the lock can be: the release's own namespace, and others that no manifest makes. */
async function makeNamespaces(
  deps: ReleaseDeps,
  request: DeployRequest,
  { objects, checked }: Prepared,
): Promise<void> {
  const inManifests = new Map(
    objects.filter(({ kind }) => kind === 'Namespace').map(object => [object.metadata.name, object]),
  );
  const needed = new Set([request.namespace]);
  if (request.createNamespace)
    for (const object of objects) {
      const { namespace } = object.metadata;
      if (namespace && !checked.has(refKey(refOf(object))) && !inManifests.has(namespace)) needed.add(namespace);
    }
  // An object that the server took in the dry run proves that its namespace is there.
  for (const object of objects) if (checked.has(refKey(refOf(object)))) needed.delete(object.metadata.namespace ?? '');
  for (const name of needed) {
    const ref = { apiVersion: 'v1', kind: 'Namespace', name };
    if (!inManifests.has(name) && !request.createNamespace) continue;
    const wanted = inManifests.get(name) ?? { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    const { created } = await deps.cluster.apply(wanted, { force: request.force });
    if (created) deps.emit({ type: 'written', ref, change: 'created' });
  }
}

async function unlock(deps: ReleaseDeps, request: DeployRequest, lock: Lock): Promise<void> {
  try {
    await lock.release();
  } catch (error) {
    const lease = `Lease ${request.namespace}/${lockName(request.release)}`;
    deps.emit({
      type: 'warning',
      message: `${lease} could not be deleted and is left to expire: ${asSluiceError(error).message}`,
    });
  }
}
