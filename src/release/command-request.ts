import { SluiceError } from '../errors.ts';
import type { LockWish } from './lock.ts';
import type { Word } from './word.ts';

export interface CommandRequest extends LockWish {
  /** Who says it, and where: `ada in https://…/runs/7`. */
  by: string;
  /** How long this run may take, its holds included. */
  maxRunMs: number;
  /** With `promote`: leave out the steps that are left. */
  full?: boolean;
  /** With `promote`: neither hold nor wait for approval before this weight, in percent. */
  to?: number;
  /** Where a person has said it outside of the run, some time ago. */
  word?: Word;
}

export function noRelease({ release, namespace }: CommandRequest, verb: string, why: string): SluiceError {
  return new SluiceError(
    'no-release',
    `There is nothing to ${verb} for release ${release} in namespace ${namespace}: ${why}.`,
    {
      hint: 'Check the inputs `release` and `namespace`; `action: status` tells how a release stands.',
    },
  );
}
