import { SluiceError } from '../errors.ts';
import type { CommandVerb } from './mailbox.ts';
import { pauseText } from './pause.ts';
import type { ReleaseRecord } from './record.ts';

/** What a person has said outside of the run that obeys: about the release as it was then. */
export interface Word {
  /** When, in milliseconds since the epoch. Where whole seconds are told, the earliest moment: what came within the same second is taken for later. */
  at: number;
  /**
   * Throws where the person does not mean this record, or may not say it of this one. Asked at the moment of the change. `isLocked`: others
   * wait for the answer, and nobody hears a reject meanwhile.
   */
  confirm(record: ReleaseRecord, isLocked: boolean): Promise<void>;
}

export type SaidVerb = CommandVerb | 'resume' | 'rollback' | 'status';

interface Said {
  word?: Word;
  full?: boolean;
  to?: number;
}

/** Throws where a word is about what is over: `already-done` where the release has gone on as it was told, `refused` where it must be said again. */
export async function confirmWord(
  { word, full, to }: Said,
  verb: SaidVerb,
  record: ReleaseRecord,
  { isLocked = false }: { isLocked?: boolean } = {},
): Promise<void> {
  if (!word) return;
  refuseOld(word, verb, record);
  if (verb === 'promote' && !full && to === undefined) refusePassed(word, record);
  await word.confirm(record, isLocked);
}

function refuseOld({ at }: Word, verb: SaidVerb, record: ReleaseRecord): void {
  const { revision, startedAt, status, pause } = record;
  const name = `Revision ${revision}`;
  if (at < Date.parse(startedAt))
    throw new SluiceError('refused', `${name} began at ${startedAt}, after that was said.`, {
      hint: 'Look at the revision that is there now, and say it again.',
    });
  // A check that failed meanwhile, or a person who stopped it, must not be overruled by who has not seen it.
  const isForward = verb === 'promote' || verb === 'resume';
  if (isForward && status === 'paused' && pause && pause.why !== 'time' && at < Date.parse(pause.at))
    throw new SluiceError('refused', `${name} has come to a stop since that was said: ${pauseText(record)}.`, {
      hint: 'Look why, and say it again.',
    });
}

/** What was to be left out is over by itself, or by another's word: what came after it was not meant. */
function refusePassed({ at }: Word, { revision, stepStartedAt, plan, cursor }: ReleaseRecord): void {
  const step = plan.steps[cursor];
  const where = `step ${cursor + 1} of ${plan.steps.length}${step ? `, ${step.name}` : ''}`;
  if (stepStartedAt && at < Date.parse(stepStartedAt))
    throw new SluiceError('already-done', `Revision ${revision} has gone on since that was said: it is at ${where}.`, {
      hint: 'Nothing was left out. To leave out what it does now, say it again.',
    });
}
