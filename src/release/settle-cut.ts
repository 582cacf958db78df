import { SluiceError } from '../errors.ts';
import { removeLeftJobs } from './check-jobs.ts';
import type { CommandRequest } from './commands.ts';
import type { ReleaseDeps } from './deps.ts';
import type { Outcome } from './events.ts';
import { goBack } from './going-back.ts';
import { withLock } from './lock.ts';
import { pausedOutcome } from './pause.ts';
import { openRecord, readRecords, updateRecord } from './records.ts';

export interface Cut {
  revision: number;
  /** The run that was cut. */
  holder: string;
  onCancel: 'rollback' | 'pause';
}

/**
 * Does with a release whose run was cut what was asked for that case: takes it back, or leaves it paused. Undefined where it
 * needs nothing: it ended after all, waits already, or another run has gone on with it.
 */
export async function settleCut(deps: ReleaseDeps, request: CommandRequest, cut: Cut): Promise<Outcome | undefined> {
  return withLock(deps, request, async ({ guarded, held }) => {
    const records = await readRecords(guarded.cluster, request.namespace, request.release);
    const stored = openRecord(records);
    if (!stored) return undefined;
    const { record } = stored;
    if (record.revision !== cut.revision || record.holder !== cut.holder || record.status !== 'in-progress')
      return undefined;
    guarded.conceal(record.objects);
    if (cut.onCancel === 'rollback' || record.back) {
      const endsAt = guarded.clock.now() + request.maxRunMs;
      return goBack(guarded, held, { records, stored, holder: request.holder, endsAt }, cancelled(cut));
    }
    // Nobody waits for what the run's checks had begun. That the release waits must be written, whatever is left of them.
    await removeLeftJobs(guarded, record, () => true);
    const at = new Date(guarded.clock.now()).toISOString();
    const paused = await updateRecord(guarded.cluster, stored, { status: 'paused', pause: { why: 'cancelled', at } });
    return pausedOutcome(guarded, records, paused.record, true);
  });
}

function cancelled({ revision }: Cut): SluiceError {
  return new SluiceError('cancelled', `The run of revision ${revision} was cancelled.`, {
    hint: 'Run the workflow again to deploy it anew. With `on-cancel: pause` a cancelled release waits where it is.',
  });
}
