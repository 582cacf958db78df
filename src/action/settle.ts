import { appendFile } from 'node:fs/promises';
import type * as Core from '@actions/core';
import type { Cluster } from '../cluster/cluster.ts';
import { releaseLease } from '../cluster/lease.ts';
import { settleCut } from '../release/settle-cut.ts';
import { configurationOf } from './configured.ts';
import { followersOf, openGitHub } from './github.ts';
import { readConnection, readInputs } from './inputs.ts';
import { originOf } from './origin.ts';
import { commandRequest } from './perform.ts';
import { openReporter } from './reporter.ts';
import { askedAt, holderOf, open, type RunDeps, releaseDeps } from './run.ts';
import { type OpenRelease, unsettled } from './state.ts';

/** After a run that was cut: says so where it is looked for, gives the lock back, and does what `on-cancel` says. */
export async function settleCutRun(deps: RunDeps): Promise<void> {
  const { core, env } = deps;
  const cut = unsettled(core);
  if (cut.unreported) {
    const text = cut.open
      ? 'Sluice was cut before it could say how the release ended; it is settled now, as on-cancel says.'
      : 'Sluice was cut before it could say how the release ended. What it had applied stays; run the workflow again to finish it.';
    core.warning(text);
    if (env['GITHUB_STEP_SUMMARY']) await appendFile(env['GITHUB_STEP_SUMMARY'], `> [!WARNING]\n> ${text}\n`);
  }
  if (!cut.lock && !cut.open) return;
  const cluster = await open(deps, readConnection(core));
  try {
    if (cut.lock) await releaseLease(cluster, cut.lock.namespace, cut.lock.name, cut.lock.holder);
    if (cut.open) await settleOpen(deps, cluster, cut.open);
  } finally {
    await cluster.close();
  }
}

async function settleOpen(deps: RunDeps, cluster: Cluster, found: OpenRelease): Promise<void> {
  const { env, clock, cancellation } = deps;
  // The job's result is the release's own: whatever is found here is a warning.
  const core: typeof Core = { ...deps.core, setFailed: message => deps.core.warning(message) };
  const inputs = readInputs(core, env);
  const configuration = await configurationOf(inputs, env['GITHUB_WORKSPACE'] ?? process.cwd());
  const asked = {
    ...askedAt(env, clock.now()),
    release: found.release,
    namespaces: [found.namespace],
    cluster: { server: cluster.server },
  };
  const reporter = openReporter(core, clock, asked, env['GITHUB_STEP_SUMMARY']);
  const task = {
    inputs: { ...inputs, release: found.release },
    configuration,
    origin: originOf(env),
    holder: holderOf(env),
  };
  const commented = inputs.action === 'comment' ? originOf(env).pullRequest : undefined;
  const github = openGitHub({ ...deps, signal: cancellation.giveUp }, inputs.github);
  if (github) for (const follower of followersOf(github, inputs.github, deps, commented)) reporter.follow(follower);
  const request = commandRequest(task, found.namespace);
  const outcome = await settleCut(releaseDeps({ ...deps, core }, cluster, reporter, task), request, {
    ...found,
    onCancel: inputs.onCancel,
  });
  if (outcome) await reporter.end(outcome);
  cancellation.done();
}
