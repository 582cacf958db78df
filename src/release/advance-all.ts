import { advance, type CommandRequest } from './commands.ts';
import type { ReleaseDeps } from './deps.ts';
import { asSluiceError } from './engine.ts';
import type { Outcome } from './events.ts';
import { RECORD_LABEL, STATUS_LABEL } from './labels.ts';

const ORDER: readonly Outcome['phase'][] = ['failed', 'aborted', 'rolled-back', 'paused', 'succeeded', 'unchanged'];

/**
 * Goes on with every release of the namespace whose planned pause is over, or whose run has died, one after another. Answers
 * with the worst of their ends; `unchanged` where there was nothing to go on with.
 */
export async function advanceAll(deps: ReleaseDeps, request: CommandRequest): Promise<Outcome> {
  const { items } = await deps.cluster.list(
    { apiVersion: 'v1', kind: 'Secret' },
    { namespace: request.namespace, labelSelector: `${RECORD_LABEL},${STATUS_LABEL} in (paused,in-progress)` },
  );
  const releases = [...new Set(items.flatMap(({ metadata }) => metadata.labels?.[RECORD_LABEL] ?? []))].sort();
  const outcomes: Outcome[] = [];
  for (const release of releases) {
    deps.signal.throwIfAborted();
    deps.emit({ type: 'advancing', release });
    try {
      const outcome = await advance(deps, { ...request, release });
      deps.emit({ type: 'advanced', release, ...(outcome ? { outcome } : {}) });
      if (outcome) outcomes.push(outcome);
    } catch (error) {
      // One release that cannot go on must not keep the others from it.
      const known = asSluiceError(error);
      deps.emit({ type: 'failed', error: known, failures: [] });
      const outcome: Outcome = { phase: 'failed', error: known };
      deps.emit({ type: 'advanced', release, outcome });
      outcomes.push(outcome);
    }
  }
  outcomes.sort((a, b) => ORDER.indexOf(a.phase) - ORDER.indexOf(b.phase));
  return outcomes[0] ?? { phase: 'unchanged' };
}
