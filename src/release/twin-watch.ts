import { SluiceError } from '../errors.ts';
import { refText } from '../kube.ts';
import { readyOf } from '../traffic/readiness.ts';
import type { Stage } from './stage.ts';
import { tend } from './tending.ts';

export interface TwinWatch {
  /** Aborted, with the reason, when the new version serves no more while it has traffic. */
  lost: AbortSignal;
  stop: () => Promise<void>;
}

/**
 * While stable is rolled, what has the traffic must keep it and keep serving: nobody samples it then. Traffic that others move is
 * moved again, or by policy ends the wait.
 */
export function watchTwins(stage: Stage, weight: number): TwinWatch {
  const { traffic, view, control } = stage;
  const lost = new AbortController();
  // By pods, stable's own rollout changes what the shares are made of; and on the way back each step says what is wanted.
  const tending =
    control && traffic.router !== 'pods' && weight > 0 ? tend(stage, weight, lost.abort.bind(lost)) : undefined;
  const look = (): void => {
    const dead = deadTwin(stage);
    if (dead && !lost.signal.aborted) lost.abort(dead);
  };
  const onChange = (): void => {
    look();
    tending?.look();
  };
  const stopChanges = view.onChange(onChange);
  onChange();
  return {
    lost: lost.signal,
    async stop() {
      stopChanges();
      await tending?.stop('stable is rolled');
    },
  };
}

function deadTwin({ traffic, view, router }: Stage): SluiceError | undefined {
  const dead = traffic.pairs.find(pair => router.read(pair) >= 100 && readyOf(view, pair, 'twin') === 0);
  return (
    dead &&
    new SluiceError(
      'workload-failed',
      `${refText(dead.twin)} has all the traffic, and none of its pods can serve any more.`,
      {
        hint: 'Look at its pods and their logs: the new version stopped working while it was promoted.',
      },
    )
  );
}

/** Throws where the new version has all the traffic and serves nobody. */
export function mustServe(stage: Stage): void {
  const dead = deadTwin(stage);
  if (dead) throw dead;
}
