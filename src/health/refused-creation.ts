import type { FindingReason } from './finding.ts';

/** Whether an admission plugin has looked at this very pod and said no: asking again gets the same answer. */
const DENIED = /violates PodSecurity|denied the request|denied by|is invalid: /i;
const QUOTA = /exceeded quota|failed quota|must specify limits|maximum .* usage per/i;

/** What kind of refusal the API's answer to a controller that creates pods is. */
export function creationRefusal(words: string): FindingReason {
  if (QUOTA.test(words)) return 'QuotaExceeded';
  return DENIED.test(words) ? 'AdmissionDenied' : 'FailedCreate';
}
