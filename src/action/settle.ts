import { appendFile } from 'node:fs/promises';
import { releaseLease } from '../cluster/lease.ts';
import { readConnection } from './inputs.ts';
import { open, type RunDeps } from './run.ts';
import { unsettled } from './state.ts';

/** After a run that was cut before it could report: says so where it is looked for, and gives the lock back. */
export async function settleCutRun(deps: RunDeps): Promise<void> {
  const { core, env } = deps;
  const { unreported, lock } = unsettled(core);
  if (unreported) {
    const text =
      'Sluice was cut before it could say how the release ended. What it had applied stays; run the workflow again to finish it.';
    core.warning(text);
    if (env['GITHUB_STEP_SUMMARY']) await appendFile(env['GITHUB_STEP_SUMMARY'], `> [!WARNING]\n> ${text}\n`);
  }
  if (!lock) return;
  const cluster = await open(deps, readConnection(core));
  try {
    await releaseLease(cluster, lock.namespace, lock.name, lock.holder);
  } finally {
    await cluster.close();
  }
}
