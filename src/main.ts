import { setFlagsFromString } from 'node:v8';
import * as core from '@actions/core';
import { onCancel } from './action/cancellation.ts';
import { run } from './action/run.ts';
import { systemClock } from './clock.ts';

// What a run makes lives briefly: V8 would let it pile up to 64 MiB before looking, for time that a waiting process has anyway.
setFlagsFromString('--optimize-for-size');

try {
  await run({ core, env: process.env, clock: systemClock, cancellation: onCancel(systemClock) });
} catch (error) {
  core.setFailed(error instanceof Error ? error : String(error));
}
