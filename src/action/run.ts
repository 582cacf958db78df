import { randomUUID } from 'node:crypto';
import type * as Core from '@actions/core';
import type { Clock } from '../clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { connect } from '../cluster/connect.ts';
import { webFetch } from '../cluster/web.ts';
import { deploy, lockName } from '../release/deploy.ts';
import { asSluiceError } from '../release/engine.ts';
import type { Outcome } from '../release/events.ts';
import type { Cancellation } from './cancellation.ts';
import { defaultRelease, type Inputs, readInputs } from './inputs.ts';
import { type Environment, originOf } from './origin.ts';
import { secretValues } from './redaction.ts';
import { openReporter, type Reporter } from './reporter.ts';
import { forgetLock, saveEnded, saveLock } from './state.ts';
import { readWanted, settle } from './wanted.ts';

export interface RunDeps {
  core: typeof Core;
  env: Environment;
  clock: Clock;
  cancellation: Cancellation;
}

/** One run of the action, from inputs to outputs. Every end is reported; nothing is thrown but defects of the reporting itself. */
export async function run({ core, env, clock, cancellation }: RunDeps): Promise<void> {
  const origin = originOf(env);
  const repositoryUrl =
    env['GITHUB_SERVER_URL'] && env['GITHUB_REPOSITORY']
      ? `${env['GITHUB_SERVER_URL']}/${env['GITHUB_REPOSITORY']}`
      : undefined;
  const facts = { ...origin, ...(repositoryUrl ? { repositoryUrl } : {}) };
  const asked = {
    action: 'deploy',
    release: defaultRelease(env),
    strategy: 'rolling',
    namespaces: [],
    cluster: {},
    facts,
    startedAt: clock.now(),
    objects: [],
    substitutions: [],
  };
  const reporter = openReporter(core, clock, asked, env['GITHUB_STEP_SUMMARY']);
  const outcome = await attempt({ core, env, clock, cancellation }, reporter).catch((error: unknown): Outcome => {
    const stopped = cancellation.stop.aborted;
    return { phase: stopped ? 'aborted' : 'failed', error: asSluiceError(stopped ? cancellation.stop.reason : error) };
  });
  await reporter.end(outcome);
  saveEnded(core);
  cancellation.done();
}

async function attempt({ core, env, clock, cancellation }: RunDeps, reporter: Reporter): Promise<Outcome> {
  const inputs = readInputs(core, env);
  reporter.asked = { ...reporter.asked, action: inputs.action, release: inputs.release, strategy: inputs.strategy };
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  const wanted = await readWanted(inputs, { workspace, clock, signal: cancellation.stop, fetch: webFetch() });
  reporter.hide(secretValues(wanted.objects.map(({ object }) => object)));
  reporter.asked = {
    ...reporter.asked,
    objects: wanted.objects.map(({ object }) => object),
    substitutions: wanted.substitutions,
  };
  const cluster = await open({ core, env, clock, cancellation }, inputs);
  try {
    const settled = await settle(wanted, cluster);
    const { namespace, groups, locate } = settled;
    const objects = groups.flat();
    const namespaces = [...new Set([namespace, ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])])];
    reporter.asked = {
      ...reporter.asked,
      objects,
      namespaces,
      cluster: { server: cluster.server, ...(inputs.context ? { context: inputs.context } : {}) },
    };
    const { facts: origin } = reporter.asked;
    const holder = `${origin.runUrl ?? `a run outside GitHub on ${env['HOSTNAME'] ?? 'an unnamed host'}`}#${randomUUID()}`;
    return await deploy(
      {
        cluster,
        clock,
        signal: cancellation.stop,
        halt: cancellation.halt,
        emit: event => {
          if (event.type === 'locking') saveLock(core, { namespace, name: lockName(inputs.release), holder });
          if (event.type === 'unlocked') forgetLock(core);
          reporter.emit(event);
        },
        redact: reporter.redact,
        conceal: objects => reporter.hide(secretValues(objects)),
      },
      { ...inputs, namespace, groups, locate, holder, origin: originOf(env) },
    );
  } finally {
    await cluster.close();
  }
}

/** The cluster that the inputs name; also used by `post`. */
export function open(
  { core, env, clock, cancellation }: RunDeps,
  inputs: Pick<Inputs, 'kubeconfig' | 'context' | 'namespace'>,
): Promise<Cluster> {
  return connect({
    kubeconfig: inputs.kubeconfig,
    context: inputs.context,
    namespace: inputs.namespace,
    env,
    clock,
    // On a terminal nobody turns them off, and they would run into the live line.
    log: { debug: process.stdout.isTTY ? () => {} : core.debug, warning: core.warning },
    mask: core.setSecret,
    signal: cancellation.giveUp,
  });
}
