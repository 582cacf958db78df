import type { Cluster } from '../cluster/cluster.ts';
import { ApiError } from '../cluster/errors.ts';
import { LEASE_KIND } from '../cluster/lease.ts';
import { SluiceError } from '../errors.ts';
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
  /** With `promote`: neither hold nor wait for approval before the step with this index. */
  before?: number;
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

/** Puts a command on the Lease; false where the Lease is gone. A word that takes the release back is not written over by one that does not. */
export function writeCommand(cluster: Cluster, id: ReleaseId, command: Command): Promise<boolean> {
  return editCommand(cluster, id, present => {
    if (present && isBack(present) && !isBack(command) && present.revision === command.revision)
      throw new SluiceError(
        'refused',
        `Revision ${command.revision} of release ${id.release} is about to be taken back, as ${present.by} has said.`,
        { hint: 'See how that ends; the release can be deployed again.' },
      );
    return command;
  });
}

/** Takes this very word off the Lease; another one that has come since stays for whoever listens. */
export async function clearCommand(cluster: Cluster, id: ReleaseId, word: string): Promise<void> {
  await editCommand(cluster, id, present => (present?.id === word ? undefined : 'leave'));
}

function isBack({ verb }: Command): boolean {
  return verb === 'reject' || verb === 'supersede';
}

async function editCommand(
  cluster: Cluster,
  id: ReleaseId,
  edit: (present: Command | undefined) => Command | undefined | 'leave',
): Promise<boolean> {
  const ref = leaseRef(id);
  for (let left = TRIES; ; left -= 1) {
    const lease = await cluster.get(ref);
    if (!lease) return false;
    const command = edit(commandOn(lease));
    if (command === 'leave') return true;
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
