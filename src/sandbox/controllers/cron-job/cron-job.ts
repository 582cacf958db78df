import type { KubeObject, ObjectMeta } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import {
  type Controller,
  type ControllerContext,
  clone,
  keyOf,
  MANAGER,
  MANAGER_STATUS,
  splitKey,
} from '../context.ts';
import type { Job, JobSpec } from '../job/types.ts';
import { isOver } from '../job/verdict.ts';
import { controllerKey, controllerReference, isControlledBy } from '../ownership.ts';
import { conditionOf, isTerminating } from '../pods.ts';
import { timeOf, timestamp } from '../timestamp.ts';
import { nextFiring, parseCron } from './cron-schedule.ts';

interface CronJobSpec {
  schedule: string;
  suspend?: boolean;
  concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace';
  startingDeadlineSeconds?: number;
  successfulJobsHistoryLimit?: number;
  failedJobsHistoryLimit?: number;
  jobTemplate: { metadata?: Partial<ObjectMeta>; spec: JobSpec };
}
interface ActiveJob {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name: string;
  uid?: string;
  resourceVersion?: string;
}
interface CronJobStatus {
  active?: ActiveJob[];
  lastScheduleTime?: string;
  lastSuccessfulTime?: string;
}
type CronJob = KubeObject<CronJobSpec, CronJobStatus> & { spec: CronJobSpec };

const KIND = 'batch/CronJob';
const COMPONENT = 'cronjob-controller';
const MINUTE = 60_000;
/** The longest sleep between two looks; timers of real clocks end after 24 days. */
const LONGEST_SLEEP = 3_600_000;

/** CronJobs: a Job at each time of the schedule, and the oldest finished ones away. */
export const cronJobController: Controller = context => {
  const { api } = context;
  const queue = context.queue('cronjob', key => {
    const { namespace, name } = splitKey(key);
    const cron = api.get<CronJob>(KIND, namespace, name);
    if (!cron || isTerminating(cron)) return;
    const wait = reconcile(context, cron);
    if (wait !== undefined) queue.addAfter(key, Math.min(wait, LONGEST_SLEEP));
  });
  context.watch(KIND, ({ object }) => queue.add(keyOf(object)));
  context.watch('batch/Job', ({ object }) => {
    const owner = controllerKey(object, 'CronJob');
    if (owner) queue.add(owner);
  });
};

function reconcile(context: ControllerContext, cron: CronJob): number | undefined {
  const { api } = context;
  const now = api.clock.now();
  const jobs = api.list<Job>('batch/Job', cron.metadata.namespace).filter(job => isControlledBy(job, cron));
  const status: CronJobStatus = { ...clone(cron.status ?? {}) };
  const schedule = parseCron(cron.spec.schedule);
  const due = schedule && dueTime(now, cron, at => nextFiring(schedule, at));
  const running = jobs.filter(job => !isOver(job));
  let started: Job | undefined;
  if (due !== undefined && !cron.spec.suspend && mayStart(context, cron, due, running)) {
    started = start(context, cron, due);
    status.lastScheduleTime = timestamp(due);
  }
  noteJobs(context, cron, status, jobs);
  if (started) status.active = [...(status.active ?? []), referenceTo(started)];
  if (!sameJson(status, cron.status ?? {})) api.update({ ...cron, status }, MANAGER_STATUS);
  trim(context, cron, jobs);
  const next = schedule && nextFiring(schedule, now);
  return next === undefined || cron.spec.suspend ? undefined : next - now;
}

/** The last time of the schedule that has passed and was not served. */
function dueTime(
  now: number,
  { metadata, spec, status }: CronJob,
  next: (at: number) => number | undefined,
): number | undefined {
  const since = timeOf(status?.lastScheduleTime) ?? timeOf(metadata.creationTimestamp) ?? now;
  const deadline = spec.startingDeadlineSeconds;
  // Of a long gap only the last minutes are looked at: a firing that was missed by more is not made up for.
  const from = Math.max(since, now - (deadline === undefined ? 100 * MINUTE : deadline * 1000));
  let due: number | undefined;
  for (let time = next(from); time !== undefined && time <= now; time = next(time)) due = time;
  return due;
}

function mayStart({ api, record }: ControllerContext, cron: CronJob, due: number, running: readonly Job[]): boolean {
  if (api.get('batch/Job', cron.metadata.namespace, jobName(cron, due))) return false;
  if (running.length === 0) return true;
  switch (cron.spec.concurrencyPolicy) {
    case 'Forbid':
      record(
        COMPONENT,
        cron,
        'Normal',
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
      return false;
    case 'Replace':
      for (const { metadata } of running) {
        api.delete('batch/Job', metadata.namespace, metadata.name, { propagation: 'Background' });
        record(COMPONENT, cron, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
      }
      return true;
    default:
      return true;
  }
}

/** Named for the minute, so that one firing cannot make two Jobs. */
function jobName({ metadata }: CronJob, due: number): string {
  return `${metadata.name}-${Math.floor(due / MINUTE)}`;
}

function start({ api, record }: ControllerContext, cron: CronJob, due: number): Job {
  const { namespace } = cron.metadata;
  const { metadata = {}, spec } = clone(cron.spec.jobTemplate);
  const name = jobName(cron, due);
  const job: Job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      ...(namespace ? { namespace } : {}),
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(due) },
      ownerReferences: [controllerReference(cron)],
    },
    spec,
  };
  const created = api.create(job, MANAGER);
  record(COMPONENT, cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
  return created;
}

function referenceTo({ metadata: { namespace, name, uid, resourceVersion } }: Job): ActiveJob {
  return {
    kind: 'Job',
    ...(namespace ? { namespace } : {}),
    name,
    ...(uid ? { uid } : {}),
    apiVersion: 'batch/v1',
    ...(resourceVersion ? { resourceVersion } : {}),
  };
}

/** Takes from the list of active Jobs what has ended or gone, and tells of Jobs that were not started here. */
function noteJobs({ record }: ControllerContext, cron: CronJob, status: CronJobStatus, jobs: readonly Job[]): void {
  const listed = status.active ?? [];
  const active = listed.filter(({ uid, name }) => {
    const job = jobs.find(({ metadata }) => metadata.uid === uid);
    if (!job) record(COMPONENT, cron, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
    else if (isOver(job)) {
      const condition = conditionOf(job.status?.conditions, 'Failed')?.status === 'True' ? 'Failed' : 'Complete';
      const message = `Saw completed job: ${name}, condition: ${condition}`;
      record(COMPONENT, cron, 'Normal', 'SawCompletedJob', message);
    }
    return job !== undefined && !isOver(job);
  });
  if (active.length) status.active = active;
  else delete status.active;
  for (const job of jobs)
    if (!isOver(job) && !listed.some(({ uid }) => uid === job.metadata.uid)) {
      const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
      record(COMPONENT, cron, 'Warning', 'UnexpectedJob', message);
    }
  const ends = jobs.flatMap(job =>
    conditionOf(job.status?.conditions, 'Complete') ? [job.status?.completionTime ?? ''] : [],
  );
  const last = ends.sort().at(-1);
  if (last && last > (status.lastSuccessfulTime ?? '')) status.lastSuccessfulTime = last;
}

function trim({ api, record }: ControllerContext, cron: CronJob, jobs: readonly Job[]): void {
  const { successfulJobsHistoryLimit: successes = 3, failedJobsHistoryLimit: failures = 1 } = cron.spec;
  for (const [type, limit] of [
    ['Complete', successes],
    ['Failed', failures],
  ] as const) {
    const ended = jobs
      .filter(job => conditionOf(job.status?.conditions, type)?.status === 'True' && !isTerminating(job))
      .sort((a, b) => ((a.status?.startTime ?? '') < (b.status?.startTime ?? '') ? -1 : 1));
    for (const { metadata } of ended.slice(0, Math.max(0, ended.length - limit))) {
      api.delete('batch/Job', metadata.namespace, metadata.name, { propagation: 'Background' });
      record(COMPONENT, cron, 'Normal', 'SuccessfulDelete', `Deleted job ${metadata.name}`);
    }
  }
}
