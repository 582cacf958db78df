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
    [
      'a delay that no hold outlasts',
      { strategy: 'canary', hold: '30s', config: 'checks: [{http: {initial-delay: 30s}}]' },
      'Check http: its initial-delay of 30s is not shorter than the hold of 30s, in which it would never be asked; give the hold more time, or no-data: ignore.',
    ],
    [
      'a comparison of versions that never have requests at the same time',
      { strategy: 'blue-green', config: 'checks: [compare]' },
      'Check compare: with blue-green all requests go to one version or the other, so that there is nothing to compare; choose strategy: canary, or success-rate and latency-p99.',
    ],
    [
      'a Job that may take longer than the run',
      {
        strategy: 'canary',
        'max-run': '1h',
        config:
          'checks: [{job: {timeout: 2h, manifest: {spec: {template: {spec: {containers: [{name: a, image: a}]}}}}}}]',
      },
      'Check job: its timeout of 2h is longer than a run may take (max-run, 1h).',
    ],
    [
      'questions about requests that no step sends',
      { strategy: 'canary', steps: '[replicas: 2, hold: 1m, approve]', config: 'checks: [{success-rate: {min: 99}}]' },
      'Check success-rate: it asks about requests, and no step gives the new version any; add a weight or match.',
    ],
  ])('are an input error with %s', async (_what, given, expected) => {
    expect((await refusal(() => configured(given))).message).toBe(expected);
  });

  it('may be late where missing data does not matter', async () => {
    const config = 'checks: [{http: {initial-delay: 1h, no-data: ignore}}]';
    expect((await configured({ strategy: 'canary', hold: '30s', config })).checks).toHaveLength(2);
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
