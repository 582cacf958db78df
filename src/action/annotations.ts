import type * as Core from '@actions/core';
import type { SluiceError } from '../errors.ts';
import { logSafe } from '../report/log.ts';
import type { ReportModel } from '../report/model.ts';
import { withoutPlace } from '../report/names.ts';

/** GitHub shows ten annotations a step and type; one is left for the step's own failure. */
const SHOWN = 9;

/** Puts each problem on its line of its file; whether there was any to put. */
export function annotateProblems(core: typeof Core, { failure }: ReportModel, error: SluiceError | undefined): boolean {
  const problems = failure?.problems ?? [];
  // A single one without a place is the step's failure itself, and is told as that.
  if (problems.length === 1 && !problems[0]?.file) return false;
  for (const [index, { message, file, line, column }] of problems.entries()) {
    const words = withoutPlace({ message, ...(file ? { file } : {}), ...(line ? { line } : {}) });
    const place = file ? `${file}${line ? `:${line}${column ? `:${column}` : ''}` : ''}: ` : '';
    if (index >= SHOWN) core.info(logSafe(`${place}${words}`));
    else
      core.error(words, {
        title: `Sluice: ${error?.code ?? 'problem'}`,
        ...(file ? { file } : {}),
        ...(line ? { startLine: line } : {}),
        ...(column ? { startColumn: column } : {}),
      });
  }
  return problems.length > 0;
}
