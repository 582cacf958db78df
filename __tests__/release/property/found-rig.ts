import { expect } from '@jest/globals';
import type { KubeObject } from '../../../src/kube.ts';
import type { CommandRequest, promote } from '../../../src/release/commands.ts';
import { deploy } from '../../../src/release/deploy.ts';
import type { Outcome, TimedEvent } from '../../../src/release/events.ts';
import { type Harness, harness } from '../../sandbox/harness.ts';
import { commandRequest, deployRequest, LIMIT_MS, NAMESPACE, openRun, type Run, type Wish } from '../rig.ts';
import { adopted } from './adopted.ts';

export const SANDBOX = 'sandbox.sluice.dev/';
export const QUIET = { exclude: ['*-canary', '*-preview', '*-stable'] };
export const SWITCHED: Wish = { strategy: 'blue-green', traffic: 'service' };

/** A cluster in which version 1 serves, deployed by hand; `isAdopted`: with the label of stable's track on its pods. */
export function serving(objects: readonly KubeObject[], isAdopted = true): Harness {
  return harness({ objects: isAdopted ? objects.map(adopted) : objects, traffic: QUIET, readyMs: 60_000 });
}

export function begin(
  h: Harness,
  objects: readonly KubeObject[],
  wish: Wish = {},
): { run: Run; ended: Promise<Outcome> } {
  const run = openRun(h);
  const ended = deploy(run.deps, deployRequest(run, objects, wish));
  ended.catch(() => undefined);
  return { run, ended };
}

export async function until(h: Harness, run: Run, test: (event: TimedEvent) => boolean): Promise<void> {
  const seen = Promise.withResolvers<void>();
  run.listeners.add(event => (test(event) ? seen.resolve() : undefined));
  await h.run(seen.promise, LIMIT_MS);
}

/** Does it in the very moment, once. */
export function when(run: Run, test: (event: TimedEvent) => boolean, act: () => void): void {
  const hear = (event: TimedEvent): void => {
    if (!test(event)) return;
    run.listeners.delete(hear);
    act();
  };
  run.listeners.add(hear);
}

export const starts =
  (name: string) =>
  (event: TimedEvent): boolean =>
    event.type === 'step-started' && event.name.startsWith(name);

export function say(h: Harness, act: typeof promote, more: Partial<CommandRequest> = {}): Promise<Outcome> {
  const run = openRun(h);
  return h.run(act(run.deps, commandRequest(run, more)), LIMIT_MS);
}

export type Sized = KubeObject<{ replicas: number; template: { spec: { containers: { image: string }[] } } }>;
export const workload = (h: Harness, kind = 'Deployment'): Sized =>
  h.api.get(`apps/${kind}`, NAMESPACE, 'web') as unknown as Sized;
export const imageOf = (h: Harness): unknown => workload(h).spec?.template.spec.containers[0]?.image;

export function expectUnharmed(h: Harness): void {
  h.clock.advance(60_000);
  h.laws.endOfRelease(NAMESPACE);
  h.stop();
  const lost = (h.traffic?.losses ?? []).map(({ why }) => why);
  expect({ broken: h.laws.violations, lost: lost.slice(0, 3) }).toEqual({ broken: [], lost: [] });
}

export const slowly = { [`${SANDBOX}ready-after`]: '10s' };
