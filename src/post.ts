import * as core from '@actions/core';
import { onCancel } from './action/cancellation.ts';
import { settleCutRun } from './action/settle.ts';
import { systemClock } from './clock.ts';

try {
  await settleCutRun({ core, env: process.env, clock: systemClock, cancellation: onCancel(systemClock) });
} catch (error) {
  // The job's result is the release's; a lock that could not be given back expires by itself.
  core.warning(`Sluice could not settle the run that was cut: ${error instanceof Error ? error.message : error}`);
}
