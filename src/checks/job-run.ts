import { randomUUID } from 'node:crypto';
import type { Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { formatDuration } from '../config/values.ts';
import type { Finding } from '../health/finding.ts';
import { podSelector } from '../health/pod-selector.ts';
import { containersOf, type Pod } from '../health/pod-view.ts';
import { type HealthFailure, type HealthOutcome, waitForHealth } from '../health/wait.ts';
import { type KubeObject, type ObjectRef, refOf, refText } from '../kube.ts';
import { CHECK_LABEL, isOwnedBy } from '../release/labels.ts';
import type { CheckContext, Sample } from './check.ts';

/** How often what stands in the way of a new Job is cleared away. */
const TRIES = 3;
/** On each sample's Job another value, so that no old result is taken for its own. */
const SAMPLE_ANNOTATION = 'sluice.dev/sample';
const LOG_LINES = 20;
/** Longest wait for the log of a Job that has not come to its end: traffic stays as it is meanwhile. */
const LOG_MS = 1_000;
/** The Job was not seen to its end: that says nothing of the new version. */
const UNSEEN: readonly (string | undefined)[] = ['Deleting', 'Deleted', 'Replaced'];

interface Running {
  context: CheckContext;
  timeoutMs: number;
  /** When the sample began. */
  began: number;
  signal: AbortSignal;
}

/** Runs a Job to its end, and deletes it, whatever its end is. Never throws. */
export async function runJob(
  job: KubeObject,
  timeoutMs: number,
  context: CheckContext,
  signal: AbortSignal,
): Promise<Sample> {
  const running = { context, timeoutMs, began: context.clock.now(), signal };
  const name = `Job ${job.metadata.name}`;
  try {
    const annotations = { ...job.metadata.annotations, [SAMPLE_ANNOTATION]: randomUUID() };
    const created = await create({ ...job, metadata: { ...job.metadata, annotations } }, running);
    const sample = await outcomeOf(created, running).catch(error => unmeasured(`${name} was lost sight of`, error));
    const left = await remove(context.cluster, created);
    const message = left ? `${sample.message}; it could not be deleted: ${left}` : sample.message;
    return { ...sample, message: context.redact(message) };
  } catch (error) {
    const { outcome, message } = unmeasured(`${name} could not be started`, error);
    return { outcome, message: context.redact(message) };
  }
}

function unmeasured(what: string, error: unknown): Sample {
  return { outcome: 'error', message: `${what}: ${error instanceof Error ? error.message : String(error)}` };
}

/** The Job as the API server made it; one of its name that an earlier sample left goes first. */
async function create(job: KubeObject, running: Running): Promise<KubeObject> {
  const { cluster } = running.context;
  for (let left = TRIES; ; left -= 1) {
    try {
      return await cluster.bound(running.signal).create(job);
    } catch (error) {
      const isTaken = error instanceof ApiError && error.apiReason === 'AlreadyExists';
      if (error instanceof ApiError && error.status < 500 && !isTaken) throw error;
      // The answer may be lost, or is not waited for any more, of a Job that was made all the same.
      const live = await cluster.get<KubeObject>(refOf(job));
      if (live && isThisSample(live, job)) return live;
      if ((!live && !isTaken) || left <= 1) throw error;
      running.signal.throwIfAborted();
      if (live) await clear(live, job, running);
    }
  }
}

/** An earlier sample's Job has the same name and labels, and its result says nothing of now. */
function isThisSample(live: KubeObject, job: KubeObject): boolean {
  const sampleOf = ({ metadata }: KubeObject): string | undefined => metadata.annotations?.[SAMPLE_ANNOTATION];
  return sampleOf(live) === sampleOf(job) && !live.metadata.deletionTimestamp;
}

/** Deletes a leftover with its pods, so that no two of them ever run at once. */
async function clear(live: KubeObject, job: KubeObject, running: Running): Promise<void> {
  const { cluster, facts } = running.context;
  const ref = refOf(job);
  // Only we write Jobs with these labels under this name.
  const isOurs = isOwnedBy(live, facts) && live.metadata.labels?.[CHECK_LABEL] === job.metadata.labels?.[CHECK_LABEL];
  if (!isOurs)
    throw new Error(`there is a ${refText(ref)} already that does not belong to this release; it is left as it is`);
  await cluster.remove(ref, { propagation: 'Foreground', uid: live.metadata.uid as string });
  const { isLate } = await follow(ref, running, seen => seen?.metadata.uid !== live.metadata.uid);
  if (isLate)
    throw new Error(`what an earlier run left of it is still being deleted after ${formatDuration(running.timeoutMs)}`);
}

/** Watches one Job until `test` holds for it (undefined: there is none), or the sample's time is over. */
async function follow(
  ref: ObjectRef,
  { context: { cluster, clock }, timeoutMs, began, signal }: Running,
  test: (job: KubeObject | undefined) => boolean,
): Promise<{ isLate: boolean; job?: KubeObject | undefined }> {
  const over = new AbortController();
  const cancel = clock.after(Math.max(0, began + timeoutMs - clock.now()), () => over.abort());
  const selection = {
    ...(ref.namespace ? { namespace: ref.namespace } : {}),
    fieldSelector: `metadata.name=${ref.name}`,
  };
  let job: KubeObject | undefined;
  try {
    for await (const event of cluster.watch<KubeObject>(ref, selection, AbortSignal.any([signal, over.signal]))) {
      if (event.type === 'deleted') job = undefined;
      else if (event.type !== 'synced') job = { ...event.object, apiVersion: ref.apiVersion, kind: ref.kind };
      if (test(job)) return { isLate: false, job };
    }
  } finally {
    cancel();
    over.abort();
  }
  signal.throwIfAborted();
  return { isLate: true };
}

/** Waits for the Job's end, and says what it was. */
async function outcomeOf(created: KubeObject, running: Running): Promise<Sample> {
  const { context, timeoutMs, began, signal } = running;
  const { clock } = context;
  const name = `Job ${created.metadata.name}`;
  for (let job = created; ; ) {
    signal.throwIfAborted();
    const outcome = await waitForHealth({
      ...context,
      signal,
      objects: [job],
      waitFor: 'all',
      timeoutMs: Math.max(0, began + timeoutMs - clock.now()),
      onProgress: () => undefined,
    });
    const took = `${Math.round((clock.now() - began) / 1000)} s`;
    if (!outcome.healthy) return failure(name, took, job, outcome, running);
    if (outcome.objects[0]?.reason !== 'Suspended')
      return { outcome: 'pass', message: `${name} succeeded after ${took}` };
    // Who queues Jobs suspends them first.
    const { isLate, job: resumed } = await follow(refOf(job), running, seen => !isSuspended(seen));
    if (isLate)
      return { outcome: 'fail', message: `${name} did not end within ${formatDuration(timeoutMs)}: it is suspended` };
    if (resumed?.metadata.uid !== created.metadata.uid)
      return { outcome: 'error', message: `${name} was deleted by somebody while it was suspended` };
    job = resumed as KubeObject;
  }
}

function isSuspended(job: KubeObject | undefined): boolean {
  return (job as KubeObject<{ suspend?: boolean }> | undefined)?.spec?.suspend === true;
}

async function failure(
  name: string,
  took: string,
  job: KubeObject,
  { error, failures }: HealthOutcome & { healthy: false },
  { context, timeoutMs }: Running,
): Promise<Sample> {
  const { reason, message, status, findings } = failures[0] as HealthFailure;
  if (UNSEEN.includes(reason)) return { outcome: 'error', message: `${name} did not come to an end: ${message}` };
  const isLate = error.code === 'deadline-exceeded';
  const finding = findings[0] ?? (isLate ? await lastWords(job, context) : undefined);
  const trouble = finding ? { trouble: { workload: refOf(job), finding } } : {};
  const fail = (text: string): Sample => ({ outcome: 'fail', message: text, ...trouble });
  const cause = finding?.message ?? message.replace(/^The Job failed: /, '');
  if (isLate) return fail(`${name} did not end within ${formatDuration(timeoutMs)}: ${cause}`);
  // What its pods suffer from has ended the wait before the Job had failed.
  if (status !== 'failed' || reason === finding?.reason) return fail(`${name} cannot run: ${cause}`);
  return fail(`${name} failed after ${took}: ${cause}${reason && !cause.includes(reason) ? ` (${reason})` : ''}`);
}

/** Where a Job that does not end hangs: the end of the log of the container that still runs, if it can be had at once. */
async function lastWords(job: KubeObject, { cluster, clock, redact }: CheckContext): Promise<Finding | undefined> {
  const late = new AbortController();
  const cancel = clock.after(LOG_MS, () => late.abort(new Error('the log took too long')));
  const { namespace } = job.metadata;
  const labelSelector = podSelector([job]);
  const bound = cluster.bound(late.signal);
  try {
    if (!labelSelector) return undefined;
    const selection = { labelSelector, ...(namespace ? { namespace } : {}) };
    const { items } = await bound.list<Pod>({ apiVersion: 'v1', kind: 'Pod' }, selection);
    const [running] = items.flatMap(pod =>
      containersOf(pod).flatMap(({ status }) => (status.state?.running ? [{ pod, container: status.name }] : [])),
    );
    if (!running) return undefined;
    const { pod, container } = running;
    const ref = { ...refOf({ ...pod, apiVersion: 'v1', kind: 'Pod' }) };
    const log = (await bound.logTail(ref, { container, lines: LOG_LINES }))?.trimEnd();
    const message = `Pod ${pod.metadata.name}: container ${container} still runs`;
    return { reason: 'Unhealthy', message, pod: pod.metadata.name, container, ...(log ? { log: redact(log) } : {}) };
  } catch {
    // The sample has failed all the same; its message says of what.
    return undefined;
  } finally {
    cancel();
  }
}

/** Why it could not be deleted; undefined where it is. */
async function remove(cluster: Cluster, job: KubeObject): Promise<string | undefined> {
  try {
    await cluster.remove(refOf(job), { propagation: 'Background', uid: job.metadata.uid as string });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
