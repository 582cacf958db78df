import type { Sample } from '../checks/check.ts';
import type { SluiceError } from '../errors.ts';
import type { Finding } from '../health/finding.ts';
import { UnhealthyError } from '../health/wait.ts';
import type { ObjectRef } from '../kube.ts';
import { podsFor, podsOnTop } from '../traffic/arithmetic.ts';
import { currentSize } from '../traffic/capacity.ts';
import { isPartitioned } from '../traffic/pods.ts';
import { sizeOf } from '../traffic/readiness.ts';
import { followBaselines } from './baselines.ts';
import { type GateOptions, gateError, openGate } from './gate.ts';
import type { Command } from './mailbox.ts';
import type { Pair } from './plan.ts';
import type { Stage } from './stage.ts';
import { tend } from './tending.ts';
import { growTwins } from './traffic-steps.ts';

/** Longest wait for a log while a failed version still has traffic. */
const LOG_MS = 1_000;
const LOG_LINES = 20;
/** Longest wait for checks to clear away what they had begun, for the same reason; the end of the release looks for the rest. */
const CLEAR_MS = 1_000;

export type HoldEnd =
  | { end: 'passed' }
  /** Somebody said that it should go on, or stop here. */
  | { end: 'promoted' | 'paused'; by: Command };

/** What is held: for so many milliseconds at this weight, before there is any pod of the new version or after. */
export interface Held extends Pick<GateOptions, 'weight' | 'isAhead'> {
  ms: number;
  /** Of the step: what is said about another one is not meant. */
  index: number;
  since?: number;
}

/**
 * Lets time pass while the checks are sampled, drift is corrected and twins follow their autoscalers. Throws what the gate has
 * against going on.
 */
export async function hold(stage: Stage, { ms, weight, index, isAhead, since }: Held): Promise<HoldEnd> {
  const { deps, view, control } = stage;
  const end = Promise.withResolvers<HoldEnd | undefined>();
  // Whoever waits for it last sees a rejection; before that it must not count as unhandled.
  end.promise.catch(() => undefined);
  // A run that must stop writes nothing more, checks included.
  const cluster = deps.cluster.bound(deps.signal);
  const onCertain = (): void => end.resolve(undefined);
  let settledAt: number | undefined;
  const onSettled = (): void => {
    cancel();
    settledAt = deps.clock.now();
    gate.last().then(onCertain, end.reject);
  };
  const endsAt = deps.clock.now() + ms;
  const options = { weight, isAhead, since, endsAt, onCertain, onSettled };
  const gate = openGate({ ...stage, deps: { ...deps, cluster } }, options);
  const tending = tend(stage, weight, end.reject, tender => follow(tender, weight));
  const onChange = (): void => {
    gate.look();
    tending.look();
  };
  const onWord = (): void => {
    const promotion = control?.takePromotion(index);
    if (promotion) end.resolve({ end: 'promoted', by: promotion });
    const pause = control?.wantsPause();
    if (pause) end.resolve({ end: 'paused', by: pause });
  };
  const stopChanges = view.onChange(onChange);
  const stopWords = control?.onWord(onWord) ?? (() => undefined);
  const onAbort = (): void => end.reject(deps.signal.reason);
  deps.signal.addEventListener('abort', onAbort, { once: true });
  const cancel = deps.clock.after(ms, () => {
    gate.last().then(onCertain, end.reject);
  });
  try {
    deps.signal.throwIfAborted();
    onWord();
    onChange();
    const told = await end.promise;
    const verdict = gate.verdict();
    // A person who promotes takes the decision; one who pauses takes none.
    if (!told) {
      // The last samples that were taken then may have found something after all.
      const early =
        settledAt !== undefined && verdict === 'pass' ? { early: { leftMs: Math.max(0, endsAt - settledAt) } } : {};
      deps.emit({ type: 'judged', verdict, checks: gate.reports(), ...early });
      if (verdict !== 'pass') throw await explained(stage, gateError(verdict, gate.reports(), weight), gate.troubles());
    }
    return told ?? { end: 'passed' };
  } finally {
    const tended = tending.stop('the hold is over');
    cancel();
    stopChanges();
    stopWords();
    const cleared = atMost(CLEAR_MS, gate.stop(), deps);
    deps.signal.removeEventListener('abort', onAbort);
    await Promise.all([tended, cleared]);
  }
}

async function atMost(milliseconds: number, work: Promise<void>, { clock }: Stage['deps']): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(milliseconds, late.resolve);
  await Promise.race([work, late.promise]).finally(cancel);
}

/** A failed check with the end of the log of the container that ended, if it can be had at once: traffic must not wait for it. */
async function explained(
  { deps, context }: Stage,
  error: SluiceError,
  troubles: NonNullable<Sample['trouble']>[],
): Promise<SluiceError> {
  const [first] = troubles;
  if (!first) return error;
  const { workload, finding } = first;
  const log = finding.log ?? (await logOf(deps, workload, finding));
  const seen = { ...finding, ...(log ? { log: context.deps.redact(log) } : {}) };
  const failure = { ref: workload, status: 'failed' as const, message: error.message, findings: [seen] };
  return new UnhealthyError(error, [failure]);
}

async function logOf(
  deps: Stage['deps'],
  workload: ObjectRef,
  { pod, container, restarts }: Finding,
): Promise<string | undefined> {
  if (!pod || !container) return undefined;
  const late = new AbortController();
  const cancel = deps.clock.after(LOG_MS, () => late.abort(new Error('the log took too long')));
  const ref = {
    apiVersion: 'v1',
    kind: 'Pod',
    name: pod,
    ...(workload.namespace ? { namespace: workload.namespace } : {}),
  };
  const options = { container, lines: LOG_LINES, previous: (restarts ?? 0) > 0 };
  try {
    return (await deps.cluster.bound(late.signal).logTail(ref, options))?.trimEnd();
  } catch {
    // The check has failed all the same; its message says of what.
    return undefined;
  } finally {
    cancel();
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
  if (grown.length > 0) await (byPods ? router.shift(weight) : growTwins(stage, wanted, grown));
  await followBaselines(stage, weight);
}
