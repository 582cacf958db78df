import * as core from '@actions/core';
import { onCancel } from './action/cancellation.ts';
import { run } from './action/run.ts';
import { systemClock } from './clock.ts';

try {
  await run({ core, env: process.env, clock: systemClock, cancellation: onCancel(systemClock) });
} catch (error) {
  core.setFailed(error instanceof Error ? error : String(error));
}
