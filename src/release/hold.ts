import { podsFor, podsOnTop } from '../traffic/arithmetic.ts';
import { currentSize } from '../traffic/capacity.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { sizeOf } from '../traffic/readiness.ts';
import { settleDrift } from './drift.ts';
import { gateError, openGate } from './gate.ts';
import type { Command } from './mailbox.ts';
import type { Pair } from './plan.ts';
import { makeStage, type Stage } from './stage.ts';
import { growTwins } from './traffic-steps.ts';

export type HoldEnd =
  | { end: 'passed' }
  /** Somebody said that it should go on, or stop here. */
  | { end: 'promoted' | 'paused'; by: Command };

/**
 * Lets so many milliseconds pass while the checks are sampled, drift is corrected and twins follow their autoscalers. Throws
 * what the gate has against going on. `since`: when the hold began, where nobody has looked for a part of it.
 */
export async function hold(stage: Stage, milliseconds: number, weight: number, since?: number): Promise<HoldEnd> {
  const { deps, view, control } = stage;
  const end = Promise.withResolvers<HoldEnd | undefined>();
  // Whoever waits for it last sees a rejection; before that it must not count as unhandled.
  end.promise.catch(() => undefined);
  const gate = openGate(stage, () => end.resolve(undefined), since);
  // What is corrected along the way never outlives the hold, and never keeps it from ending.
  const over = new AbortController();
  const tender = makeStage({
    ...stage,
    deps: { ...deps, signal: AbortSignal.any([deps.signal, over.signal]), cluster: deps.cluster.bound(over.signal) },
  });
  let tending: Promise<void> | undefined;

  const tend = async (): Promise<void> => {
    try {
      await settleDrift(tender, weight);
      await follow(tender, weight);
    } catch (error) {
      if (!over.signal.aborted) end.reject(error);
    } finally {
      tending = undefined;
    }
  };
  const onChange = (): void => {
    gate.look();
    if (!over.signal.aborted) tending ??= tend();
  };
  const onWord = (): void => {
    const promotion = control?.takePromotion();
    if (promotion) end.resolve({ end: 'promoted', by: promotion });
    const pause = control?.wantsPause();
    if (pause) end.resolve({ end: 'paused', by: pause });
  };
  const stopChanges = view.onChange(onChange);
  const stopWords = control?.onWord(onWord) ?? (() => undefined);
  const onAbort = (): void => end.reject(deps.signal.reason);
  deps.signal.addEventListener('abort', onAbort, { once: true });
  const cancel = deps.clock.after(milliseconds, () => {
    gate.last().then(() => end.resolve(undefined), end.reject);
  });
  try {
    deps.signal.throwIfAborted();
    onWord();
    onChange();
    const told = await end.promise;
    const verdict = gate.verdict();
    // A person who promotes takes the decision; one who pauses takes none.
    if (!told) {
      deps.emit({ type: 'judged', verdict, checks: gate.reports() });
      if (verdict !== 'pass') throw gateError(verdict, gate.reports(), weight);
    }
    return told ?? { end: 'passed' };
  } finally {
    over.abort(new Error('the hold is over'));
    cancel();
    stopChanges();
    stopWords();
    gate.stop();
    deps.signal.removeEventListener('abort', onAbort);
    await tending;
  }
}

/** Where an autoscaler has given stable more pods, the twin gets its share of them. */
async function follow(stage: Stage, weight: number): Promise<void> {
  const { traffic, view, context, router } = stage;
  const byPods = traffic.router === 'pods';
  const wanted = (pair: Pair): number => {
    const size = currentSize(context, pair);
    return byPods ? podsOnTop(weight, size).twin : podsFor(weight, size);
  };
  const grown = traffic.pairs.filter(pair => {
    const twin = sizeOf(view, pair.twin);
    return pair.autoscaler && !isPartitioned(pair) && twin > 0 && twin < wanted(pair);
  });
  if (grown.length === 0) return;
  if (byPods) await router.shift(weight);
  else await growTwins(stage, pair => (grown.includes(pair) ? wanted(pair) : 0));
}
