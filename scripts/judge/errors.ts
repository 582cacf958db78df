import { type Counts, NOTHING, plus } from '../../src/checks/statistics/counts.ts';
import { openSequentialTest } from '../../src/checks/statistics/sequential-test.ts';
import { METHODS, rivals } from './methods.ts';
import { openPoisson, type Random } from './random.ts';
import { ALPHA, LOOK_SECONDS, type Method, type Traffic } from './trial.ts';

/** One percentage point, as in Flagger's default of 99 % successes. */
const MARGIN = 0.01;

const rateOf = ({ bad, requests }: Counts): number | undefined => (requests > 0 ? bad / requests : undefined);

export const ERROR_METHODS: readonly Method<Counts>[] = [
  {
    name: METHODS[0],
    open() {
      const test = openSequentialTest({ alpha: ALPHA, minEffect: { ratio: 1, points: 0 } });
      return (canary, stable) => {
        test.look(canary, stable);
        return test.verdict() === 'harm';
      };
    },
  },
  ...rivals<Counts>({
    empty: NOTHING,
    plus,
    value: rateOf,
    isTooBad(canary, stable) {
      const rate = rateOf(canary);
      const stableRate = rateOf(stable);
      return rate === undefined || stableRate === undefined ? undefined : rate > stableRate + MARGIN;
    },
  }),
];

export interface ErrorCell {
  readonly requestsPerSecond: number;
  /** Stable's errors, a share of its requests. */
  readonly base: number;
  /** The canary's share of the requests. */
  readonly weight: number;
  /** How many times stable's the canary's rate is. */
  readonly effect: number;
}

export function errorTraffic({ requestsPerSecond, base, weight, effect }: ErrorCell): Traffic<Counts> {
  const perLook = requestsPerSecond * LOOK_SECONDS;
  return {
    canary: sideOf(perLook * weight, base * effect),
    stable: sideOf(perLook * (1 - weight), base),
    history: () => NOTHING,
  };
}

/** Parts of a Poisson number of requests are Poisson, too, and independent. */
function sideOf(requests: number, rate: number): (random: Random) => Counts {
  const good = openPoisson(requests * (1 - rate));
  const bad = openPoisson(requests * rate);
  return random => {
    const ofThem = bad(random);
    return { requests: ofThem + good(random), bad: ofThem };
  };
}
