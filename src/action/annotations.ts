import type * as Core from '@actions/core';
import type { SluiceError } from '../errors.ts';
import { logSafe } from '../report/log.ts';
import type { ReportModel } from '../report/model.ts';

/** GitHub shows ten annotations a step and type; one is left for the step's own failure. */
const SHOWN = 9;

/** Puts each problem on its line of its file. */
export function annotateProblems(core: typeof Core, { failure }: ReportModel, error: SluiceError | undefined): void {
  const problems = failure?.problems ?? [];
  // A single one without a place is the step's failure itself, and is told as that.
  if (problems.length === 1 && !problems[0]?.file) return;
  for (const [index, { message, file, line, column }] of problems.entries()) {
    const place = file ? `${file}${line ? `:${line}${column ? `:${column}` : ''}` : ''}: ` : '';
    if (index >= SHOWN) core.info(logSafe(`${place}${message}`));
    else
      core.error(file ? message : `${place}${message}`, {
        title: `Sluice: ${error?.code ?? 'problem'}`,
        ...(file ? { file } : {}),
        ...(line ? { startLine: line } : {}),
        ...(column ? { startColumn: column } : {}),
      });
  }
}
