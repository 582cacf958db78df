import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { metricCheck } from '../../src/checks/metric.ts';
import type { MetricConfig } from '../../src/config/check-config.ts';
import type { Pair } from '../../src/release/plan.ts';
import { ref } from '../traffic/hand-view.ts';
import { configOf } from './asking.ts';
import { checkContext, FACTS } from './context.ts';

interface Sent {
  url: string;
  body: string | undefined;
}

/** What a check sends where the names are these, which no cluster would allow. */
function sender(keys: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) {
  const config = configOf('metric', {
    url: 'https://metrics.example',
    method: 'POST',
    'json-path': '$',
    max: 1,
    headers,
    ...keys,
  }) as MetricConfig;
  return async (name: string): Promise<Sent> => {
    const asked: Sent[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      asked.push({ url: String(input), body: init?.body as string | undefined });
      return new Response('1');
    };
    const pair: Pair = { stable: ref('Deployment', 'web'), twin: ref('Deployment', name), size: 1, surge: 1 };
    const context = checkContext({
      pairs: [pair],
      facts: { ...FACTS, release: name },
      outside: { fetch, credential: () => undefined, env: {} },
    });
    expect(await metricCheck(config, context).sample(new AbortController().signal, false)).toMatchObject({ value: 1 });
    const [one] = asked;
    if (!one) throw new Error('nothing was asked');
    return one;
  };
}

const RUNS = { numRuns: 60 };

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom(
      '"',
      '\\',
      '\n',
      '\0',
      '{',
      '}',
      '{{now}}',
      '$&',
      '$1',
      '/',
      '?',
      '&',
      '#',
      '%',
      '+',
      ' ',
      'é',
      '\ud800',
      '\u2028',
    ),
    maxLength: 8,
  }),
);
/** What stands for a path of no or one step up, which no escaping hides; names in a cluster cannot be so. */
const isDots = (name: string): boolean => /^\.{1,2}$/.test(name);

describe('whatever a name holds', () => {
  it('a JSON body stays JSON with the name in it', async () => {
    const sent = sender({ body: '{"a": "{{canary}}", "b": ["x {{ release }} y"], "weight": {{weight}}}' });
    await fc.assert(
      fc.asyncProperty(anyName, async name => {
        const parsed: unknown = JSON.parse((await sent(name)).body ?? '');
        expect(parsed).toEqual({ a: name, b: [`x ${name} y`], weight: 10 });
      }),
      RUNS,
    );
  });

  it('a URL keeps its structure, with the name in it', async () => {
    const sent = sender({
      url: 'https://metrics.example/api/{{canary}}/v1?q=up{pod="{{canary}}"}&to={{release}}#part',
    });
    await fc.assert(
      fc.asyncProperty(
        anyName.filter(name => !isDots(name)),
        async name => {
          const { origin, pathname, searchParams, hash } = new URL((await sent(name)).url);
          const known = name.toWellFormed();
          const parts = pathname.split('/');
          expect([origin, ...parts.toSpliced(2, 1), hash]).toEqual([
            'https://metrics.example',
            '',
            'api',
            'v1',
            '#part',
          ]);
          expect(decodeURIComponent(parts[2] ?? '')).toBe(known);
          expect([...searchParams]).toEqual([
            ['q', `up{pod="${known}"}`],
            ['to', known],
          ]);
        },
      ),
      RUNS,
    );
  });

  it('a form keeps its fields', async () => {
    const sent = sender({ body: 'q={{canary}}&to=1' }, { 'content-type': 'application/x-www-form-urlencoded' });
    await fc.assert(
      fc.asyncProperty(anyName, async name => {
        const { body } = await sent(name);
        expect([...new URLSearchParams(body)]).toEqual([
          ['q', name.toWellFormed()],
          ['to', '1'],
        ]);
      }),
      RUNS,
    );
  });
});
