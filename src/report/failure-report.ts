import type { SluiceError } from '../errors.ts';
import type { HealthFailure } from '../health/wait.ts';
import type { FailureReport } from './model.ts';

export function failureReport(error: SluiceError, failures: readonly HealthFailure[]): FailureReport {
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
