import type * as Core from '@actions/core';
import type { ReportModel } from '../report/model.ts';
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

function resultText(model: ReportModel): string {
  const whole = JSON.stringify(resultOf(model));
  if (whole.length <= LONGEST_RESULT) return whole;
  const unwell = model.workloads.filter(({ health }) => health !== 'healthy').slice(0, 50);
  return JSON.stringify({
    ...resultOf({ ...model, workloads: unwell, warnings: model.warnings.slice(0, 20) }),
    truncated: true,
  });
}

/** What docs/outputs.md describes; the summary in a form for machines. */
function resultOf(model: ReportModel): object {
  const { release, revision, phase, reason, namespaces, strategy, workloads, rollback, warnings, failure } = model;
  return {
    version: RESULT_VERSION,
    release,
    revision: revision ?? null,
    phase,
    reason: reason ?? null,
    message: failure?.headline ?? null,
    strategy,
    namespaces,
    startedAt: new Date(model.startedAt).toISOString(),
    endedAt: new Date(model.endedAt).toISOString(),
    workloads: workloads.map(({ ref, change, health, images, replicas }) => ({
      ...ref,
      change: change ?? null,
      health,
      images,
      replicas: replicas ?? null,
    })),
    rollback: rollback ? { toRevision: rollback.toRevision, outcome: rollback.outcome } : null,
    warnings,
  };
}
