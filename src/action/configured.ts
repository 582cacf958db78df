import { loadReleaseConfig } from '../config/load-config.ts';
import { mergeConfig, type ReleaseConfig, type StrategyName } from '../config/release-config.ts';
import { settledChecks } from '../config/settle-checks.ts';
import { settledSteps, stepProblems } from '../config/steps.ts';
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

/** Checks that are written down and would not be asked: whoever wrote them believes that they look. */
function unaskedChecks({ checks }: ReleaseConfig, strategy: StrategyName): string[] {
  const names = (checks ?? []).filter(({ kind }) => kind !== 'pods').map(({ name }) => name);
  if (strategy !== 'rolling' || names.length === 0) return [];
  return [
    `Checks (${names.join(', ')}): checks are asked during the holds of canary and blue-green, and the strategy is rolling; choose strategy: canary or blue-green, or leave them out.`,
  ];
}

/** What the inputs say, then what the config file says, then the defaults. */
export async function configurationOf(
  { action, config, configured, credentials }: Inputs,
  workspace: string,
): Promise<Configuration> {
  const said = mergeConfig(await loadReleaseConfig(config, { workspace }), configured);
  const strategy = said.strategy ?? 'rolling';
  const faults = [
    ...(said.steps ? stepProblems(strategy, said.steps).map(text => `Steps: ${text}.`) : []),
    ...(action === 'deploy' ? unaskedChecks(said, strategy) : []),
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
    steps: strategy === 'rolling' ? [] : settledSteps(strategy, said.steps, said.holdMs),
    settleMs: said.settleMs ?? 5 * SECOND_MS,
    drainMs: said.drainMs ?? 30 * SECOND_MS,
    maxRunMs: said.maxRunMs ?? MAX_RUN_MS,
    onDrift: said.onDrift ?? 'correct',
    checks: action === 'deploy' ? settledChecks(said, credentials) : [],
    timeoutMs: said.timeoutMs ?? 10 * MINUTE_MS,
    onFailure: said.onFailure ?? 'rollback',
  };
}
