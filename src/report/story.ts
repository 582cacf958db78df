import type { SluiceError } from '../errors.ts';
import { isWorkload } from '../health/health.ts';
import type { HealthFailure } from '../health/wait.ts';
import { type KubeObject, type ObjectRef, refKey, refOf } from '../kube.ts';
import { type ContainerView, podTemplatesOf } from '../manifests/pod-templates.ts';
import type { Change, Outcome, TimedEvent } from '../release/events.ts';
import { headlineOf, nextStepsOf } from './advice.ts';
import type {
  ContainerImage,
  Facts,
  FailureReport,
  ImageSubstitution,
  ObjectChange,
  ReportModel,
  TimelineStep,
  WorkloadReport,
} from './model.ts';

/** What was asked for, as far as the run came to know it. */
export interface Asked {
  action: string;
  release: string;
  strategy: string;
  namespaces: readonly string[];
  cluster: { server?: string; context?: string };
  facts: Facts;
  startedAt: number;
  objects: readonly KubeObject[];
  substitutions: readonly ImageSubstitution[];
}

interface Told {
  timeline: TimelineStep[];
  changes: Map<string, { ref: ObjectRef; change: Change; at: number }>;
  health: Map<string, Partial<WorkloadReport> & { at: number }>;
  previous: readonly KubeObject[];
  warnings: string[];
  failure?: { error: SluiceError; failures: readonly HealthFailure[] };
  rollback?: { toRevision: number; firstStep: number };
  outcome?: Outcome;
  firstDeploy?: boolean;
}

/** The report of a run, from what was asked and the facts in their order. Facts may end anywhere: a run may be cut. */
export function tell(asked: Asked, events: readonly TimedEvent[], endedAt: number): ReportModel {
  const told = fold(events);
  const outcome = told.outcome ?? { phase: 'aborted' as const };
  const workloads = asked.objects.filter(isWorkload).map(object => workloadReport(object, told, endedAt));
  const error = outcome.error ?? told.failure?.error;
  const failure = error && failureReport(told.failure?.error ?? error, told.failure?.failures ?? []);
  const { phase, revision } = outcome;
  const situation = {
    ...asked,
    outcome,
    error,
    failure,
    workloads,
    firstDeploy: told.firstDeploy ?? false,
    wrote: told.changes.size > 0,
  };
  return {
    action: asked.action,
    release: asked.release,
    ...(revision ? { revision } : {}),
    namespaces: asked.namespaces,
    cluster: asked.cluster,
    strategy: asked.strategy,
    phase,
    ...(error ? { reason: error.code } : {}),
    headline: headlineOf(situation),
    facts: asked.facts,
    startedAt: asked.startedAt,
    endedAt,
    ...(told.firstDeploy ? { firstDeploy: true } : {}),
    workloads,
    objects: objectChanges(told),
    substitutions: asked.substitutions,
    timeline: told.timeline,
    ...(failure ? { failure } : {}),
    ...(told.rollback ? { rollback: rollbackReport(told.rollback.toRevision, outcome) } : {}),
    warnings: told.warnings,
    nextSteps: nextStepsOf(situation),
  };
}

function fold(events: readonly TimedEvent[]): Told {
  const told: Told = { timeline: [], changes: new Map(), health: new Map(), previous: [], warnings: [] };
  for (const event of events) add(told, event);
  return told;
}

function add(told: Told, event: TimedEvent): void {
  switch (event.type) {
    case 'checked':
    case 'waiting-for-lock':
    case 'locking':
    case 'unlocked':
      return;
    case 'started':
      told.firstDeploy = event.firstDeploy;
      told.previous = event.previous;
      told.timeline = event.plan.steps.map(({ name }) => ({ name, outcome: 'pending' }));
      return;
    case 'rollback-started':
      told.rollback = { toRevision: event.revision, firstStep: told.timeline.length };
      told.timeline.push(...event.steps.map(name => ({ name, outcome: 'pending' as const, rollback: true })));
      return;
    case 'step-started':
      change(told, event.index, { startedAt: event.at, outcome: 'running' });
      return;
    case 'step-ended':
      change(told, event.index, {
        endedAt: event.at,
        outcome: event.outcome,
        ...(event.detail ? { detail: event.detail } : {}),
      });
      return;
    case 'written':
      told.changes.set(refKey(event.ref), { ref: event.ref, change: event.change, at: event.at });
      return;
    case 'health': {
      const { ref, status, message, replicas } = event.progress;
      told.health.set(refKey(ref), { health: status, message, ...(replicas ? { replicas } : {}), at: event.at });
      return;
    }
    case 'failed':
      told.failure = event;
      return;
    case 'warning':
      told.warnings.push(event.message);
      return;
    case 'ended':
      told.outcome = event.outcome;
      return;
  }
}

/** Steps count from 0 within the release, and from 0 again within its rollback. */
function change(told: Told, index: number, step: Partial<TimelineStep>): void {
  const at = index + (told.rollback?.firstStep ?? 0);
  const known = told.timeline[at];
  if (known) told.timeline[at] = { ...known, ...step };
}

function workloadReport(object: KubeObject, told: Told, endedAt: number): WorkloadReport {
  const key = refKey(refOf(object));
  const written = told.changes.get(key);
  const { at: judgedAt, ...judged } = told.health.get(key) ?? { at: endedAt };
  const seconds = written && Math.max(0, ((judged.health === 'healthy' ? judgedAt : endedAt) - written.at) / 1000);
  return {
    ref: refOf(object),
    health: 'unknown',
    ...judged,
    images: imagesOf(
      object,
      told.previous.find(before => refKey(refOf(before)) === key),
    ),
    ...(written ? { change: written.change } : {}),
    ...(seconds === undefined ? {} : { seconds }),
  };
}

function imagesOf(object: KubeObject, before: KubeObject | undefined): ContainerImage[] {
  const old = new Map(before ? containers(before).map(({ name, image }) => [name, image]) : []);
  return containers(object).map(({ name = '', image = '' }) => {
    const from = old.get(name);
    return { container: name, to: image, ...(from ? { from } : {}) };
  });
}

function containers(object: KubeObject): ContainerView[] {
  return podTemplatesOf(object).flatMap(({ template: { spec } }) => [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
  ]);
}

function objectChanges(told: Told): ObjectChange[] {
  const others = [...told.changes.values()].filter(({ ref, change }) => change === 'pruned' || !isWorkload(ref));
  const order: readonly Change[] = ['created', 'changed', 'restored', 'pruned', 'unchanged'];
  return order
    .map(change => ({ change, objects: others.filter(other => other.change === change).map(({ ref }) => ref) }))
    .filter(({ objects }) => objects.length > 0);
}

function failureReport(error: SluiceError, failures: readonly HealthFailure[]): FailureReport {
  const [first] = failures;
  const tail = failures.flatMap(failure => failure.findings.filter(({ log }) => log))[0];
  return {
    headline: headlineFor(error),
    ...(error.hint?.includes('\n') ? { explanation: error.hint } : {}),
    ...(first ? { object: first.ref } : {}),
    findings: failures.flatMap(({ findings }) => findings.map(({ log: _log, ...finding }) => finding)),
    events: [],
    ...(tail?.log
      ? {
          logTail: {
            pod: tail.pod ?? '',
            container: tail.container ?? '',
            previous: (tail.restarts ?? 0) > 0,
            lines: tail.log.split('\n'),
          },
        }
      : {}),
    ...(error.problems.length > 0 ? { problems: error.problems } : {}),
  };
}

/** A message for several problems lists them, below a first line or at once, and so does the report, as a table. */
function headlineFor({ code, message, problems }: SluiceError): string {
  const [first = ''] = message.split('\n');
  if (problems.length > 1 && first === problems[0]?.message)
    return `There are ${problems.length} problems${code === 'invalid-input' ? ' with the inputs' : ''}.`;
  return first.replace(/:$/, '.');
}

function rollbackReport(toRevision: number, { phase, error }: Outcome): ReportModel['rollback'] & object {
  if (phase === 'rolled-back') return { toRevision, outcome: 'succeeded' };
  return {
    toRevision,
    outcome: phase === 'aborted' ? 'stopped' : 'failed',
    ...(error ? { detail: error.message } : {}),
  };
}
