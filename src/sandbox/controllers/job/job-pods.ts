import { StatusError } from '../../types.ts';
import type { ControllerContext } from '../context.ts';
import { createInBatches, createPod, podFromTemplate } from '../pod-control.ts';
import { isActive, type Pod } from '../pods.ts';
import { timeOf } from '../timestamp.ts';
import { INDEX, indexOf, type Job, TRACKING } from './types.ts';
import type { Tally } from './verdict.ts';

const FIRST_BACK_OFF = 10_000;
const LAST_BACK_OFF = 600_000;

/** Milliseconds to wait before the next pod after so many failures; undefined where none is to be waited for. */
export function backOffLeft(now: number, pods: readonly Pod[], failures: number): number | undefined {
  if (failures === 0) return undefined;
  const ends = pods
    .filter(({ status }) => status?.phase === 'Failed')
    .flatMap(({ status }) => status?.containerStatuses ?? [])
    .map(({ state }) => timeOf(state.terminated?.finishedAt) ?? 0);
  if (ends.length === 0) return undefined;
  const delay = Math.min(FIRST_BACK_OFF * 2 ** (failures - 1), LAST_BACK_OFF);
  const left = Math.max(...ends) + delay - now;
  return left > 0 ? left : undefined;
}

/** Creates the pods that are missing; returns how many. */
export function createJobPods(
  context: ControllerContext,
  job: Job,
  pods: readonly Pod[],
  { active, succeeded }: Tally,
  done: ReadonlySet<number>,
): number {
  const { parallelism = 1, completions, completionMode } = job.spec;
  const useful =
    completions === undefined ? (succeeded > 0 ? active : parallelism) : Math.min(parallelism, completions - succeeded);
  const missing = Math.max(0, useful - active);
  const indexes = completionMode === 'Indexed' ? freeIndexes(completions ?? 0, pods, done) : undefined;
  let created = 0;
  const refusal = createInBatches(missing, () => {
    const index = indexes?.shift();
    if (indexes && index === undefined) return;
    createPod(context, 'job-controller', job, jobPod(job, index));
    created += 1;
  });
  if (refusal instanceof StatusError) throw refusal;
  return created;
}

function freeIndexes(completions: number, pods: readonly Pod[], done: ReadonlySet<number>): number[] {
  const taken = new Set(pods.filter(isActive).map(indexOf));
  return Array.from({ length: completions }, (_, index) => index).filter(
    index => !taken.has(index) && !done.has(index),
  );
}

function jobPod(job: Job, index: number | undefined): Pod {
  const pod = podFromTemplate(job, job.spec.template);
  const { name } = job.metadata;
  const finalizers = [...(pod.metadata.finalizers ?? []), TRACKING];
  if (index === undefined) return { ...pod, metadata: { ...pod.metadata, finalizers } };
  const env = { name: 'JOB_COMPLETION_INDEX', value: String(index) };
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      generateName: `${name}-${index}-`,
      finalizers,
      labels: { ...pod.metadata.labels, [INDEX]: String(index) },
      annotations: { ...pod.metadata.annotations, [INDEX]: String(index) },
    },
    spec: {
      ...(pod.spec ?? { containers: [] }),
      hostname: `${name}-${index}`,
      containers: (pod.spec?.containers ?? []).map(container => ({
        ...container,
        env: [...(container.env ?? []), env],
      })),
    },
  };
}
