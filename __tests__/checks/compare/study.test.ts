import { describe, expect, it } from '@jest/globals';
import type { Sample } from '../../../src/checks/check.ts';
import type { Snapshot } from '../../../src/checks/compare/counters.ts';
import { BAD, GOOD, openStudy, type Study } from '../../../src/checks/compare/study.ts';
import type { CompareConfig } from '../../../src/config/check-config.ts';
import { PLACE, SETTINGS } from '../context.ts';

const CONFIG: CompareConfig = {
  ...SETTINGS,
  kind: 'compare',
  name: 'compare',
  of: 'errors',
  alpha: 0.01,
  minEffect: { ratio: 1.2, points: 0 },
  minRequests: 50,
  undecided: 'pass',
  earlyPass: true,
  baseline: false,
  ...PLACE,
};
const NAMES = { canary: 'web-canary', stable: 'web' };

type Counts = readonly [requests: number, bad: number];

const counted = ([requests, bad]: Counts): Snapshot =>
  new Map([
    [
      'pod',
      new Map([
        [`${GOOD} 200`, requests - bad],
        [`${BAD} 500`, bad],
      ]),
    ],
  ]);
const NOTHING: Snapshot = new Map();

/** Looks every five seconds at so many requests and errors more on each side; the last sample. */
function looks(
  study: Study,
  ...steps: readonly (readonly [Counts, Counts])[]
): (n?: number, isLast?: boolean) => Sample {
  let [canary, stable, at] = [[0, 0] as Counts, [0, 0] as Counts, 0];
  study.look(counted(canary), counted(stable), at, false);
  return (n = steps.length, isLast = false) => {
    let sample: Sample | undefined;
    for (let index = 0; index < n; index += 1) {
      const [one, other] = steps[index % steps.length] as (typeof steps)[number];
      canary = [canary[0] + one[0], canary[1] + one[1]];
      stable = [stable[0] + other[0], stable[1] + other[1]];
      at += 5_000;
      sample = study.look(counted(canary), counted(stable), at, isLast && index === n - 1);
    }
    return sample as Sample;
  };
}

const open = (more: Partial<CompareConfig> = {}): Study => openStudy({ ...CONFIG, ...more }, 0.01, NAMES);

describe('a comparison of errors', () => {
  it('says of harm what a person on call must know', () => {
    const sample = looks(open(), [
      [148, 3],
      [1_470, 6],
    ])(10);
    expect(sample).toMatchObject({ outcome: 'fail' });
    expect(sample.message).toBe(
      'web-canary 2 % errors (30 of 1,480) against 0.41 % (60 of 14,700) on web; about 5 times as many (between 2 and 11); certain beyond α = 0.01 after 50 s',
    );
  });

  it('is undecided while there are too few requests, and has no data where that is so at the end', () => {
    const look = looks(open(), [
      [3, 0],
      [30, 0],
    ]);
    expect(look(2)).toEqual({
      outcome: 'too-early',
      message: '6 requests to web-canary in this hold so far: too few to pass, which takes 50 (min-requests)',
    });
    expect(look(1, true)).toEqual({
      outcome: 'no-data',
      message: '9 requests to web-canary in this hold so far: too few to pass, which takes 50 (min-requests)',
    });
  });

  it('has no data where stable gets nothing any more', () => {
    expect(
      looks(open(), [
        [500, 1],
        [0, 0],
      ])(5, true),
    ).toEqual({
      outcome: 'no-data',
      message: '0 requests to web in this hold so far: too few to pass, which takes 50 (min-requests)',
    });
  });

  it('needs no number of requests to fail where harm is plain', () => {
    expect(
      looks(open(), [
        [10, 10],
        [90, 0],
      ])(4).outcome,
    ).toBe('fail');
  });

  it('says at the end what could have been detected', () => {
    const sample = looks(open(), [
      [100, 1],
      [900, 9],
    ])(5, true);
    expect(sample.outcome).toBe('undecided');
    expect(sample.message).toMatch(
      /^web-canary 1 % errors \(5 of 500\) against 1 % \(45 of 4,500\) on web; about as many \(between 0\.\d+ and \d(\.\d)?\); neither harm nor its absence is shown after 25 s; \d(\.\d)? times as many would have been shown in four of five cases$/,
    );
  });

  it('settles where harm that matters is excluded, in each hold anew', () => {
    const study = open({ minEffect: { ratio: 1, points: 0.01 } });
    const look = looks(study, [
      [100, 0],
      [900, 1],
    ]);
    const sample = look(20);
    expect(sample).toMatchObject({ outcome: 'pass', isSettled: true });
    expect(sample.message).toContain('harm of 1 point more or worse is excluded beyond α = 0.01');
    study.newHold();
    expect(look(1)).toMatchObject({ outcome: 'undecided' });
  });

  it('has no data in a hold of its own, whatever an earlier one has seen', () => {
    const study = open();
    const look = looks(study, [
      [100, 1],
      [900, 9],
    ]);
    expect(look(5, true).outcome).toBe('undecided');
    study.newHold();
    for (const isLast of [false, true]) {
      const { outcome, message } = study.look(NOTHING, counted([5_400, 54]), 60_000, isLast);
      expect(outcome).toBe(isLast ? 'no-data' : 'too-early');
      expect(message).toContain('no requests of web-canary are counted');
    }
  });

  it('carries harm from hold to hold', () => {
    const study = open();
    const look = looks(study, [
      [100, 3],
      [900, 9],
    ]);
    const inOne = looks(open(), [
      [100, 3],
      [900, 9],
    ]);
    let first = 0;
    do first += 1;
    while (inOne(1).outcome !== 'fail');
    for (let index = 0; index < first - 1; index += 1) {
      study.newHold();
      expect(look(1).outcome).not.toBe('fail');
    }
    study.newHold();
    expect(look(1).outcome).toBe('fail');
  });

  it('does not mind a difference below the least effect, however certain', () => {
    const sample = looks(open({ minEffect: { ratio: 2, points: 0 } }), [
      [1_000, 150],
      [9_000, 900],
    ])(20, true);
    expect(sample.outcome).not.toBe('fail');
    expect(
      looks(open(), [
        [1_000, 150],
        [9_000, 900],
      ])(20, true).outcome,
    ).toBe('fail');
  });
});

describe('a comparison of latency', () => {
  const buckets = (fast: number, slow: number): Snapshot =>
    new Map([
      [
        'pod',
        new Map([
          ['0.1', fast],
          ['0.5', fast + slow * 0.5],
          ['1', fast + slow],
          ['Infinity', fast + slow],
        ]),
      ],
    ]);

  it('compares how many requests are slower than bounds that stable has chosen before', () => {
    const study = open({ of: 'latency' });
    let sample: Sample | undefined;
    for (let look = 0; look <= 10; look += 1)
      sample = study.look(
        buckets(60 * look, 40 * look),
        buckets(900 * (look + 1), 100 * (look + 1)),
        look * 5_000,
        look === 10,
      );
    expect(sample).toMatchObject({ outcome: 'fail' });
    expect(sample?.message).toMatch(
      /^web-canary \d+ % of requests took over (100|500) ms \([\d,]+ of [\d,]+\) against \d+ % .*; certain beyond α = 0\.01 after 50 s$/,
    );
  });

  it('has nothing to compare by before stable has a history', () => {
    const study = open({ of: 'latency' });
    study.look(buckets(100, 0), buckets(0, 0), 0, false);
    expect(study.look(buckets(200, 0), buckets(60, 0), 5_000, true)).toEqual({
      outcome: 'no-data',
      message: 'web has no buckets to compare by yet',
    });
  });
});
