import type { ControllerContext } from '../context.ts';
import { createInBatches, createPod, isOfEndingNamespace, podFromTemplate } from '../pod-control.ts';
import { type Container, isActive, isFinished, isTerminating, type Pod } from '../pods.ts';
import { deletionOrder } from '../replica-set/pod-ranking.ts';
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

/** How many pods should run at once, with so many successes and so many running. */
function wantedActive({ spec }: Job, succeeded: number, active: number): number {
  const { parallelism = 1, completions } = spec;
  if (spec.suspend) return 0;
  if (completions === undefined) return succeeded > 0 ? active : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

/** The pods that a suspended Job, or one whose parallelism was lowered, takes back: those that have come least far first. */
export function surplusPods(job: Job, active: readonly Pod[], succeeded: number): Pod[] {
  const surplus = Math.max(0, active.length - wantedActive(job, succeeded, active.length));
  return [...active].sort(deletionOrder(() => 0)).slice(0, surplus);
}

/** Creates the pods that are missing; returns how many. */
export function createJobPods(
  context: ControllerContext,
  job: Job,
  pods: readonly Pod[],
  { active, succeeded }: Tally,
  done: ReadonlySet<number>,
): number {
  const { completions, completionMode, podReplacementPolicy, podFailurePolicy } = job.spec;
  const waits = podReplacementPolicy === 'Failed' || podFailurePolicy !== undefined;
  const ending = waits ? pods.filter(pod => isTerminating(pod) && !isFinished(pod)).length : 0;
  const missing = Math.max(0, wantedActive(job, succeeded, active) - active - ending);
  const indexes = completionMode === 'Indexed' ? freeIndexes(completions ?? 0, pods, done) : undefined;
  let created = 0;
  const refusal = createInBatches(missing, () => {
    const index = indexes?.shift();
    if (indexes && index === undefined) return;
    createPod(context, 'job-controller', job, jobPod(job, index));
    created += 1;
  });
  if (refusal && !isOfEndingNamespace(refusal)) throw refusal;
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
  const spec = pod.spec ?? { containers: [] };
  const { initContainers } = spec;
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
      ...spec,
      hostname: `${name}-${index}`,
      containers: spec.containers.map(knowingIndex),
      ...(initContainers ? { initContainers: initContainers.map(knowingIndex) } : {}),
    },
  };
}

function knowingIndex(container: Container): Container {
  const name = 'JOB_COMPLETION_INDEX';
  if (container.env?.some(variable => variable.name === name)) return container;
  const fieldRef = { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX}']` };
  return { ...container, env: [...(container.env ?? []), { name, valueFrom: { fieldRef } }] };
}
