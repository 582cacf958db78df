import type { Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { LEASE_KIND } from '../cluster/lease.ts';
import type { KubeObject, ObjectRef } from '../kube.ts';
import { lockName, type ReleaseId } from './labels.ts';

export type CommandVerb = 'promote' | 'reject' | 'pause' | 'supersede';
const VERBS: readonly CommandVerb[] = ['promote', 'reject', 'pause', 'supersede'];

/** A word from one run to the engine that works on the release in another. */
export interface Command {
  verb: CommandVerb;
  /** Who says it, and where: `ada in https://…/runs/7`. */
  by: string;
  /** Revision that it is about: one that is over is not meant. */
  revision: number;
  id: string;
  /** Leave out the steps that are left, and promote. */
  full?: boolean;
  /** Neither hold nor wait for approval before this weight, in percent. */
  to?: number;
  /** With `promote`: index of the step that is to be left. Where the release has gone on to another, nothing is left out. */
  step?: number;
}

/** On the Lease that guards the release. */
export const COMMAND_ANNOTATION = 'sluice.dev/command';

const TRIES = 5;

export function leaseRef({ release, namespace }: ReleaseId): ObjectRef & { namespace: string } {
  return { ...LEASE_KIND, name: lockName(release), namespace };
}

/** The command on a Lease; undefined where there is none, or none that this version understands. */
export function commandOn(lease: KubeObject | undefined): Command | undefined {
  const text = lease?.metadata.annotations?.[COMMAND_ANNOTATION];
  if (!text) return undefined;
  try {
    const command = JSON.parse(text) as Partial<Command>;
    const isWhole =
      VERBS.some(verb => verb === command.verb) &&
      typeof command.by === 'string' &&
      typeof command.id === 'string' &&
      typeof command.revision === 'number';
    return isWhole ? (command as Command) : undefined;
  } catch {
    // Somebody else's words: they are no command.
    return undefined;
  }
}

/** Puts a command on the Lease, or takes it away; false where the Lease is gone. */
export async function writeCommand(cluster: Cluster, id: ReleaseId, command: Command | undefined): Promise<boolean> {
  const ref = leaseRef(id);
  for (let left = TRIES; ; left -= 1) {
    const lease = await cluster.get(ref);
    if (!lease) return false;
    const text = command ? JSON.stringify(command) : null;
    if ((lease.metadata.annotations?.[COMMAND_ANNOTATION] ?? null) === text) return true;
    const { resourceVersion } = lease.metadata;
    try {
      await cluster.patch(ref, { metadata: { resourceVersion, annotations: { [COMMAND_ANNOTATION]: text } } }, 'merge');
      return true;
    } catch (error) {
      // The holder renews the Lease every few seconds.
      if (!(error instanceof ApiError) || ![404, 409].includes(error.status) || left <= 1) throw error;
    }
  }
}
