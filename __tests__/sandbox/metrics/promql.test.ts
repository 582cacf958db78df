import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHistory, type History } from '../../../src/sandbox/metrics/history.ts';
import { NAME } from '../../../src/sandbox/metrics/labels.ts';
import { evaluate } from '../../../src/sandbox/metrics/promql/evaluate.ts';
import { parseQuery } from '../../../src/sandbox/metrics/promql/parser.ts';
import { wholePattern } from '../../../src/sandbox/metrics/promql/pattern.ts';
import { QueryError } from '../../../src/sandbox/metrics/promql/query-error.ts';
import type { Value } from '../../../src/sandbox/metrics/promql/value.ts';

const NOTHING = createHistory(1);
const answer = (query: string, at = 0, history: History = NOTHING): Value => evaluate(parseQuery(query), at, history);
const numberOf = (value: Value): number | undefined =>
  value.type === 'scalar' ? value.value : value.type === 'vector' ? value.samples[0]?.value : undefined;

/** A scrape every ten seconds. */
function scraped(counts: readonly number[]): History {
  const history = createHistory(3_600_000);
  for (const [index, value] of counts.entries()) history.append(index * 10_000, [{ labels: { [NAME]: 'c' }, value }]);
  return history;
}

describe('a query', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['16 / 4 / 2', 2],
    ['-2 * -3', 6],
    ['- 2 + 5', 3],
    ['1 - -1', 2],
    ['2 * 3 > bool 5', 1],
    ['1 < bool 1 + 1', 1],
    ['vector(1) == 2 or vector(3)', 3],
    ['vector(1) unless vector(2) or vector(4)', 4],
    ['0x10 + 1e1 + .5', 26.5],
    ['SUM(vector(2)) # the rest is not read', 2],
  ])('binds %s as Prometheus does', (query, value) => {
    expect(numberOf(answer(query))).toBe(value);
  });

  it.each([
    ['irate(c[5m])', 'the function irate'],
    ['topk(3, c)', 'the aggregation topk'],
    ['quantile by (le) (0.9, c)', 'the aggregation quantile'],
    ['c % 2', 'the operator %'],
    ['2 ^ 3', 'the operator ^'],
    ['c * on (pod) group_left c', 'group_left'],
    ['max_over_time(rate(c[1m])[5m:1m])', 'the function max_over_time'],
    ['rate(c[5m:1m])', 'a subquery'],
    ['c @ 1', 'the modifier @'],
    ['"text"', 'a string for an answer'],
    ['c{a="\\x41"}', 'the escape sequence \\x'],
    ['c{a=~"(?=b)"}', 'a group such as (?= or (?P<name>'],
    ['c{a=~"[[:alpha:]]"}', 'a class such as [:alpha:]'],
    ['c{a=~"\\\\pL"}', 'the escape sequence \\p'],
    ['c{a=~"(a)\\\\1"}', 'the escape sequence \\1'],
  ])('of %s is refused by the name of what is missing', (query, what) => {
    let refusal: unknown;
    try {
      parseQuery(query);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(QueryError);
    expect(refusal).toMatchObject({ type: 'bad_data' });
    const said = (refusal as QueryError).message.replace(/\d+:\d+/, 'PLACE');
    expect(said).toBe(
      `invalid parameter "query": PLACE: parse error: ${what} is not supported by the sandbox’s Prometheus`,
    );
  });

  it('says where its trouble is', () => {
    expect(() => parseQuery('sum(c)\n  / topk(1, c)')).toThrow('2:5: parse error: the aggregation topk');
  });

  it.each([
    ['web-canary-.*', 'web-canary-5d', true],
    ['web', 'web-canary', false],
    ['web|api', 'api', true],
    ['web\\-canary', 'web-canary', true],
    ['default_web\\.[0-9]+', 'default_web.80', true],
    ['default_web\\.[0-9]+', 'default_webx80', false],
    ['[a\\-z]', 'b', false],
    ['[a\\-z]', '-', true],
    ['(?i)WEB', 'web', true],
    ['WEB', 'web', false],
    ['shop\\/web', 'shop/web', true],
    ['a\\@b', 'a@b', true],
    ['.*😀', 'x😀', true],
  ])('takes the expression %s for %s: %s', (expression, text, fits) => {
    const pattern = wholePattern(expression);
    expect(pattern).toBeInstanceOf(RegExp);
    expect((pattern as RegExp).test(text)).toBe(fits);
  });
});

describe('rate and increase', () => {
  it('of a counter that grows evenly are its slope, wherever the range lies', () => {
    const slopes = fc.double({ min: 0.01, max: 1e6, noNaN: true });
    const looks = fc.record({
      slope: slopes,
      from: fc.integer({ min: 1, max: 1e6 }),
      at: fc.integer({ min: 150_000, max: 199_000 }),
    });
    fc.assert(
      fc.property(looks, ({ slope, from, at }) => {
        const history = scraped(Array.from({ length: 20 }, (_, index) => from * slope + index * 10 * slope));
        expect(numberOf(answer('rate(c[1m]) / vector(1)', at, history))).toBeCloseTo(
          slope,
          6 - Math.ceil(Math.log10(slope + 1)),
        );
        const increase = numberOf(answer('increase(c[1m])', at, history)) ?? 0;
        expect(increase / (60 * slope)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('are what was counted, however often the counter began anew', () => {
    const steps = fc.array(fc.record({ more: fc.nat(1000), anew: fc.boolean() }), { minLength: 12, maxLength: 30 });
    fc.assert(
      fc.property(steps, all => {
        let [count, grown] = [5000, 0];
        const counts = [count];
        for (const { more, anew } of all) {
          // What is lower than before has begun anew, and has counted all that it shows.
          const isLower = anew && more < count;
          grown += more;
          count = isLower ? more : count + more;
          counts.push(count);
        }
        // From the first scrape to the last: nothing lies beyond the samples.
        const span = all.length * 10;
        expect(numberOf(answer(`increase(c[${span}s])`, span * 1000, scraped(counts)))).toBeCloseTo(grown, 6);
      }),
    );
  });

  it('do not reach back before the counter was zero', () => {
    // Seen first at 10 s with 1, then growing by 10 in 10 s: it began 1 s before.
    const history = createHistory(600_000);
    for (const [index, value] of [1, 11, 21, 31].entries())
      history.append(10_000 + index * 10_000, [{ labels: { [NAME]: 'c' }, value }]);
    expect(numberOf(answer('increase(c[1m])', 40_000, history))).toBeCloseTo(31, 9);
  });

  it('need two samples', () => {
    expect(answer('rate(c[15s])', 9_000, scraped([1]))).toEqual({ type: 'vector', samples: [] });
  });
});

describe('histogram_quantile', () => {
  const bounds = [1, 2, 5, 10, Number.POSITIVE_INFINITY];
  const histogram = (counts: readonly number[]): History => {
    const history = createHistory(1000);
    let within = 0;
    history.append(
      0,
      bounds.map((bound, index) => {
        within += counts[index] ?? 0;
        return {
          labels: { [NAME]: 'h_bucket', le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound) },
          value: within,
        };
      }),
    );
    return history;
  };

  it('lies within the bounds of the bucket that has the rank, and grows with the quantile', () => {
    const counts = fc.array(fc.nat(50), { minLength: 4, maxLength: 4 }).filter(all => all.some(count => count > 0));
    const quantiles = fc.tuple(
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
    );
    fc.assert(
      fc.property(counts, quantiles, (all, both) => {
        const [low = 0, high = 0] = [...both].sort((a, b) => a - b);
        const of = (quantile: number): number =>
          numberOf(answer(`histogram_quantile(${quantile}, h_bucket)`, 0, histogram(all))) ?? Number.NaN;
        const rank = low * all.reduce((sum, count) => sum + count, 0);
        let [within, place] = [0, 0];
        for (; within + (all[place] ?? 0) < rank; place += 1) within += all[place] ?? 0;
        expect(of(low)).toBeGreaterThanOrEqual((bounds[place - 1] ?? 0) - 1e-9);
        expect(of(low)).toBeLessThanOrEqual((bounds[place] ?? 0) + 1e-9);
        expect(of(high)).toBeGreaterThanOrEqual(of(low));
      }),
    );
  });

  it('knows no more than the highest bound', () => {
    expect(numberOf(answer('histogram_quantile(0.9, h_bucket)', 0, histogram([1, 0, 0, 0, 9])))).toBe(10);
  });

  it('is not a number without requests', () => {
    expect(numberOf(answer('histogram_quantile(0.9, h_bucket)', 0, histogram([0, 0, 0, 0, 0])))).toBeNaN();
  });
});

describe('the history', () => {
  const C = [{ labels: { [NAME]: 'c' }, value: 1 }];

  it('has no series at an instant from the scrape on that lacked it, but in a range', () => {
    const history = createHistory(600_000);
    history.append(0, C);
    history.append(1000, C);
    history.append(2000, []);
    expect(numberOf(answer('c', 1999, history))).toBe(1);
    expect(numberOf(answer('c', 2000, history))).toBeUndefined();
    expect(numberOf(answer('count(rate(c[10s]))', 5000, history))).toBe(1);
  });

  it('goes on with what was seen last for five minutes, when nobody scrapes', () => {
    const history = createHistory(600_000);
    history.append(0, C);
    expect(numberOf(answer('c', 300_000, history))).toBe(1);
    expect(numberOf(answer('c', 300_001, history))).toBeUndefined();
  });

  it('forgets what is older than it keeps, and series of which nothing is left', () => {
    const history = createHistory(10_000);
    for (let at = 0; at <= 60_000; at += 1000)
      history.append(at, at < 30_000 ? [...C, { labels: { [NAME]: 'd' }, value: at }] : C);
    const [kept, ...others] = history.select([]);
    expect(others).toEqual([]);
    expect(kept?.times).toEqual(Array.from({ length: 11 }, (_, index) => 50_000 + index * 1000));
    expect(kept?.values).toHaveLength(11);
  });
});
