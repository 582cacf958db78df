import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { readReleaseConfig, readSteps } from '../../src/config/read-config.ts';
import { mergeConfig, NOTHING_SAID } from '../../src/config/release-config.ts';
import { anyConfig, written } from './arbitrary.ts';
import { refusal } from './refusal.ts';

const pods = {
  kind: 'pods',
  name: 'pods',
  intervalMs: 10_000,
  count: undefined,
  initialDelayMs: 0,
  failureLimit: 0,
  errorLimit: 4,
  noData: 'inconclusive',
  dryRun: false,
};

describe('a config', () => {
  it('is read', () => {
    const text = `# yaml-language-server: $schema=…/sluice.schema.json
strategy: canary
traffic: auto
service: web
steps:
  - weight: 10
  - hold: 5m
  - approve
  - replicas: 2
    hold: 1m
  - weight: 50
    hold: 10m
  - 75
  - 80%
hold: 2m
settle: 5s
drain: 30s
max-run: 5h30m
timeout: 10m
on-failure: rollback
on-drift: correct
checks:
  - pods: {failure-limit: 2, dry-run: yes}
  - pods:
      name: Slow look
      interval: 1m
      count: 3
`;
    expect(readReleaseConfig(text, { file: 'sluice.yaml' })).toEqual({
      strategy: 'canary',
      traffic: 'auto',
      service: 'web',
      steps: [
        { kind: 'weight', weight: 10 },
        { kind: 'hold', ms: 300_000 },
        { kind: 'approve' },
        { kind: 'replicas', replicas: 2 },
        { kind: 'hold', ms: 60_000 },
        { kind: 'weight', weight: 50 },
        { kind: 'hold', ms: 600_000 },
        { kind: 'weight', weight: 75 },
        { kind: 'weight', weight: 80 },
      ],
      holdMs: 120_000,
      settleMs: 5_000,
      drainMs: 30_000,
      maxRunMs: 19_800_000,
      timeoutMs: 600_000,
      onFailure: 'rollback',
      onDrift: 'correct',
      checks: [
        { ...pods, failureLimit: 2, dryRun: true },
        { ...pods, name: 'Slow look', intervalMs: 60_000, count: 3 },
      ],
    });
  });

  it.each(['', '# nothing\n', '---\n', 'null'])('that is empty says nothing: %j', text => {
    expect(readReleaseConfig(text)).toEqual(NOTHING_SAID);
  });

  it.each([
    '10, 25, 50',
    '10,25,50',
    '10%, 25%, 50%',
    '[10, 25%, "50"]',
    '[weight: 10, {weight: 25%}, 50]',
    '10, 25, 50,',
  ])('takes weights as %s', steps => {
    const weights = [10, 25, 50].map(weight => ({ kind: 'weight', weight }));
    expect(readReleaseConfig(`steps: ${steps}`).steps).toEqual(weights);
    expect(readSteps(steps)).toEqual(weights);
  });

  it.each(['[pods]', '[pods: ]', '[pods: {}]'])('takes a check that says no more than its name: %s', checks => {
    expect(readReleaseConfig(`checks: ${checks}`).checks).toEqual([pods]);
  });

  it('reads back as it was written', () => {
    fc.assert(
      fc.property(anyConfig, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (config, bits) => {
        const text = stringify(
          written(config, index => bits[index % bits.length] === true),
          { version: '1.1' },
        );
        expect(readReleaseConfig(text, { file: 'sluice.yaml' })).toEqual(config);
      }),
    );
  });

  it('is JSON as well', () => {
    expect(readReleaseConfig('{"strategy":"canary","steps":[10,"approve"]}').steps).toHaveLength(2);
  });

  it('gives way to the inputs, field by field', () => {
    const file = readReleaseConfig('strategy: canary\nhold: 1m');
    expect(mergeConfig(file, { strategy: undefined, holdMs: 0, steps: readSteps('10') })).toEqual({
      ...file,
      holdMs: 0,
      steps: [{ kind: 'weight', weight: 10 }],
    });
  });
});

describe('the input steps', () => {
  it('may be a list in several lines', () => {
    expect(readSteps('- weight: 10\n  hold: 1m\n- approve')).toEqual([
      { kind: 'weight', weight: 10 },
      { kind: 'hold', ms: 60_000 },
      { kind: 'approve' },
    ]);
    expect(readSteps('10\n25%\napprove')).toHaveLength(3);
  });

  it.each([
    ['', undefined, 'Input steps: nothing is given; give weights such as 10, 25, 50, or a list of steps.'],
    ['10, 5', undefined, 'Input steps: item 2: the weight 5 comes after 10; weights rise from step to step.'],
    ['- 10\n- weight: 0', undefined, 'Input steps, line 2: item 2: weight: 0 is not allowed; give a whole percentage'],
    ['10, 50', 'blue-green', 'Input steps: item 1: blue-green moves all the traffic at once'],
    ['10', 'rolling', 'Input steps: the strategy rolling has no steps'],
    ['weight: 10', undefined, 'Input steps: a mapping is not allowed; give weights such as 10, 25, 50, or a list'],
  ] as const)('%j for %s is refused', async (text, strategy, message) => {
    const error = await refusal(() => readSteps(text, { strategy }));
    expect(error.message).toContain(message);
    expect(error.problems[0]).toEqual({ message: expect.any(String) });
  });
});
