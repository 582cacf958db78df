import type * as Core from '@actions/core';
import type { ReportModel } from '../report/model.ts';
import type { PauseReport } from '../report/progress-model.ts';
import type { OutputName } from './interface.ts';

/** Version of the `result` output: raised when a field changes its meaning or goes. */
const RESULT_VERSION = 1;

export function setOutputs(core: typeof Core, model: ReportModel): void {
  const values: Record<OutputName, string> = {
    release: model.release,
    revision: model.revision === undefined ? '' : String(model.revision),
    phase: model.phase,
    reason: model.reason ?? '',
    result: resultText(model),
  };
  for (const [name, value] of Object.entries(values)) core.setOutput(name, value);
}

/** GitHub takes 1 MB of outputs from a job; a step leaves room for others. */
const LONGEST_RESULT = 400_000;
/** Of each list, where the whole is too long. */
const MOST = 20;

function resultText(model: ReportModel): string {
  const whole = JSON.stringify(resultOf(model));
  if (whole.length <= LONGEST_RESULT) return whole;
  const unwell = model.workloads.filter(({ health }) => health !== 'healthy').slice(0, 50);
  const { warnings, notes, checks } = model;
  return JSON.stringify({
    ...resultOf({
      ...model,
      workloads: unwell,
      warnings: warnings.slice(0, MOST),
      notes: notes.slice(0, MOST),
      checks: checks.slice(-MOST),
    }),
    truncated: true,
  });
}

/** What docs/outputs.md describes; the summary in a form for machines. */
function resultOf(model: ReportModel): object {
  const { release, revision, phase, reason, namespaces, strategy, workloads, rollback, warnings, failure } = model;
  const { traffic, step, pause, checks, notes, standing, others } = model;
  return {
    version: RESULT_VERSION,
    release,
    revision: revision ?? null,
    phase,
    reason: reason ?? null,
    message: failure?.headline ?? null,
    strategy: strategy || null,
    namespaces,
    startedAt: isoTime(model.startedAt),
    endedAt: isoTime(model.endedAt),
    workloads: workloads.map(({ ref, change, health, images, replicas }) => ({
      ...ref,
      change: change ?? null,
      health,
      images,
      replicas: replicas ?? null,
    })),
    weight: traffic?.now ?? null,
    actual: traffic?.actual.map(({ workload, share }) => ({ ...workload, share: Math.round(share * 10) / 10 })) ?? [],
    step: step ? { index: step.index, of: step.of, name: step.name } : null,
    pause: pause ? pauseOf(pause) : null,
    checks,
    notes,
    rollback: rollback ? { toRevision: rollback.toRevision ?? null, outcome: rollback.outcome } : null,
    warnings,
    ...(standing ? { status: standing.status, holder: standing.holder ?? null } : {}),
    ...(others ? { others: others.map(endOf) } : {}),
  };
}

function pauseOf({ why, at, resumeAt, detail }: PauseReport): object {
  return {
    why,
    at: isoTime(at),
    resumeAt: resumeAt === undefined ? null : isoTime(resumeAt),
    detail: detail ?? null,
  };
}

/** A release that `advance` went on with beside the one which the result is about. */
function endOf({ release, revision, phase, reason }: ReportModel): object {
  return { release, revision: revision ?? null, phase, reason: reason ?? null };
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
