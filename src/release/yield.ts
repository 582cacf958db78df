import { randomUUID } from 'node:crypto';
import type { DeployRequest } from './deploy.ts';
import type { ReleaseDeps } from './deps.ts';
import { writeCommand } from './mailbox.ts';
import type { StoredRecord } from './record.ts';

/** Tells the engine that works on an older revision, if there is one, to take it back: the caller then waits for the lock. */
export async function tellToYield(deps: ReleaseDeps, request: DeployRequest, { record }: StoredRecord): Promise<void> {
  const by = request.origin.runUrl ?? 'another run';
  await writeCommand(deps.cluster, request, { verb: 'supersede', by, revision: record.revision, id: randomUUID() });
}
