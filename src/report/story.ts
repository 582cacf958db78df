import { isWorkload } from '../health/health.ts';
import type { KubeObject } from '../kube.ts';
import type { Outcome, TimedEvent } from '../release/events.ts';
import { promotionStart } from '../release/plan.ts';
import { headlineOf, type Situation } from './advice.ts';
import { isAsAsked } from './as-asked.ts';
import { failureReport } from './failure-report.ts';
import type { LiveReport } from './live-report.ts';
import type { Facts, ImageSubstitution, ReportModel, StepReport } from './model.ts';
import { nextStepsOf } from './next-steps.ts';
import { servesNow } from './progress-advice.ts';
import { timelineOf } from './timeline.ts';
import { fold, type Told } from './told.ts';
import { trafficReport } from './weights.ts';
import { objectChanges, workloadReport } from './workload-reports.ts';

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

/** The report of a run that is not over, as far as it has come: of the release that it works on now. */
export function tellSoFar(asked: Asked, events: readonly TimedEvent[], now: number): LiveReport {
  const { parts } = releasesIn(asked, events);
  const part = parts.at(-1);
  const { report, told } = part
    ? reportOf(part.asked, part.events, part.endedAt ?? now, { isLive: part.endedAt === undefined })
    : reportOf(asked, events, now, { isLive: true });
  return told.outcome ? report : { ...report, phase: 'running', checks: [...told.checks, ...told.sampling.values()] };
}

/** The report of a run, from what was asked and the facts in their order. Facts may end anywhere: a run may be cut. */
export function tell(asked: Asked, events: readonly TimedEvent[], endedAt: number): ReportModel {
  const { parts, waiting } = releasesIn(asked, events);
  const [worst, ...others] = parts
    .map(part => reportOf(part.asked, part.events, part.endedAt ?? endedAt).report)
    .sort((a, b) => WORST_FIRST.indexOf(a.phase) - WORST_FIRST.indexOf(b.phase));
  if (!worst) return reportOf(asked, events, endedAt, { waiting }).report;
  return others.length > 0 ? { ...worst, others } : worst;
}

const WORST_FIRST: readonly ReportModel['phase'][] = [
  'failed',
  'aborted',
  'rolled-back',
  'paused',
  'succeeded',
  'unchanged',
];

interface Part {
  asked: Asked;
  events: TimedEvent[];
  endedAt?: number;
}

/** A run that goes on with several releases, as a run for each; and those for which it was not time yet. */
function releasesIn(asked: Asked, events: readonly TimedEvent[]): { parts: Part[]; waiting: string[] } {
  const parts: Part[] = [];
  const waiting: string[] = [];
  let part: Part | undefined;
  for (const event of events) {
    if (event.type === 'advancing') {
      part = { asked: { ...asked, release: event.release, startedAt: event.at }, events: [] };
    } else if (event.type === 'advanced') {
      const { at, outcome } = event;
      if (part && outcome)
        parts.push({ ...part, events: [...part.events, { type: 'ended', outcome, at }], endedAt: at });
      else waiting.push(event.release);
      part = undefined;
    } else part?.events.push(event);
  }
  // The run was cut while it worked on this one.
  return { parts: part ? [...parts, part] : parts, waiting };
}

/** `isLive`: the run goes on; else one that has not said its end was cut. */
function reportOf(
  asked: Asked,
  events: readonly TimedEvent[],
  endedAt: number,
  { waiting = [], isLive = false }: { waiting?: readonly string[]; isLive?: boolean } = {},
): { report: ReportModel; told: Told } {
  const told = fold(events);
  const { action, release, cluster, facts, startedAt, substitutions } = asked;
  const cut = { phase: 'aborted' as const, ...(told.revision === undefined ? {} : { revision: told.revision }) };
  const outcome: Outcome = told.outcome ?? cut;
  const { phase, revision } = outcome;
  const objects = asked.objects.length > 0 ? asked.objects : told.objects;
  const workloads = objects.filter(isWorkload).map(object => workloadReport(object, told, endedAt));
  const error = outcome.error ?? told.failure?.error;
  const isTrouble = error !== undefined && !isAsAsked(action, { phase, error });
  const failure = isTrouble ? failureReport(told.failure?.error ?? error, told.failure?.failures ?? []) : undefined;
  const traffic = trafficReport(told);
  const step = stepReport(told);
  const { pause, standing, taken } = told;
  const progress = {
    ...(traffic ? { traffic } : {}),
    ...(step ? { step } : {}),
    ...(pause ? { pause } : {}),
    ...(standing ? { standing } : {}),
    ...(taken ? { taken } : {}),
  };
  const situation: Situation = {
    ...asked,
    ...progress,
    outcome,
    error,
    failure,
    workloads,
    waiting,
    firstDeploy: told.firstDeploy ?? false,
    wrote: told.changes.size + told.sizes.size > 0,
  };
  const report: ReportModel = {
    action,
    release,
    ...(revision ? { revision } : {}),
    ...(told.origin ? { origin: told.origin } : {}),
    namespaces: asked.namespaces,
    cluster,
    // What a run without manifests is about has a strategy of its own, which is not known before its record is.
    strategy: told.plan?.strategy ?? (action === 'deploy' ? asked.strategy : ''),
    phase,
    ...(error ? { reason: error.code } : {}),
    headline: isLive && !told.outcome ? { serves: servesNow(situation) } : headlineOf(situation),
    facts,
    startedAt,
    endedAt,
    ...(told.firstDeploy ? { firstDeploy: true } : {}),
    workloads,
    objects: objectChanges(told),
    substitutions,
    timeline: timelineOf(told.ways, told.revision),
    ...progress,
    notes: told.plan?.notes ?? [],
    checks: told.checks,
    decisions: told.decisions,
    ...(failure ? { failure } : {}),
    ...(told.rollback ? { rollback: rollbackReport(told, outcome) } : {}),
    warnings: [...told.warnings, ...driftWarnings(told)],
    nextSteps: nextStepsOf(situation),
  };
  return { report, told };
}

function stepReport({ plan, cursor }: Told): StepReport | undefined {
  if (!plan || cursor === undefined || plan.steps.length === 0) return undefined;
  const of = plan.steps.length;
  const index = Math.min(cursor, of - 1);
  const isPromoting = plan.traffic !== undefined && cursor >= promotionStart(plan);
  return { index: index + 1, of, name: plan.steps[index]?.name ?? '', ...(isPromoting ? { promoting: true } : {}) };
}

function rollbackReport({ rollback }: Told, { phase, serving, error }: Outcome): NonNullable<ReportModel['rollback']> {
  const toRevision = rollback?.toRevision ?? serving;
  const to = toRevision === undefined ? {} : { toRevision };
  if (phase === 'rolled-back') return { ...to, outcome: 'succeeded' };
  return { ...to, outcome: phase === 'aborted' ? 'stopped' : 'failed', ...(error ? { detail: error.message } : {}) };
}

function driftWarnings({ drift }: Told): string[] {
  return [...drift].map(([text, { times, corrected }]) => {
    const often = times > 1 ? ` (${times} times)` : '';
    return `Somebody else changed what the release had written: ${text}. It was ${corrected ? 'written again' : 'left so'}${often}.`;
  });
}
