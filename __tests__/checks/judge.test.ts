import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Sample } from '../../src/checks/check.ts';
import {
  counted,
  earlyVerdict,
  finalVerdict,
  gateVerdict,
  NOTHING_SAMPLED,
  type Tally,
  type Verdict,
} from '../../src/checks/judge.ts';
import type { CheckSettings } from '../../src/config/release-config.ts';

type Outcome = Sample['outcome'];
const OUTCOMES: readonly Outcome[] = ['pass', 'fail', 'no-data', 'error'];

const settings: fc.Arbitrary<CheckSettings> = fc.record({
  intervalMs: fc.constant(1_000),
  count: fc.constant(undefined),
  initialDelayMs: fc.constant(0),
  failureLimit: fc.nat(4),
  errorLimit: fc.nat(4),
  noData: fc.constantFrom('fail' as const, 'inconclusive' as const, 'ignore' as const),
  dryRun: fc.boolean(),
});
const outcomes = fc.array(fc.constantFrom(...OUTCOMES), { maxLength: 20 });

const tallyOf = (all: readonly Outcome[], one: CheckSettings): Tally =>
  all.reduce((tally, outcome, index) => counted(tally, { outcome, message: `sample ${index}` }, one), NOTHING_SAMPLED);

/** The table of docs/checks.md, restated over the whole list of samples. */
function early(all: readonly Outcome[], { failureLimit, errorLimit, noData }: CheckSettings): Verdict | undefined {
  const failed = all.filter(one => one === 'fail' || (one === 'no-data' && noData === 'fail'));
  if (failed.length > failureLimit) return 'fail';
  const errorsAtTheEnd = all.length - 1 - all.findLastIndex(one => one !== 'error');
  return errorsAtTheEnd > errorLimit ? 'error' : undefined;
}

function final(all: readonly Outcome[], one: CheckSettings): Verdict {
  const certain = early(all, one);
  if (certain) return certain;
  if (all.length === 0) return one.noData === 'ignore' ? 'pass' : one.noData;
  if (one.noData === 'inconclusive' && all.at(-1) === 'no-data') return 'inconclusive';
  if (all.includes('pass') || all.includes('fail')) return 'pass';
  return all.includes('no-data') && one.noData !== 'inconclusive' ? 'pass' : 'error';
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
        expect(trouble?.outcome).toBe(all.findLast(outcome => outcome !== 'pass'));
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

  it('never calls it a pass where nothing was learnt, and nobody said to let that pass (law 13)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('no-data' as const, 'error' as const), { maxLength: 6 }),
        settings,
        (all, one) => {
          fc.pre(one.noData === 'inconclusive' || (one.noData === 'fail' && !all.includes('no-data')));
          expect(finalVerdict(tallyOf(all, one), one)).not.toBe('pass');
        },
      ),
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
});
