import { SluiceError } from '../errors.ts';
import { refText } from '../kube.ts';
import { readyOf } from '../traffic/readiness.ts';
import type { Stage } from './stage.ts';

export interface TwinWatch {
  /** Aborted, with the reason, when the new version serves no more while it has traffic. */
  lost: AbortSignal;
  stop: () => void;
}

/** While stable is rolled, what has the traffic must keep serving: nobody samples it then. */
export function watchTwins({ traffic, view, router }: Stage): TwinWatch {
  const lost = new AbortController();
  const look = (): void => {
    const dead = traffic.pairs.find(pair => router.read(pair) >= 100 && readyOf(view, pair, 'twin') === 0);
    if (!dead || lost.signal.aborted) return;
    lost.abort(
      new SluiceError(
        'workload-failed',
        `${refText(dead.twin)} has all the traffic, and none of its pods can serve any more.`,
        {
          hint: 'Look at its pods and their logs: the new version stopped working while it was promoted.',
        },
      ),
    );
  };
  const stop = view.onChange(look);
  look();
  return { lost: lost.signal, stop };
}

/** Throws where the new version has all the traffic and serves nobody. */
export function mustServe(stage: Stage): void {
  const { lost, stop } = watchTwins(stage);
  stop();
  lost.throwIfAborted();
}
