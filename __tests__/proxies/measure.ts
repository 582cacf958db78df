import { expect } from '@jest/globals';
import type { StepResult } from '../../src/demo/runner.ts';
import type { KubeObject } from '../../src/kube.ts';
import type { Window } from './client.ts';
import type { Clients, World } from './lab.ts';

/** In one step, so that its share can be told within the tolerance. */
export const REQUESTS_A_STEP = 1_000;
/** Enough to see who answers, where it is not a matter of shares. */
export const SOME_REQUESTS = 200;
/** Percent points between the weight and the share of the answers. */
export const TOLERANCE = 2;

/** Lines of a proxy's log that are enough to see what was wrong. */
const TROUBLES = 10;

/** Why requests failed, and what the proxy says of them. */
export function lossesOf({ client, plane }: Clients): string[] {
  const failures = client.all.failures();
  return failures.length > 0 ? [...failures, ...plane.troubles().slice(0, TROUBLES)] : [];
}

/** The next so many requests. */
export async function requests({ client }: Clients, count: number): Promise<Window> {
  const window = client.window();
  await window.reaches(count);
  await window.close();
  return window;
}

/** The requests that were sent while a weight was held. */
export interface Held {
  weight: number;
  window: Window;
}

/** These weights were held one after the other, and each was what the track got. */
export function expectShares(held: readonly Held[], weights: readonly number[], track: string): void {
  expect(held.map(({ weight }) => weight)).toEqual(weights);
  for (const { weight, window } of held) {
    expect(window.answers).toBeGreaterThanOrEqual(REQUESTS_A_STEP);
    expect(Math.abs(shareOf(window, track) - weight)).toBeLessThanOrEqual(TOLERANCE);
  }
}

/** In percent of the answers. */
function shareOf({ tracks, answers }: Window, track: string): number {
  return (100 * (tracks[track] ?? 0)) / answers;
}

/** A release as the runner runs it, and what was answered in each of its holds once the proxy had followed. */
export async function release(
  { run }: World,
  { client, plane }: Clients,
  inputs: Record<string, string>,
  manifests: readonly KubeObject[],
): Promise<{ result: StepResult; held: Held[] }> {
  const held: Held[] = [];
  const problems: unknown[] = [];
  let step = '';
  let rest = '';
  const begin = async (name: string): Promise<void> => {
    for (const { window } of held) void window.close();
    step = name;
    const weight = / Hold \S+ at (\d+) %/.exec(name)?.[1];
    if (weight === undefined) return;
    await plane.current();
    if (step === name) held.push({ weight: Number(weight), window: client.window() });
  };
  const result = await run(inputs, manifests, text => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const name = /^::group::(\d+\/\d+ .*)$/.exec(line)?.[1];
      if (name !== undefined) begin(name).catch(problem => problems.push(problem));
    }
  });
  await Promise.all(held.map(({ window }) => window.close()));
  if (problems.length > 0) throw problems[0];
  return { result, held };
}
