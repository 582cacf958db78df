import type * as Core from '@actions/core';
import { describe, expect, it } from '@jest/globals';
import { type Configuration, configurationOf } from '../../src/action/configured.ts';
import { readInputs } from '../../src/action/inputs.ts';
import { refusal } from '../config/refusal.ts';

function configured(given: Record<string, string>): Promise<Configuration> {
  const inputs = { manifests: 'deploy/', ...given };
  const core = { getInput: (name: string) => (inputs as Record<string, string>)[name] ?? '' } as unknown as typeof Core;
  return configurationOf(readInputs(core, { GITHUB_REPOSITORY: 'acme/shop' }), process.cwd());
}

const CHECKS = 'checks: [pods, {http: {path: /healthz}}, {compare: {interval: 5s}}]';

describe('checks that nobody would ask', () => {
  it.each([
    ['no strategy', { config: CHECKS }],
    ['the strategy rolling', { config: CHECKS, strategy: 'rolling' }],
    ['the strategy rolling instead of the file’s', { config: `strategy: canary\n${CHECKS}`, strategy: 'rolling' }],
  ])('are an input error with %s', async (_what, given) => {
    const { code, message, hint } = await refusal(() => configured(given));
    expect({ code, message }).toEqual({
      code: 'invalid-input',
      message:
        'Checks (http, compare): checks are asked during the holds of canary and blue-green, and the strategy is rolling; choose strategy: canary or blue-green, or leave them out.',
    });
    expect(hint).toContain('Nothing was done');
  });

  it('are told together with steps that nobody would take', async () => {
    const { problems } = await refusal(() => configured({ config: CHECKS, steps: '10, 50' }));
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Steps: the strategy rolling has no steps/),
      expect.stringMatching(/^Checks \(http, compare\)/),
    ]);
  });

  it.each([
    ['a strategy with holds', { config: CHECKS, strategy: 'canary' }, ['pods', 'http', 'compare']],
    ['only the check that is always on', { config: 'checks: [{pods: {interval: 5s}}]' }, ['pods']],
    ['no checks', { config: 'hold: 1m' }, ['pods']],
    // What was recorded is what a command goes by.
    ['another action', { config: CHECKS, action: 'promote' }, []],
  ])('are none with %s', async (_what, given, names) => {
    expect((await configured(given)).checks.map(({ name }) => name)).toEqual(names);
  });
});
