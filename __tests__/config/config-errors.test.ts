import { describe, expect, it } from '@jest/globals';
import { readReleaseConfig } from '../../src/config/read-config.ts';
import { refusal } from './refusal.ts';

const read = (text: string) => () => readReleaseConfig(text, { file: 'sluice.yaml' });

/** Text, line and column of the only problem, and what its message says. */
const WRONG: [string, number, number, string][] = [
  ['hold: 1m\nstrategie: canary', 2, 1, 'strategie: there is no such key; the keys are strategy, traffic,'],
  ['strategie: canary', 1, 1, '(did you mean strategy?)'],
  ['onFailure: leave', 1, 1, '(did you mean on-failure?)'],
  ['max_run: 1h', 1, 1, '(did you mean max-run?)'],
  ['stpes: 10', 1, 1, '(did you mean steps?)'],
  ['zebra: 10', 1, 1, 'on-drift, prometheus, checks.'],
  ['"a b\\nc": 1', 1, 1, 'the key in this line: there is no such key'],
  [
    'strategy: canry',
    1,
    1,
    'strategy: "canry" is not allowed; give one of rolling, canary, blue-green (did you mean canary?).',
  ],
  ['strategy: bluegreen', 1, 1, '(did you mean blue-green?)'],
  ['strategy: recreate', 1, 1, 'give one of rolling, canary, blue-green.'],
  ['strategy: [canary]', 1, 1, 'a list is not allowed; give one of'],
  [
    'traffic: linkerd',
    1,
    1,
    'traffic: "linkerd" is not allowed; give one of auto, pods, service, gateway-api, istio, nginx',
  ],
  ['routes: []', 1, 1, 'routes: there are 0 names; give 1 to 16'],
  ['routes: a/b', 1, 1, 'routes: "a/b" is not allowed; give a name, or *'],
  ['steps:\n  - match: {value: x}', 2, 5, 'match needs either a header or a cookie'],
  ['steps:\n  - match: {header: "x y"}', 2, 13, 'the name of a header or cookie'],
  ['steps:\n  - match: {header: x}\n  - match: {header: other}', 3, 5, 'a release has one step with match'],
  ['steps:\n  - 100\n  - match: {header: x}', 3, 5, 'match comes after the weight 100'],
  ['service: Web', 1, 1, '"Web" is not allowed; give the name of a Service'],
  ['service: 12', 1, 1, '12 is not allowed; give the name of a Service'],
  [
    'hold: 300',
    1,
    1,
    'hold: 300 is not allowed; give a duration such as 90s, 5m or 1h30m (with its unit: 300s or 300m).',
  ],
  ['hold: 721h', 1, 1, '"721h" is not allowed; give a duration such as 90s, 5m or 1h30m from 0s to 720h.'],
  ['settle: true', 1, 1, 'true is not allowed; give a duration'],
  ['timeout: 500ms', 1, 1, 'from 1s to 6h'],
  ['on-failure:', 1, 1, 'on-failure: nothing is given; give one of rollback, pause, leave.'],
  ['steps:', 1, 1, 'steps: nothing is given; give weights such as 10, 25, 50, or a list of steps.'],
  ['steps: []', 1, 1, 'there are 0 steps; give 1 to 200'],
  ['steps: {weight: 10}', 1, 1, 'a mapping is not allowed; give weights such as'],
  [
    'steps: 10, 5m',
    1,
    1,
    'steps: item 2: "5m" is not allowed; give a weight from 1 to 100, approve, or a mapping with match, weight, replicas or hold (did you mean "hold: 5m"?).',
  ],
  ['steps:\n  - 10\n  - aprove', 3, 5, '(did you mean approve?)'],
  ['steps:\n  - approve: true', 2, 5, 'steps: item 1: approve: an approval has no value; write "- approve".'],
  ['steps:\n  - match: {header: x}\n    weight: 10', 2, 5, 'match is a step of its own, beside hold alone'],
  ['steps:\n  - weight: 10\n    replicas: 2', 2, 5, 'weight and replicas are two steps'],
  ['steps:\n  - weight: 10\n    holds: 5m', 3, 5, '(did you mean hold?)'],
  ['steps:\n  - setWeight: 10', 2, 5, '(did you mean weight?)'],
  ['steps:\n  - {}', 2, 5, 'an empty mapping is no step'],
  ['steps:\n  -', 2, 4, 'nothing is given; give a weight from 1 to 100'],
  [
    'steps:\n  - weight: 101',
    2,
    5,
    'weight: 101 is not allowed; give a whole percentage from 1 to 100, such as 10 or 10%.',
  ],
  ['steps:\n  - weight: 2.5', 2, 5, '2.5 is not allowed; give a whole percentage'],
  ['steps:\n  - weight: 0%', 2, 5, '"0%" is not allowed; give a whole percentage'],
  ['steps:\n  - replicas: 0', 2, 5, '0 is not allowed; give a whole number, at least 1.'],
  ['steps:\n  - replicas: "2"', 2, 5, '"2" is not allowed; give a whole number, at least 1 and without quotes.'],
  ['steps:\n  - weight: 10\n    hold: 1m\n  - hold: 1m\n  - weight: 10', 5, 5, 'item 3: the weight 10 comes after 10'],
  ['strategy: blue-green\nsteps: [approve, 50]', 2, 18, 'item 2: blue-green moves all the traffic at once'],
  ['strategy: canary\nsteps: [approve]', 2, 1, 'steps: a canary needs a step with a weight, replicas or match'],
  ['strategy: rolling\nsteps: 10', 2, 1, 'the strategy rolling has no steps'],
  ['checks: pods', 1, 1, '"pods" is not allowed; give a list of checks'],
  ['checks:\n  - pod', 2, 5, 'checks: item 1: "pod" is no check; the checks are pods, http, success-rate,'],
  ['checks:\n  - http: {url: x}', 2, 12, 'http: url: "x" is not allowed; give an http(s) address.'],
  [
    'checks:\n  - http: {url: "https://ada:secret@example.com"}',
    2,
    12,
    'an address in a file must not hold a password',
  ],
  ['checks:\n  - http: {url: "https://a", service: web}', 2, 5, 'http: give either url or service.'],
  ['checks:\n  - http: {headers: {Authorization: x}}', 2, 22, 'Authorization cannot be set here; use auth.'],
  ['checks:\n  - success-rate', 2, 5, 'nothing is asked of the number; give min, max or both.'],
  ['checks:\n  - success-rate: {min: 995}', 2, 5, '995 is no percentage; give 0 to 100, as in min: 99.5.'],
  ['checks:\n  - success-rate: {min: 0.99}', 2, 5, 'min 0.99 is 0.99 % (did you mean 99?).'],
  ['checks:\n  - success-rate: {min: 0.999}', 2, 5, 'min 0.999 is 0.999 % (did you mean 99.9?).'],
  ['checks:\n  - success-rate: {min: 1}', 2, 5, 'min 1 is 1 % (did you mean 100?).'],
  ['checks:\n  - latency-p99: {max: 400}', 2, 19, 'max: 400 is 400 seconds (did you mean 400ms?).'],
  [
    'checks:\n  - latency-p99: {max: 0.4s}',
    2,
    19,
    '"0.4s" is not allowed; give seconds as a number, as in 0.4, or a duration such as 400ms',
  ],
  ['checks:\n  - latency-p99: {max: "400"}', 2, 19, '"400" is not allowed; give'],
  ['checks:\n  - error-count: {max: 1, min-requests: 0}', 2, 27, '0 is not allowed; give a whole number'],
  ['checks:\n  - prometheus: {max: 1}', 2, 5, 'prometheus: the key query is missing.'],
  ['checks:\n  - prometheus: {query: "up{a=\'{{canry}}\'}", max: 1}', 2, 18, 'there is no variable {{canry}}'],
  ['checks:\n  - compare: {min-effect: 20%}', 2, 15, '"20%" is not allowed; give an effect such as 1.2x'],
  ['checks:\n  - metric: {url: "https://a", json-path: a.b, max: 1}', 2, 32, 'metric: json-path: '],
  ['checks:\n  - job: {manifest: {kind: Pod, spec: {}}}', 2, 11, 'the manifest must be that of a Job'],
  ['prometheus: {url: "https://a", service: b}', 1, 1, 'prometheus: give either url or service.'],
  ['checks:\n  - 5', 2, 5, '5 is not allowed; give a check, as in "pods: {interval: 10s}"'],
  ['checks:\n  - pods:\n    interval: 10s', 3, 5, 'interval: one item is one check, here "pods"; indent this further'],
  ['checks:\n  - pods: {intervall: 1s}', 2, 12, '(did you mean interval?)'],
  ['checks:\n  - pods: {no-data: skip}', 2, 12, '"skip" is not allowed; give one of fail, inconclusive, ignore.'],
  ['checks:\n  - pods: {dry-run: "true"}', 2, 12, '"true" is not allowed; give true or false.'],
  ['checks:\n  - pods\n  - pods: {name: pods}', 3, 5, 'two checks are named pods'],
  ['- canary', 1, 1, 'a list is not allowed; give a mapping with the keys strategy,'],
  ['hold: 1m\nhold: 2m', 2, 1, 'the key hold is there twice'],
  ['hold: 1m\n---\nhold: 2m', 2, 1, 'a second document begins here, and one is expected'],
  ['steps: [10', 1, 8, 'not valid YAML: the bracket that opens here is not closed'],
  ['hold: 1m\n__proto__: {strategy: canary}', 2, 1, 'the key __proto__ is refused'],
  ['hold: *no', 1, 7, 'this alias (*name) has no anchor'],
];

describe('a config that is wrong', () => {
  it.each(WRONG)('%j', async (text, line, column, words) => {
    const { code, problems, message, hint } = await refusal(read(text));
    expect(problems).toEqual([{ file: 'sluice.yaml', line, column, message: expect.stringContaining(words) }]);
    expect(message).toBe(problems[0]?.message);
    expect(message).toMatch(new RegExp(`^sluice\\.yaml:${line}: `));
    expect({ code, hint }).toEqual({ code: 'invalid-input', hint: expect.stringContaining('docs/config.md') });
  });

  it('is told all at once, in the order of the text', async () => {
    const text = 'holt: 1m\nstrategy: canary\nsteps: [20, 10]\nhold: 1m\nhold: 2m\non-drift: no\nchecks:\n  - x\n';
    const { problems, message } = await refusal(read(text));
    expect(problems.map(({ line }) => line)).toEqual([1, 3, 5, 6, 8]);
    expect(message.split('\n')).toEqual(problems.map(problem => problem.message));
  });

  it('names the line of the input where it is no file', async () => {
    const { problems } = await refusal(() => readReleaseConfig('hold: 1m\nsettle: 1'));
    expect(problems).toEqual([{ message: expect.stringMatching(/^Input config, line 2: settle: 1 is not allowed/) }]);
  });

  it('is told in its first fifty places, and in good time', async () => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `key${index}: 1`).join('\n');
    const { problems, message } = await refusal(read(keys));
    expect(problems).toHaveLength(50);
    expect(message).toContain('There are 49950 problems more.');
  });

  it('is shown cut where it is long', async () => {
    const { message } = await refusal(read(`hold: ${'1'.repeat(500)}\nsteps: [weight: ${'x'.repeat(500)}]`));
    expect(message.length).toBeLessThan(400);
  });

  it('may not grow by its aliases', async () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1)
      lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')}]`);
    const { problems } = await refusal(read([...lines, 'steps: *a8'].join('\n')));
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining('expand to too much') })]);
  });
});
