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
      expect(accepts(schema, example)).toBe(isRead(example));
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

describe('docs/config.md', () => {
  const examples = [...document.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const configs = examples.filter(text => !text.startsWith('with:'));

  it.each(configs)('shows what can be read: %j', text => {
    expect(readReleaseConfig(text)).toBeDefined();
    expect(accepts(schema, (parse(text) as Json) ?? {})).toBe(true);
  });

  it('has a row for every key, with its default', () => {
    const check = JSON.stringify(properties['checks']);
    const rows = [...document.matchAll(/^\| `([a-z-]+)` \|.*\| (.*?) ?\|$/gm)].map(([, key, standard]) => [
      key,
      standard,
    ]);
    const all = { ...properties, ...checkKeys(JSON.parse(check) as Json) };
    expect(rows.map(([key]) => key)).toEqual(Object.keys(all));
    for (const [key, standard] of rows) {
      const { default: value } = all[String(key)] as JsonObject;
      if (value !== undefined) expect([key, standard]).toEqual([key, `\`${value}\``]);
    }
  });
});

/** The keys of the check `pods`, wherever in the schema they are. */
function checkKeys(node: Json): JsonObject {
  if (typeof node !== 'object' || node === null) return {};
  if (!Array.isArray(node) && node['interval'] !== undefined) return node;
  return Object.assign({}, ...Object.values(node).map(checkKeys)) as JsonObject;
}
