/**
 * Loaded before the bundle (NODE_OPTIONS=--import): writes at the exit what the process used, to the file that
 * SLUICE_BENCH_MEASURE names. Plain JavaScript, since stripping types would itself cost memory and time.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const FIRST_REQUEST = 'undici:request:create';
let startUpMs = 0;

const onRequest = () => {
  startUpMs = performance.now();
  unsubscribe(FIRST_REQUEST, onRequest);
};
subscribe(FIRST_REQUEST, onRequest);

process.once('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { memoryMiB: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000, startUpMs };
  writeFileSync(process.env.SLUICE_BENCH_MEASURE, JSON.stringify(usage));
});
