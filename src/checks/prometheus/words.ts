import type { CheckSettings } from '../../config/check-config.ts';
import type { CheckContext } from '../check.ts';
import { beginningOf } from '../said.ts';
import type { Result } from './result.ts';

/** That there is no data, with the policy of the check that says what this means. */
export function noDataText({ noData }: Pick<CheckSettings, 'noData'>): string {
  return `no data (no-data: ${noData})`;
}

/** What Prometheus says of its own answer; nothing where it says nothing. */
export function warningText({ warnings }: Pick<Result, 'warnings'>, redact: CheckContext['redact']): string {
  const [first] = warnings;
  return first === undefined ? '' : ` (Prometheus warns: ${beginningOf(first, redact)})`;
}
