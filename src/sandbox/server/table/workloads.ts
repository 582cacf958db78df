import { AGE, type Column, column, NAME, type View, wide } from './column.ts';
import { humanDuration, since } from './duration.ts';
import { podColumns } from './pods.ts';
import { selectorText } from './text.ts';

interface Template {
  spec?: { containers?: { name: string; image: string }[]; nodeSelector?: Record<string, string> };
}
interface Workload extends View {
  spec?: Spec;
  status?: Status;
}
interface Spec {
  replicas?: number;
  selector?: Parameters<typeof selectorText>[0];
  template?: Template;
  schedule?: string;
  timeZone?: string;
  suspend?: boolean;
  completions?: number;
  parallelism?: number;
  jobTemplate?: { spec?: { template?: Template } };
}
interface Status {
  replicas?: number;
  readyReplicas?: number;
  updatedReplicas?: number;
  availableReplicas?: number;
  desiredNumberScheduled?: number;
  currentNumberScheduled?: number;
  numberReady?: number;
  updatedNumberScheduled?: number;
  numberAvailable?: number;
  active?: number | unknown[];
  succeeded?: number;
  startTime?: string;
  completionTime?: string;
  lastScheduleTime?: string;
  conditions?: { type: string; status: string }[];
}

const spec = (object: View): Spec => (object as Workload).spec ?? {};
const status = (object: View): Status => (object as Workload).status ?? {};
const templateOf = (object: View): Template => spec(object).template ?? spec(object).jobTemplate?.spec?.template ?? {};
const containers = (object: View): { name: string; image: string }[] => templateOf(object).spec?.containers ?? [];

const count = (name: string, of: (status: Status, spec: Spec) => number | undefined): Column =>
  column(name, object => of(status(object), spec(object)) ?? 0, 'integer');

const CONTAINERS = wide('Containers', object =>
  containers(object)
    .map(({ name }) => name)
    .join(','),
);
const IMAGES = wide('Images', object =>
  containers(object)
    .map(({ image }) => image)
    .join(','),
);
const SELECTOR = wide('Selector', object => selectorText(spec(object).selector));
const READY = column('Ready', object => `${status(object).readyReplicas ?? 0}/${spec(object).replicas ?? 1}`);

function jobStatus(object: View): string {
  const is = (type: string): boolean =>
    status(object).conditions?.some(condition => condition.type === type && condition.status === 'True') === true;
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (object.metadata.deletionTimestamp) return 'Terminating';
  if (is('Suspended')) return 'Suspended';
  return is('FailureTarget') ? 'FailureTarget' : is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions(object: View): string {
  const { completions, parallelism = 0 } = spec(object);
  const { succeeded = 0 } = status(object);
  if (completions !== undefined) return `${succeeded}/${completions}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function jobDuration(object: View, now: number): string {
  const { startTime, completionTime } = status(object);
  if (!startTime) return '';
  return humanDuration((completionTime ? Date.parse(completionTime) : now) - Date.parse(startTime));
}

const REPLICAS = [
  count('Desired', (_status, { replicas }) => replicas),
  count('Current', ({ replicas }) => replicas),
  count('Ready', ({ readyReplicas }) => readyReplicas),
];

export const WORKLOAD_COLUMNS: Readonly<Record<string, () => readonly Column[]>> = {
  Pod: podColumns,
  'apps/Deployment': () => [
    NAME,
    READY,
    count('Up-to-date', ({ updatedReplicas }) => updatedReplicas),
    count('Available', ({ availableReplicas }) => availableReplicas),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'apps/ReplicaSet': () => [NAME, ...REPLICAS, AGE, CONTAINERS, IMAGES, SELECTOR],
  ReplicationController: () => [NAME, ...REPLICAS, AGE, CONTAINERS, IMAGES],
  'apps/StatefulSet': () => [NAME, READY, AGE, CONTAINERS, IMAGES],
  'apps/DaemonSet': () => [
    NAME,
    count('Desired', ({ desiredNumberScheduled }) => desiredNumberScheduled),
    count('Current', ({ currentNumberScheduled }) => currentNumberScheduled),
    count('Ready', ({ numberReady }) => numberReady),
    count('Up-to-date', ({ updatedNumberScheduled }) => updatedNumberScheduled),
    count('Available', ({ numberAvailable }) => numberAvailable),
    column('Node Selector', object => selectorText({ matchLabels: templateOf(object).spec?.nodeSelector ?? {} })),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/Job': () => [
    NAME,
    column('Status', jobStatus),
    column('Completions', completions),
    column('Duration', jobDuration),
    AGE,
    CONTAINERS,
    IMAGES,
    SELECTOR,
  ],
  'batch/CronJob': () => [
    NAME,
    column('Schedule', object => spec(object).schedule ?? ''),
    column('Timezone', object => spec(object).timeZone ?? '<none>'),
    column('Suspend', object => (spec(object).suspend ? 'True' : 'False'), 'boolean'),
    column(
      'Active',
      object => (Array.isArray(status(object).active) ? (status(object).active as unknown[]).length : 0),
      'integer',
    ),
    column('Last Schedule', (object, now) =>
      status(object).lastScheduleTime ? since(status(object).lastScheduleTime, now) : '<none>',
    ),
    AGE,
    CONTAINERS,
    IMAGES,
  ],
};
