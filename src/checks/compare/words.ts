import type { MinEffect } from '../../config/check-config.ts';
import type { SequentialState } from '../statistics/sequential-test.ts';

/** What two versions were compared by: errors, or requests that took longer than so many seconds. */
export type Subject = { of: 'errors' } | { of: 'latency'; le: number };

export interface Compared {
  canary: string;
  stable: string;
  subject: Subject;
  state: SequentialState;
  alpha: number;
  minEffect: MinEffect;
  /** Since the first look, in milliseconds. */
  ms: number;
  /** Whether this is the last word of the hold. */
  isLast: boolean;
}

/** The verdict for a developer on call: what was seen on both sides, the effect, and how certain it is. */
export function verdictText({ canary, stable, subject, state, alpha, minEffect, ms, isLast }: Compared): string {
  const what = subject.of === 'errors' ? 'errors' : `of requests took over ${secondsText(subject.le)}`;
  const after = `after ${Math.round(ms / 1000)} s`;
  const seen = `${canary} ${shareText(state.canary)} ${what} (${outOf(state.canary)}) against ${shareText(state.stable)} (${outOf(state.stable)}) on ${stable}`;
  return `${seen}; ${effectText(state)}; ${certainty(state, alpha, minEffect, isLast, after)}`;
}

function certainty(
  state: SequentialState,
  alpha: number,
  minEffect: MinEffect,
  isLast: boolean,
  after: string,
): string {
  switch (state.verdict) {
    case 'harm':
      return `certain beyond α = ${alpha} ${after}`;
    case 'excluded':
      return `harm of ${effect(minEffect)} or worse is excluded beyond α = ${alpha} ${after}`;
    case 'open': {
      if (!isLast) return `not certain ${after}`;
      const { detectableRatio } = state;
      const power = detectableRatio
        ? `${times(Math.max(1, detectableRatio))} would have been shown in four of five cases`
        : 'no difference could have been shown with so few requests';
      return `neither harm nor its absence is shown ${after}; ${power}`;
    }
  }
}

function effectText({ verdict, ratio, interval: { low, high }, canary, stable }: SequentialState): string {
  if (canary.bad + stable.bad === 0) return 'none on either side';
  // The interval allows for both directions, and may hold "as many" when harm alone is certain.
  const isTold = verdict !== 'harm' || low > 1;
  if (ratio === undefined || !Number.isFinite(ratio))
    return isTold && low > 1 ? `at least ${times(low)}` : 'stable had none';
  if (!isTold) return `about ${times(ratio)}`;
  if (low === 0 && !Number.isFinite(high)) return `about ${times(ratio)}`;
  return `about ${times(ratio)} (${Number.isFinite(high) ? `between ${number(low)} and ${number(high)}` : `at least ${number(low)}`})`;
}

/** `1.2 times as many`, `0.5 points more`, or both. */
function effect({ ratio, points }: MinEffect): string {
  const parts = [
    ...(ratio > 1 || points === 0 ? [times(ratio)] : []),
    ...(points > 0 ? [`${pointsText(points)} more`] : []),
  ];
  return parts.join(' and ');
}

function times(ratio: number): string {
  const factor = number(ratio);
  return factor === '1' ? 'as many' : `${factor} times as many`;
}

function pointsText(points: number): string {
  const percent = number(points * 100);
  return `${percent} ${percent === '1' ? 'point' : 'points'}`;
}

function shareText({ rate }: { rate: number | undefined }): string {
  return rate === undefined ? 'no share of' : `${number(rate * 100)} %`;
}

function outOf({ bad, requests }: { bad: number; requests: number }): string {
  return `${count(bad)} of ${count(requests)}`;
}

function count(requests: number): string {
  return Math.round(requests).toLocaleString('en-US');
}

/** Two digits that say something: `5.2`, `0.41`, `12`. */
function number(value: number): string {
  if (value >= 10) return count(value);
  if (value >= 1 || value === 0) return String(Number(value.toFixed(1)));
  return String(Number(value.toPrecision(2)));
}

function secondsText(seconds: number): string {
  return seconds < 1 ? `${number(seconds * 1000)} ms` : `${number(seconds)} s`;
}
