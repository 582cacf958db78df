import { mannWhitney } from '../../src/checks/statistics/mann-whitney.ts';
import { ALPHA, LOOKS_PER_MINUTE, type Method, type Watch } from './trial.ts';

/** What the methods are called in tables and plots, in the order in which they are shown. */
export const METHODS = ['compare', 'Mann–Whitney', 'Flagger', 'Argo, limit 3', 'Argo, limit 0'] as const;

export interface Rule<Side> {
  empty: Side;
  plus(one: Side, other: Side): Side;
  /** Of one minute; undefined when it has no requests to judge. */
  isTooBad(canary: Side, stable: Side): boolean | undefined;
  /** Of one look; undefined without requests. */
  value(side: Side): number | undefined;
}

/**
 * The methods that others use, by rules of their own for errors and for latency: Flagger and Argo Rollouts look at the last minute
 * each minute, and give the alarm at the fifth failed check, and at the first or fourth; Mann and Whitney's test is made each minute of
 * the values of all looks so far.
 */
export function rivals<Side>(rule: Rule<Side>): Method<Side>[] {
  const [, mannWhitneyName, flagger, argo3, argo0] = METHODS;
  return [
    { name: mannWhitneyName, open: () => ranked(rule) },
    { name: flagger, open: () => failing(rule, 5) },
    { name: argo3, open: () => failing(rule, 4) },
    { name: argo0, open: () => failing(rule, 1) },
  ];
}

function failing<Side>(rule: Rule<Side>, alarmAt: number): Watch<Side> {
  let looks = 0;
  let failures = 0;
  let canaryMinute = rule.empty;
  let stableMinute = rule.empty;
  return (canary, stable) => {
    canaryMinute = rule.plus(canaryMinute, canary);
    stableMinute = rule.plus(stableMinute, stable);
    if (++looks % LOOKS_PER_MINUTE > 0) return false;
    if (rule.isTooBad(canaryMinute, stableMinute)) failures++;
    canaryMinute = rule.empty;
    stableMinute = rule.empty;
    return failures >= alarmAt;
  };
}

function ranked<Side>(rule: Rule<Side>): Watch<Side> {
  let looks = 0;
  const ofCanary: number[] = [];
  const ofStable: number[] = [];
  const keep = (values: number[], value: number | undefined): void => {
    if (value !== undefined) values.push(value);
  };
  return (canary, stable) => {
    keep(ofCanary, rule.value(canary));
    keep(ofStable, rule.value(stable));
    if (++looks % LOOKS_PER_MINUTE > 0 || ofCanary.length === 0 || ofStable.length === 0) return false;
    return mannWhitney(ofCanary, ofStable, 'greater').p <= ALPHA;
  };
}
