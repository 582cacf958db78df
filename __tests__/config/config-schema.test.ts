import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { durationField } from '../../src/config/field.ts';
import { configSchema, readReleaseConfig } from '../../src/config/read-config.ts';
import { parseDuration } from '../../src/config/values.ts';
import type { Json, JsonObject } from '../../src/kube.ts';
import { anyConfig, written } from './arbitrary.ts';
import { accepts } from './json-schema.ts';

const read = (name: string): string => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const schema = configSchema();
const properties = schema['properties'] as JsonObject;
const document = read('config.md');

function isRead(value: Json): boolean {
  try {
    readReleaseConfig(stringify(value));
    return true;
  } catch {
    return false;
  }
}

describe('docs/sluice.schema.json', () => {
  it('is what the code reads: node scripts/config-schema.ts', () => {
    expect(read('sluice.schema.json')).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });

  it('accepts what can be written', () => {
    fc.assert(
      fc.property(anyConfig, fc.boolean(), (config, short) =>
        accepts(
          schema,
          written(config, () => short),
        ),
      ),
    );
  });

  const steps: Json[] = [
    '10, 25, 50',
    '10%',
    ' 010,approve 50%, ',
    10,
    0,
    101,
    '',
    'x',
    '10, x',
    '101%',
    [],
    [10, '25%', 'approve'],
    ['10, 20'],
    [0],
    [1.5],
    ['0%'],
    ['100%'],
    [null],
    [true],
    [[10]],
    [{}],
    { weight: 10 },
    null,
    true,
    [{ weight: 10 }],
    [{ weight: '10%' }],
    [{ weight: '10%', hold: '5m' }],
    [{ weight: 0 }],
    [{ weight: 10, hold: 5 }],
    [{ hold: '5m' }],
    [{ hold: 'soon' }],
    [{ hold: null }],
    [{ replicas: 1, hold: '0s' }],
    [{ replicas: 0 }],
    [{ replicas: '1' }],
    [{ replicas: 1, weight: 1 }],
    [{ match: {} }],
    [{ approve: true }],
    Array.from({ length: 201 }, () => 'approve'),
  ];
  const checks: Json[] = [
    [],
    'pods',
    null,
    ['pods'],
    ['http'],
    ['compare'],
    ['ping'],
    ...examplesOf(
      'http',
      {},
      {
        url: ['http://a', 'ftp://a', 5, 'http://a/{{release}}'],
        port: [80, 0, 'http', 'HTTP', 1.5],
        scheme: ['https', 'tcp'],
        status: [200, '200-299', ['200', 304], 99, '2xx', []],
        contains: ['ok', '', 5],
        'max-latency': ['300ms', 300],
        timeout: ['1s', 1],
        headers: [
          { 'X-A': 'b' },
          { 'X-A': { credential: 'TOKEN' } },
          { 'X-A': { credential: 'a b' } },
          { 'X-A': 5 },
          [],
        ],
        method: ['POST', 'PUT'],
      },
    ),
    ...examplesOf(
      'success-rate',
      { min: 99 },
      {
        max: [100, '100'],
        source: ['istio', 'consul'],
        labels: [{ pod: 'kubernetes_pod_name' }, { pod: 'a-b' }, []],
        metrics: [{ http_requests_total: 'app:requests' }, { http_requests_total: '' }],
        window: ['5m', 60],
        'min-requests': [1, 0, '50', 1.5],
        url: ['https://prometheus.example'],
        auth: [null, {}, { bearer: 'A', basic: 'B' }, { token: 'A' }, { bearer: 'not a name' }],
      },
    ),
    ...examplesOf(
      'latency-p99',
      { min: 0 },
      { max: [0.4, 60, 60.5, 400, '400ms', '2m', '400', '0.4s', 'ms', '', null], min: ['1ms', 61] },
    ),
    ...examplesOf(
      'prometheus',
      { query: 'up', max: 1 },
      { query: ['sum(x)', '', 5], reduce: ['max', 'median'], min: [0, null] },
    ),
    ...examplesOf(
      'compare',
      {},
      {
        of: ['latency', 'both'],
        alpha: [0.05, 0, 0.5, '0.01'],
        'min-effect': ['1.5x', '0.5 points', '2x and 1 point', 'lots', 2],
        'min-requests': [1, 0],
        undecided: ['fail', 'maybe'],
        'early-pass': [false, 5],
        baseline: [true, 1],
      },
    ),
    ...examplesOf(
      'metric',
      { url: 'http://a', 'json-path': '$.a', max: 1 },
      {
        'json-path': ['a', 5],
        aws: [{ region: 'eu-central-1' }, {}, { region: 'EU' }],
        body: [5],
      },
    ),
    ...examplesOf('webhook', { url: 'http://a' }, { url: ['https://a', null], other: [1] }),
    ...examplesOf(
      'job',
      { manifest: { spec: { template: { spec: { containers: [{ name: 'a' }] } } } } },
      { timeout: ['10m', 10], manifest: [{}, 'job.yaml', { kind: 'Pod', spec: {} }, { spec: { template: {} } }] },
    ),
    [{}],
    [{ pods: null }],
    [{ pods: {} }],
    [{ pods: [] }],
    [{ pods: {}, interval: '1s' }],
    ...Object.entries<Json[]>({
      name: ['a b', '', 5, ' a', 'x'.repeat(64)],
      interval: ['10s', 10, null],
      count: [1, 0, '1', 1.5],
      'failure-limit': [0, -1],
      'no-data': ['ignore', 'skip'],
      'dry-run': [true, 'true'],
      other: [1],
    }).flatMap(([key, values]) => values.map(value => [{ pods: { [key]: value } }])),
  ];
  const others: Json[] = [
    {},
    [],
    5,
    'x',
    { other: 1 },
    { strategy: 'canary' },
    { strategy: 'Canary' },
    { strategy: null },
    { traffic: 'istio' },
    { service: 'web' },
    { service: 'Web' },
    { service: 'a'.repeat(64) },
    { hold: '5m' },
    { hold: 5 },
    { hold: '' },
    { 'max-run': '1h' },
    { maxRun: '1h' },
    { 'on-drift': 'fail' },
    { 'on-failure': false },
  ];

  it.each([...steps.map(value => ({ steps: value })), ...checks.map(value => ({ checks: value })), ...others])(
    'judges as the reader does: %.80j',
    example => {
      expect([example, accepts(schema, example)]).toEqual([example, isRead(example)]);
    },
  );

  it('has the durations of the reader', () => {
    const pattern = new RegExp(String(durationField().schema['pattern']));
    const text = fc.stringMatching(/^(\d{0,2}(h|m|s|ms|d| )){0,4}$/);
    fc.assert(
      fc.property(text, given => pattern.test(given) === 'value' in parseDuration(given)),
      { numRuns: 1000 },
    );
  });

  it('describes every key, with defaults that it accepts itself', () => {
    for (const [key, property] of Object.entries(properties) as [string, JsonObject][]) {
      expect([key, property['description']]).toEqual([key, expect.stringMatching(/^[A-Z].{15,}\.$/)]);
      if (property['default'] !== undefined) expect(accepts(schema, { [key]: property['default'] })).toBe(true);
    }
  });
});

/** A check of this kind with each of the values in turn. */
function examplesOf(kind: string, sound: JsonObject, values: Record<string, Json[]>): Json[] {
  const others = Object.entries(values).flatMap(([key, all]) => all.map(value => ({ ...sound, [key]: value })));
  return [sound, ...others].map(keys => [{ [kind]: keys }]);
}

describe('docs/config.md', () => {
  const examples = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const configs = examples.filter(text => !text.startsWith('with:'));

  it.each(configs)('shows what can be read: %j', text => {
    expect(readReleaseConfig(text)).toBeDefined();
    expect(accepts(schema, (parse(text) as Json) ?? {})).toBe(true);
  });

  it('has a row for every key, with its default', () => {
    const rows = [...document.matchAll(/^\| `([a-z-]+)` \|.*\| (.*?) ?\|$/gm)].map(([, key, standard]) => [
      key,
      standard,
    ]);
    const all = { ...properties, ...commonKeys() };
    expect(rows.map(([key]) => key)).toEqual(Object.keys(all));
    for (const [key, standard] of rows) {
      const { default: value } = all[String(key)] as JsonObject;
      if (value !== undefined) expect([key, standard]).toEqual([key, `\`${value}\``]);
    }
  });
});

/** The keys that all checks have: those of `pods`. Those of the other kinds are in the tables of docs/checks.md, which are generated. */
function commonKeys(): JsonObject {
  const { items } = properties['checks'] as { items: { anyOf: [JsonObject, { properties: { pods: Kind } }] } };
  return items.anyOf[1].properties.pods.anyOf[1].properties;
}

interface Kind {
  anyOf: [JsonObject, { properties: JsonObject }];
}
