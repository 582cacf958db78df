import type { CheckSettings } from '../../config/check-config.ts';
import type { CheckContext } from '../check.ts';
import { beginningOf } from '../said.ts';
import type { Result } from './result.ts';

const POLICIES: Readonly<Record<CheckSettings['noData'], string>> = {
  fail: 'no data, which fails by no-data: fail',
  inconclusive: 'no data, which is inconclusive by no-data: inconclusive',
  ignore: 'no data, which does not count by no-data: ignore',
};

/** What it means that there is no data, by the policy of the check. */
export function noDataText({ noData }: Pick<CheckSettings, 'noData'>): string {
  return POLICIES[noData];
}

/** What Prometheus says of its own answer; nothing where it says nothing. */
export function warningText({ warnings }: Pick<Result, 'warnings'>, redact: CheckContext['redact']): string {
  const [first] = warnings;
  return first === undefined ? '' : ` (Prometheus warns: ${beginningOf(first, redact)})`;
}
