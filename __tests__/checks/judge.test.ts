import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Sample } from '../../src/checks/check.ts';
import {
  counted,
  earlyVerdict,
  finalVerdict,
  gateVerdict,
  isSettled,
  type Judged,
  type JudgedBy,
  NOTHING_SAMPLED,
  type Tally,
  type Verdict,
} from '../../src/checks/judge.ts';

import { SETTINGS } from './context.ts';

type Outcome = Sample['outcome'];
const OUTCOMES: readonly Outcome[] = ['pass', 'fail', 'undecided', 'too-early', 'no-data', 'error'];

const settings: fc.Arbitrary<JudgedBy> = fc.record({
  intervalMs: fc.constant(1_000),
  count: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  initialDelayMs: fc.constant(0),
  failureLimit: fc.nat(4),
  errorLimit: fc.nat(4),
  noData: fc.constantFrom('fail' as const, 'inconclusive' as const, 'ignore' as const),
  dryRun: fc.boolean(),
  undecided: fc.constantFrom('pass' as const, 'inconclusive' as const, 'fail' as const),
});
const outcomes = fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 20 });

const tallyOf = (all: readonly Outcome[], one: JudgedBy): Tally =>
  all.reduce((tally, outcome, index) => counted(tally, { outcome, message: `sample ${index}` }, one), NOTHING_SAMPLED);

/** The table of docs/checks.md, restated over the whole list of samples. */
function early(all: readonly Outcome[], { failureLimit, errorLimit, noData, count }: JudgedBy): Verdict | undefined {
  const failed = all.filter(one => one === 'fail' || (one === 'no-data' && noData === 'fail'));
  if (failed.length > failureLimit) return 'fail';
  const errorsAtTheEnd = all.length - 1 - all.findLastIndex(one => one !== 'error');
  if (errorsAtTheEnd > errorLimit) return 'error';
  return count !== undefined && all.length >= count && all.every(one => one === 'error') ? 'error' : undefined;
}

function final(all: readonly Outcome[], one: JudgedBy): Verdict {
  const certain = early(all, one);
  if (certain) return certain;
  const byPolicy = { fail: 'fail', inconclusive: 'inconclusive', ignore: 'pass' } as const;
  if (all.length === 0) return byPolicy[one.noData];
  const last = all.findLast(outcome => outcome !== 'error');
  if ((last === 'no-data' || last === 'too-early') && one.noData === 'inconclusive') return 'inconclusive';
  if (last === 'too-early' && one.noData === 'fail') return 'fail';
  if (last === 'undecided' && one.undecided !== 'pass') return one.undecided ?? 'pass';
  if (all.includes('pass') || all.includes('undecided')) return 'pass';
  if (all.includes('fail')) return 'fail';
  return all.includes('no-data') || all.includes('too-early') ? byPolicy[one.noData] : 'error';
}

describe('the judge', () => {
  it('follows its table', () => {
    fc.assert(
      fc.property(outcomes, settings, (all, one) => {
        const tally = tallyOf(all, one);
        expect({ early: earlyVerdict(tally, one), final: finalVerdict(tally, one) }).toEqual({
          early: early(all, one),
          final: final(all, one),
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('counts what it was told, failures, errors and missing data apart', () => {
    fc.assert(
      fc.property(outcomes, settings, (all, one) => {
        const { samples, passes, failures, noData, last, trouble } = tallyOf(all, one);
        const count = (outcome: Outcome): number => all.filter(each => each === outcome).length;
        expect({ samples, passes, noData }).toEqual({
          samples: all.length,
          passes: count('pass'),
          noData: count('no-data'),
        });
        expect(failures).toBe(count('fail') + (one.noData === 'fail' ? count('no-data') : 0));
        expect(last?.outcome).toBe(all.at(-1));
        expect(trouble?.outcome).toBe(all.findLast(outcome => ['fail', 'no-data', 'error'].includes(outcome)));
      }),
    );
  });

  it('does not take back that a check has failed, whatever comes later', () => {
    fc.assert(
      fc.property(outcomes, outcomes, settings, (before, after, one) => {
        fc.pre(earlyVerdict(tallyOf(before, one), one) === 'fail');
        expect(finalVerdict(tallyOf([...before, ...after], one), one)).toBe('fail');
      }),
    );
  });

  it('never calls it a pass where no sample was good, unless somebody said that missing data does not matter (law 13)', () => {
    const bad = fc.array(fc.constantFrom<Outcome>('fail', 'too-early', 'no-data', 'error'), { maxLength: 6 });
    fc.assert(
      fc.property(bad, settings, (all, one) => {
        fc.pre(
          one.noData !== 'ignore' ||
            all.includes('fail') ||
            (all.length > 0 && all.every(outcome => outcome === 'error')),
        );
        expect(finalVerdict(tallyOf(all, one), one)).not.toBe('pass');
      }),
    );
  });

  it('does not end a hold as a failure or an error before that is certain', () => {
    fc.assert(
      fc.property(outcomes, settings, (all, one) => {
        const certain = earlyVerdict(tallyOf(all, one), one);
        if (certain) expect(finalVerdict(tallyOf(all, one), one)).toBe(certain);
      }),
    );
  });
});

describe('the gate', () => {
  const ORDER: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass'];
  const verdicts = fc.array(fc.record({ verdict: fc.constantFrom(...ORDER), dryRun: fc.boolean() }), { maxLength: 5 });

  it('has the worst verdict of the checks that have a say', () => {
    fc.assert(
      fc.property(verdicts, all => {
        const worst = all.reduce<Verdict>(
          (found, { verdict, dryRun }) => (!dryRun && ORDER.indexOf(verdict) < ORDER.indexOf(found) ? verdict : found),
          'pass',
        );
        expect(gateVerdict(all)).toBe(worst);
      }),
    );
  });

  const mostlyGood = fc.array(
    fc.oneof({ weight: 8, arbitrary: fc.constant<Outcome>('pass') }, fc.constantFrom(...OUTCOMES)),
    {
      maxLength: 4,
    },
  );
  const check: fc.Arbitrary<Judged & { all: Outcome[] }> = fc
    .record({
      all: mostlyGood,
      one: settings,
      count: fc.option(fc.nat(10)),
      mayEndHold: fc.boolean(),
      isFilled: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
      last: fc.boolean(),
    })
    .map(({ all, one, count, mayEndHold, isFilled, last }) => {
      const judged = { ...one, count: count ?? undefined };
      const tally = tallyOf(all, judged);
      const isLast = mayEndHold && last && tally.last?.outcome === 'pass';
      const sample = tally.last && { ...tally.last, ...(isLast ? { isSettled: true } : {}) };
      return { all, tally: { ...tally, last: sample, answer: sample }, settings: judged, mayEndHold, isFilled };
    });

  it('ends a hold early as a pass only where every check with a say passes, and has nothing more to ask', () => {
    fc.assert(
      fc.property(fc.array(check, { maxLength: 3 }), checks => {
        fc.pre(isSettled(checks));
        const counting = checks.filter(({ settings: { dryRun } }) => !dryRun);
        expect(counting.some(({ tally }) => tally.last?.isSettled)).toBe(true);
        for (const { all, tally, settings: one, mayEndHold, isFilled } of counting) {
          expect(isFilled).toBe(true);
          expect(finalVerdict(tally, one)).toBe('pass');
          expect(all.at(-1)).toBe('pass');
          if (mayEndHold) expect(tally.last?.isSettled).toBe(true);
          if (one.count !== undefined) expect(all.length).toBeGreaterThanOrEqual(one.count);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('ends it where a comparison has settled its question and pods pass, and not while they were never looked at', () => {
    const one: JudgedBy = { ...SETTINGS, undecided: 'pass' };
    const settled: Judged = {
      tally: counted(NOTHING_SAMPLED, { outcome: 'pass', message: '', isSettled: true }, one),
      settings: one,
      mayEndHold: true,
      isFilled: true,
    };
    const pods = (tally: Tally): Judged => ({ tally, settings: one, mayEndHold: false, isFilled: true });
    expect(isSettled([pods(tallyOf(['pass'], one)), settled])).toBe(true);
    expect(isSettled([pods(NOTHING_SAMPLED), settled])).toBe(false);
    expect(isSettled([pods(tallyOf(['pass'], one))])).toBe(false);
  });
});
