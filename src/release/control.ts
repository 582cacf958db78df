import { LEASE_KIND } from '../cluster/lease.ts';
import { SluiceError } from '../errors.ts';
import type { ReleaseDeps } from './deps.ts';
import type { ReleaseId } from './labels.ts';
import { type Command, clearCommand, commandOn, leaseRef } from './mailbox.ts';

/** What others tell the engine while it works. */
export interface Control {
  /** Aborted by a word that ends the way forward: its reason becomes the release's. */
  readonly turnBack: AbortSignal;
  /** The words that a hold obeys; taken by whoever acts on them. */
  wantsPause(): Command | undefined;
  wantsPromotion(): Command | undefined;
  /** For the step with this index. A word that was said about another one is dropped: the release has gone on since. */
  takePromotion(step: number): Command | undefined;
  /** Calls back when a word has come. */
  onWord(call: () => void): () => void;
  stop(): void;
}

/** Listens for commands on the Lease. A word is taken off the Lease as soon as it is understood, so that its sender knows. */
export function listen(deps: ReleaseDeps, id: ReleaseId & { revision: number }): Control {
  const ended = new AbortController();
  const turnBack = new AbortController();
  const calls = new Set<() => void>();
  const taken = new Set<string>();
  let pause: Command | undefined;
  let promotion: Command | undefined;

  const obey = (command: Command): void => {
    if (taken.has(command.id) || command.revision !== id.revision) return;
    taken.add(command.id);
    deps.emit({ type: 'commanded', verb: command.verb, by: command.by });
    clearCommand(deps.cluster, id, command.id).catch((error: unknown) =>
      deps.emit({ type: 'warning', message: `A command could not be taken off the Lease: ${String(error)}` }),
    );
    switch (command.verb) {
      case 'reject':
        turnBack.abort(rejected(command.by, id.revision));
        break;
      case 'supersede':
        turnBack.abort(superseded(command.by, id.revision));
        break;
      case 'pause':
        pause = command;
        promotion = undefined;
        break;
      case 'promote':
        promotion = command;
        pause = undefined;
        break;
    }
    for (const call of [...calls]) call();
  };
  const follow = async (): Promise<void> => {
    const { name, namespace } = leaseRef(id);
    const selection = { namespace, fieldSelector: `metadata.name=${name}` };
    for await (const event of deps.cluster.watch(LEASE_KIND, selection, ended.signal)) {
      if (event.type === 'synced' || event.type === 'deleted') continue;
      const command = commandOn(event.object);
      if (command) obey(command);
    }
  };
  follow().catch((error: unknown) => {
    if (ended.signal.aborted || deps.signal.aborted) return;
    deps.emit({ type: 'warning', message: `Commands of other runs are not heard any more: ${String(error)}` });
  });

  return {
    turnBack: turnBack.signal,
    wantsPause: () => pause,
    wantsPromotion: () => promotion,
    takePromotion: step => {
      const word = promotion;
      promotion = undefined;
      if (!word) return undefined;
      const { step: about = step, before = Infinity, by } = word;
      if (about === step && step < before) return word;
      const meant = about === step ? `what comes before step ${before + 1}` : `step ${about + 1}`;
      deps.emit({
        type: 'warning',
        message: `The word of ${by} to promote was about ${meant}, and the release is at step ${step + 1}: it goes on as planned.`,
      });
      return undefined;
    },
    onWord: call => {
      calls.add(call);
      return () => calls.delete(call);
    },
    stop: () => ended.abort(),
  };
}

export function rejected(by: string, revision: number): SluiceError {
  return new SluiceError('rejected', `Revision ${revision} was rejected by ${by}.`, {
    hint: 'Deploy again to try the same once more, or push a correction.',
  });
}

export function superseded(by: string, revision: number): SluiceError {
  return new SluiceError('superseded', `Revision ${revision} was superseded by a newer deploy (${by}).`, {
    hint: 'The newer deploy goes on with the release: look there.',
  });
}
