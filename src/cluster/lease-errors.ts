import { SluiceError } from '../errors.ts';
import { holderUrl, LEASE_SECONDS, type Lease, RENEW_DEADLINE_MS } from './lease-object.ts';

interface Named {
  namespace: string;
  name: string;
}

/** @param alive the holder was seen to renew */
export function heldBy({ namespace, name }: Named, lease: Lease | undefined, alive: boolean): SluiceError {
  const holder = lease?.spec?.holderIdentity;
  const who = holder ? `: ${holderUrl(holder)}` : '';
  const life = alive ? 'It is alive, since it renews' : 'What guards the release is';
  return new SluiceError('locked', `Another run holds this release${who}. Nothing was changed.`, {
    hint: `${life} the Lease ${namespace}/${name}. Wait until that run has ended and run again, or set \`concurrency: wait\` and a longer \`timeout\`. A run that died needs no care: the next one takes over when the Lease has not been renewed for ${LEASE_SECONDS} s.`,
  });
}

/** The Lease was seen to be another's, or to be gone. */
export function lockTaken({ namespace, name }: Named, present: Lease | undefined): SluiceError {
  const holder = present?.spec?.holderIdentity;
  const how = holder ? `${holderUrl(holder)} has taken it` : present ? 'its holder was cleared' : 'it was deleted';
  return new SluiceError(
    'lock-lost',
    `This run lost the Lease ${namespace}/${name} that guards the release, since ${how}. It stopped writing at once.`,
    {
      hint: holder
        ? 'That run goes on with the release: look there.'
        : 'Somebody or something other than Sluice removed the lock. Run again if no other run is at work.',
    },
  );
}

/** No renewal succeeded in time; `failure` is the last one's. */
export function lockExpired({ namespace, name }: Named, failure: unknown): SluiceError {
  const why = failure === undefined ? 'no renewal was answered' : reasonOf(failure);
  return new SluiceError(
    'lock-lost',
    `This run lost the Lease ${namespace}/${name} that guards the release, since it could not renew it for ${RENEW_DEADLINE_MS / 1_000} s: ${why} It stopped writing at once.`,
    {
      hint: 'Look whether another run has taken over; run again if there is none.',
      ...(failure === undefined ? {} : { cause: failure }),
    },
  );
}

function reasonOf(failure: unknown): string {
  const text = failure instanceof Error ? failure.message : String(failure);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
