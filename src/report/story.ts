import { isWorkload } from '../health/health.ts';
import type { KubeObject } from '../kube.ts';
import type { Outcome, TimedEvent } from '../release/events.ts';
import { promotionStart } from '../release/plan.ts';
import { headlineOf, type Situation } from './advice.ts';
import { isAsAsked } from './as-asked.ts';
import { failureReport } from './failure-report.ts';
import type { Facts, ImageSubstitution, ReportModel, StepReport } from './model.ts';
import { nextStepsOf } from './next-steps.ts';
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

/** The report of a run, from what was asked and the facts in their order. Facts may end anywhere: a run may be cut. */
export function tell(asked: Asked, events: readonly TimedEvent[], endedAt: number): ReportModel {
  const { parts, waiting } = releasesIn(asked, events);
  const [worst, ...others] = parts
    .map(part => tellOne(part.asked, part.events, part.endedAt ?? endedAt, []))
    .sort((a, b) => WORST_FIRST.indexOf(a.phase) - WORST_FIRST.indexOf(b.phase));
  if (!worst) return tellOne(asked, events, endedAt, waiting);
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

function tellOne(
  asked: Asked,
  events: readonly TimedEvent[],
  endedAt: number,
  waiting: readonly string[],
): ReportModel {
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
  return {
    action,
    release,
    ...(revision ? { revision } : {}),
    namespaces: asked.namespaces,
    cluster,
    // What a run without manifests is about has a strategy of its own, which is not known before its record is.
    strategy: told.plan?.strategy ?? (action === 'deploy' ? asked.strategy : ''),
    phase,
    ...(error ? { reason: error.code } : {}),
    headline: headlineOf(situation),
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
