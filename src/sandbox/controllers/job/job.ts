import { sameJson } from '../../store/freeze.ts';
import { newCondition, withCondition } from '../conditions.ts';
import {
  type Controller,
  type ControllerContext,
  clone,
  keyOf,
  MANAGER,
  MANAGER_STATUS,
  splitKey,
} from '../context.ts';
import { claim, controllerKey } from '../ownership.ts';
import { deletePod } from '../pod-control.ts';
import { conditionOf, isActive, isFinished, isReady, isTerminating, type Pod } from '../pods.ts';
import { timeOf, timestamp } from '../timestamp.ts';
import { backOffLeft, createJobPods, surplusPods } from './job-pods.ts';
import { indexOf, indexRanges, isTracked, type Job, type JobStatus, parseRanges, TRACKING } from './types.ts';
import { isOver, type Tally, type Verdict, verdictCondition, verdictOf } from './verdict.ts';

const KIND = 'batch/Job';
const COMPONENT = 'job-controller';
/** Changes of pods are collected for so many milliseconds before a Job is looked at. */
const BATCH = 1000;

/** Jobs: pods that run to completion, counted once each. */
export const jobController: Controller = context => {
  const { api } = context;
  const queue = context.queue('job', key => {
    const { namespace, name } = splitKey(key);
    const job = api.get<Job>(KIND, namespace, name);
    if (!job) return;
    const wait = isOver(job) ? expire(context, job) : reconcile(context, job);
    if (wait !== undefined) queue.addAfter(key, wait);
  });
  context.watch(KIND, ({ type, object, previous }) => {
    const sameSpec = type === 'MODIFIED' && previous?.metadata.generation === object.metadata.generation;
    if (sameSpec) queue.addAfter(keyOf(object), BATCH);
    else queue.add(keyOf(object));
  });
  context.watch('Pod', ({ type, object }) => {
    const owner = controllerKey(object, 'Job');
    if (owner) queue.addAfter(owner, BATCH);
    // The Job is gone or about to go: nobody counts its pods any more, so nothing may hold them.
    if (owner && type !== 'DELETED' && isTracked(object as Pod)) releaseOrphan(context, owner, object as Pod);
  });
};

function releaseOrphan(context: ControllerContext, key: string, pod: Pod): void {
  const { namespace, name } = splitKey(key);
  if (context.api.get(KIND, namespace, name) || !isTerminating(pod)) return;
  context.api.clock.after(0, () => untrack(context, pod));
}

function untrack({ api }: ControllerContext, { metadata }: Pod): void {
  const live = api.get<Pod>('Pod', metadata.namespace, metadata.name);
  if (!live || live.metadata.uid !== metadata.uid || !isTracked(live)) return;
  const released = clone(live);
  const kept = (released.metadata.finalizers ?? []).filter(finalizer => finalizer !== TRACKING);
  if (kept.length) released.metadata.finalizers = kept;
  else delete released.metadata.finalizers;
  api.update(released, MANAGER);
}

/** A finished Job with a time to live is deleted when that is over. */
function expire({ api }: ControllerContext, job: Job): number | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined || isTerminating(job)) return undefined;
  const ended = ['Complete', 'Failed'].map(type =>
    timeOf(conditionOf(job.status?.conditions, type)?.lastTransitionTime),
  );
  const left = Math.max(...ended.map(time => time ?? 0)) + ttl * 1000 - api.clock.now();
  if (left > 0) return left;
  api.delete(KIND, job.metadata.namespace, job.metadata.name, { propagation: 'Background' });
  return undefined;
}

function reconcile(context: ControllerContext, job: Job): number | undefined {
  const { api } = context;
  const now = api.clock.now();
  const pods = claim(context, job, job.spec.selector, api.list<Pod>('Pod', job.metadata.namespace));
  const before = job.status ?? {};
  const status: JobStatus = { ...before, uncountedTerminatedPods: clone(before.uncountedTerminatedPods ?? {}) };
  const going = isTerminating(job);
  if (!job.spec.suspend) status.startTime ??= timestamp(now);
  if (!going) noteSuspension(context, job, status);

  let fresh = countNew(job, status, pods, false);
  const active = pods.filter(isActive);
  const tally: Tally = {
    active: active.length,
    succeeded: successes(job, status),
    failed: (before.failed ?? 0) + (status.uncountedTerminatedPods?.failed?.length ?? 0),
  };
  let verdict = going ? undefined : verdictOf(now, { ...job, status }, tally);
  let wait: number | undefined;
  let removed: Pod[] = [];
  if (verdict) {
    removed = active;
    if (verdict.interim === 'FailureTarget') fresh = countNew(job, status, pods, true);
    for (const pod of removed) deletePod(context, COMPONENT, job, pod);
  } else if (going) fresh = pods.filter(isTracked);
  else {
    removed = surplusPods(job, active, tally.succeeded);
    // What the Job itself takes back is no failure: it is let go before it is deleted, and never counted.
    for (const pod of removed) {
      untrack(context, pod);
      deletePod(context, COMPONENT, job, pod);
    }
    if (removed.length === 0 && !job.spec.suspend) {
      wait = backOffLeft(now, pods, tally.failed);
      if (wait === undefined)
        tally.active += createJobPods(context, job, pods, tally, parseRanges(status.completedIndexes));
    }
    if (!job.spec.suspend) verdict = verdictOf(now, { ...job, status }, tally);
  }
  setCount(status, 'active', tally.active - removed.length);
  status.ready = active.filter(pod => isReady(pod) && !removed.includes(pod)).length;
  status.terminating = pods.filter(pod => isTerminating(pod) && !isFinished(pod)).length + removed.length;
  if (verdict && !conditionOf(status.conditions, verdict.interim))
    status.conditions = [...(status.conditions ?? []), verdictCondition(now, verdict.interim, verdict)];
  const tracked = pods.filter(pod => isTracked(pod) && (verdict !== undefined || !removed.includes(pod)));
  settle(context, job, status, tracked, fresh, verdict);
  return wait ?? untilDeadline(now, job, status);
}

/**
 * Ends of pods that no status has named yet are noted by uid, so that none is counted twice or lost. In a Job that has
 * failed every pod that did not succeed counts as failed.
 */
function countNew(job: Job, status: JobStatus, pods: readonly Pod[], allFailed: boolean): Pod[] {
  const uncounted = status.uncountedTerminatedPods ?? {};
  const known = new Set([...(uncounted.succeeded ?? []), ...(uncounted.failed ?? [])]);
  const done = parseRanges(status.completedIndexes);
  const fresh: Pod[] = [];
  for (const pod of pods) {
    const uid = pod.metadata.uid ?? '';
    if (!isTracked(pod)) continue;
    if (known.has(uid)) {
      fresh.push(pod);
      continue;
    }
    const index = indexOf(pod);
    if (pod.status?.phase === 'Succeeded') {
      if (job.spec.completionMode === 'Indexed' && index !== undefined) done.add(index);
      else uncounted.succeeded = [...(uncounted.succeeded ?? []), uid];
    } else if (allFailed || hasFailed(job, pod)) uncounted.failed = [...(uncounted.failed ?? []), uid];
    else continue;
    fresh.push(pod);
  }
  if (job.spec.completionMode === 'Indexed') {
    const ranges = indexRanges(done);
    if (ranges) status.completedIndexes = ranges;
    setCount(status, 'succeeded', done.size);
  }
  return fresh;
}

/** A pod that is being deleted may never come to report its end, so it counts at once, unless the Job wants to see the end. */
function hasFailed({ spec }: Job, pod: Pod): boolean {
  if (pod.status?.phase === 'Failed') return true;
  const waits = spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
  return isTerminating(pod) && !waits;
}

function successes(job: Job, status: JobStatus): number {
  if (job.spec.completionMode === 'Indexed') return parseRanges(status.completedIndexes).size;
  return (status.succeeded ?? 0) + (status.uncountedTerminatedPods?.succeeded?.length ?? 0);
}

function setCount(status: JobStatus, field: 'active' | 'succeeded' | 'failed', count: number): void {
  if (count > 0) status[field] = count;
  else delete status[field];
}

/** First the uids are written down, then the pods are let go, then the counters take them over. */
function settle(
  context: ControllerContext,
  job: Job,
  status: JobStatus,
  tracked: readonly Pod[],
  fresh: readonly Pod[],
  verdict: Verdict | undefined,
): void {
  let live = write(context, job, status);
  for (const pod of fresh) untrack(context, pod);
  const uncounted = status.uncountedTerminatedPods ?? {};
  const counted: JobStatus = { ...status, uncountedTerminatedPods: {} };
  setCount(counted, 'succeeded', (status.succeeded ?? 0) + (uncounted.succeeded?.length ?? 0));
  setCount(counted, 'failed', (status.failed ?? 0) + (uncounted.failed?.length ?? 0));
  const over = verdict && tracked.length === fresh.length && (status.terminating ?? 0) === 0 && !status.active;
  if (verdict && over) {
    const now = context.api.clock.now();
    counted.conditions = [...(counted.conditions ?? []), verdictCondition(now, verdict.final, verdict)];
    if (verdict.final === 'Complete') counted.completionTime = timestamp(now);
  }
  live = write(context, live, counted);
  if (!verdict || !over) return;
  if (verdict.final === 'Complete') context.record(COMPONENT, live, 'Normal', 'Completed', 'Job completed');
  else context.record(COMPONENT, live, 'Warning', verdict.reason, verdict.message);
}

function write({ api }: ControllerContext, job: Job, status: JobStatus): Job {
  return sameJson(status, job.status) ? job : api.update({ ...job, status }, MANAGER_STATUS);
}

function noteSuspension({ api, record }: ControllerContext, job: Job, status: JobStatus): void {
  const suspended = conditionOf(status.conditions, 'Suspended')?.status === 'True';
  if ((job.spec.suspend ?? false) === suspended) return;
  const [value, reason, message] = suspended
    ? (['False', 'JobResumed', 'Job resumed'] as const)
    : (['True', 'JobSuspended', 'Job suspended'] as const);
  const condition = newCondition(api.clock.now(), 'Suspended', value, reason, message);
  status.conditions = withCondition(status.conditions, { ...condition, lastProbeTime: timestamp(api.clock.now()) });
  record(COMPONENT, job, 'Normal', suspended ? 'Resumed' : 'Suspended', message);
  if (suspended) status.startTime = timestamp(api.clock.now());
}

function untilDeadline(now: number, { spec }: Job, { startTime }: JobStatus): number | undefined {
  const started = timeOf(startTime);
  if (spec.activeDeadlineSeconds === undefined || started === undefined) return undefined;
  const left = started + spec.activeDeadlineSeconds * 1000 - now;
  return left > 0 ? left : undefined;
}
