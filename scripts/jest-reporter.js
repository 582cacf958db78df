import { writeSync } from 'node:fs';

/** Ends a run of the tests with one line to read, and to add up: `N passed, N failed`. Jest sets the exit status. */
export default class TotalsReporter {
  onRunComplete(_contexts, results) {
    // A suite that could not be loaded counts as one test that failed.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const totals = `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    // Jest's own reporters hold their lines back: only at the exit is this the last one.
    process.once('exit', () => writeSync(1, `${totals}\n`));
  }
}
