import type { Json, JsonObject } from '../kube.ts';
import { isMapping } from '../manifests/object-fields.ts';
import { CONFIG_KEYS } from './config-keys.ts';
import { MUTE, type Origin, type Place, readDocument } from './place.ts';
import { type ConfigStep, NOTHING_SAID, type ReleaseConfig, type StrategyName } from './release-config.ts';
import { itemsOfSteps, stepsField } from './step-field.ts';
import { stepFaults } from './steps.ts';
import { readTable, tableSchema } from './table.ts';

export const HINT = 'Nothing was done. docs/config.md describes each key; correct the config and run again.';

/** `file` is its path as the user knows it; without one the text is that of the input `config` itself. */
export function readReleaseConfig(text: string, { file }: { file?: string | undefined } = {}): ReleaseConfig {
  return readDocument(text, { name: 'Input config', file, hint: HINT }, (value, at) => {
    if (value === null) return NOTHING_SAID;
    const config = readTable(CONFIG_KEYS, value, at);
    if (!isMapping(value)) return undefined;
    // Apart from the rest, so that a slip elsewhere does not hide what is wrong with the steps.
    const { strategy, steps } = value;
    if (steps !== undefined) tellFaults(steps, strategyOf(strategy), at.within('steps'));
    return config;
  });
}

/** The input `steps`: `10, 25, 50`, or a YAML list in several lines. */
export function readSteps(
  text: string,
  { strategy }: { strategy?: StrategyName | undefined } = {},
): readonly ConfigStep[] {
  const origin: Origin = { name: 'Input steps', hint: HINT };
  return readDocument(text, origin, (value, at) => {
    tellFaults(value, strategy, at);
    return stepsField.read(value, at);
  });
}

/** JSON Schema of a config file, for editors. */
export function configSchema(): JsonObject {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Sluice release configuration',
    description: 'The file that the input config of the Sluice action names.',
    ...tableSchema(CONFIG_KEYS),
  };
}

function strategyOf(value: Json | undefined): StrategyName | undefined {
  return value === undefined ? undefined : CONFIG_KEYS.strategy.field.read(value, MUTE);
}

/** What is wrong with steps that are right one by one. */
function tellFaults(value: Json, strategy: StrategyName | undefined, at: Place): void {
  const steps = stepsField.read(value, MUTE) ?? [];
  const items = steps.length > 0 ? itemsOfSteps(value) : [];
  for (const { text, index } of steps.length > 0 ? stepFaults(strategy, steps) : []) {
    const item = index === undefined ? undefined : items[index];
    (item === undefined ? at : at.within(item)).problem(text);
  }
}
