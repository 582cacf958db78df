import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FACTS } from '../context.ts';
import { asked, vector } from './asked.ts';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };

/** The string literals of a query, as Prometheus reads them (its `strutil.Unquote`): of quotes only their own may be escaped. */
function literals(query: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < query.length; at += 1) {
    const quote = query[at];
    if (quote !== '"' && quote !== "'") continue;
    let text = '';
    for (at += 1; query[at] !== quote; at += 1) {
      const sign = query[at];
      if (sign === undefined || sign === '\n') throw new Error(`a literal that does not end in ${query}`);
      if (sign !== '\\') {
        text += sign;
        continue;
      }
      at += 1;
      const escaped = query[at] ?? '';
      if (escaped === 'x') {
        text += String.fromCharCode(Number.parseInt(query.slice(at + 1, at + 3), 16));
        at += 2;
      } else if (escaped === quote || escaped in ESCAPES) text += ESCAPES[escaped] ?? quote;
      else throw new Error(`an escape that is none in ${query}`);
    }
    found.push(text);
  }
  return found;
}

/** What the server gets of a template, with a commit of this name. */
async function sent(query: string, commit: string): Promise<string> {
  const got: string[] = [];
  const answering = async (url: unknown): Promise<Response> => {
    got.push(new URL(String(url)).searchParams.get('query') ?? '');
    return new Response(vector([{}, '1']));
  };
  const outside = { fetch: answering as typeof fetch, credential: () => undefined, env: {} };
  const given = { outside, facts: { ...FACTS, commit } };
  const { outcome } = await asked('prometheus', { url: 'http://prometheus.example', query, max: 1 }, given);
  expect([outcome, got.length]).toEqual(['pass', 1]);
  return got[0] ?? '';
}

const nasty = fc.stringMatching(/^[\\"'`\n\r\t{}[\]() ax2n]{0,30}$/);

describe('a value within quotes of a query', () => {
  it('is one literal, which is read as the value', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'grapheme' }), nasty),
        fc.constantFrom('"', "'"),
        async (value, quote) => {
          const query = await sent(`up{a=${quote}{{commit}}${quote},b="-"}`, value);
          expect(literals(query)).toEqual([value, '-']);
        },
      ),
    );
  });

  it('may stand in a part of one', async () => {
    await fc.assert(
      fc.asyncProperty(nasty, async value => {
        expect(literals(await sent('up{a="x {{commit}} y {{commit}}"}', value))).toEqual([`x ${value} y ${value}`]);
      }),
    );
  });
});
