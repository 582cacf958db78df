import { type CheckConfig, needsTraffic } from '../config/check-config.ts';
import { loadReleaseConfig } from '../config/load-config.ts';
import { type ConfigStep, mergeConfig, type StrategyName } from '../config/release-config.ts';
import { settledChecks } from '../config/settle-checks.ts';
import { settledSteps, stepProblems } from '../config/steps.ts';
import { formatDuration } from '../config/values.ts';
import { SluiceError } from '../errors.ts';
import type { TrafficWish } from '../release/deploy.ts';
import type { Inputs } from './inputs.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** Within the six hours that GitHub gives a job on its own runners, with time left to settle. */
const MAX_RUN_MS = 330 * MINUTE_MS;

export interface Configuration extends TrafficWish {
  timeoutMs: number;
  onFailure: 'rollback' | 'pause' | 'leave';
}

/** Checks that would never be asked, or could never be answered: whoever wrote them down believes that they look. */
function unaskedChecks(
  checks: readonly CheckConfig[],
  strategy: StrategyName,
  steps: readonly ConfigStep[],
  maxRunMs: number,
): string[] {
  const names = checks.filter(({ kind }) => kind !== 'pods').map(({ name }) => name);
  if (strategy === 'rolling')
    return names.length === 0
      ? []
      : [
          `Checks (${names.join(', ')}): checks are asked during the holds of canary and blue-green, and the strategy is rolling; choose strategy: canary or blue-green, or leave them out.`,
        ];
  const holds = steps.flatMap(step => (step.kind === 'hold' && step.ms > 0 ? [step.ms] : []));
  const hasTraffic = steps.some(({ kind }) => kind === 'weight' || kind === 'match');
  return checks.flatMap(check => {
    const { kind, name, initialDelayMs, noData } = check;
    if (strategy === 'blue-green' && (kind === 'compare' || kind === 'mann-whitney'))
      return [
        `Check ${name}: with blue-green all requests go to one version or the other, so that there is nothing to compare; choose strategy: canary, or success-rate and latency-p99.`,
      ];
    if (!hasTraffic && needsTraffic(check))
      return [`Check ${name}: it asks about requests, and no step gives the new version any; add a weight or match.`];
    if (kind === 'job' && check.timeoutMs > maxRunMs)
      return [
        `Check ${name}: its timeout of ${formatDuration(check.timeoutMs)} is longer than a run may take (max-run, ${formatDuration(maxRunMs)}).`,
      ];
    const short = Math.min(...holds);
    if (noData === 'ignore' || initialDelayMs < short) return [];
    return [
      `Check ${name}: its initial-delay of ${formatDuration(initialDelayMs)} is not shorter than the hold of ${formatDuration(short)}, in which it would never be asked; give the hold more time, or no-data: ignore.`,
    ];
  });
}

/** What the inputs say, then what the config file says, then the defaults. */
export async function configurationOf(
  { action, config, configured, credentials }: Inputs,
  workspace: string,
): Promise<Configuration> {
  const said = mergeConfig(await loadReleaseConfig(config, { workspace }), configured);
  const strategy = said.strategy ?? 'rolling';
  const maxRunMs = said.maxRunMs ?? MAX_RUN_MS;
  const stepFaults = said.steps ? stepProblems(strategy, said.steps) : [];
  const steps =
    strategy !== 'rolling' && stepFaults.length === 0 ? settledSteps(strategy, said.steps, said.holdMs) : [];
  const faults = [
    ...stepFaults.map(text => `Steps: ${text}.`),
    ...(action === 'deploy' && (strategy === 'rolling' || stepFaults.length === 0)
      ? unaskedChecks(said.checks ?? [], strategy, steps, maxRunMs)
      : []),
  ];
  if (faults.length > 0)
    throw new SluiceError('invalid-input', faults.join('\n'), {
      problems: faults.map(message => ({ message })),
      hint: 'Nothing was done. docs/config.md describes the steps of each strategy, and the checks.',
    });
  return {
    strategy,
    traffic: said.traffic ?? 'auto',
    service: said.service,
    rules: said.rules,
    steps,
    settleMs: said.settleMs ?? 5 * SECOND_MS,
    drainMs: said.drainMs ?? 30 * SECOND_MS,
    maxRunMs,
    onDrift: said.onDrift ?? 'correct',
    checks: action === 'deploy' ? settledChecks(said, credentials) : [],
    timeoutMs: said.timeoutMs ?? 10 * MINUTE_MS,
    onFailure: said.onFailure ?? 'rollback',
  };
}
