import type { CheckSettings } from './check-config.ts';
import { booleanField, choiceField, durationField, integerField, textField } from './field.ts';
import { LONGEST_HOLD_MS } from './step-field.ts';
import type { Table } from './table.ts';

const NAME = /^[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?$/;

export interface CommonKeys extends CheckSettings {
  name: string | undefined;
}

/** The keys that checks of every kind have. */
export const COMMON_KEYS: Table<CommonKeys> = {
  name: {
    key: 'name',
    field: textField(
      NAME,
      63,
      'at most 63 letters, digits, spaces, dots, hyphens and underscores, with a letter or digit at both ends',
    ),
    description: 'What reports call the check. Without it, its kind.',
  },
  intervalMs: {
    key: 'interval',
    field: durationField({ min: 100, max: 3_600_000 }),
    description: 'Time from one sample to the next, from 100ms to 1h.',
    standard: '10s',
  },
  count: {
    key: 'count',
    field: integerField({ min: 1 }),
    description: 'Samples after which the check is done. Without it, it goes on as long as the hold.',
  },
  initialDelayMs: {
    key: 'initial-delay',
    field: durationField({ max: LONGEST_HOLD_MS }),
    description: 'Time before the first sample of a hold.',
    standard: '0s',
  },
  failureLimit: {
    key: 'failure-limit',
    field: integerField({ min: 0 }),
    description: 'Failed samples that are let pass: with 0 the first one fails the check.',
    standard: 0,
  },
  errorLimit: {
    key: 'error-limit',
    field: integerField({ min: 0 }),
    description: 'Samples in a row that could not be taken and are let pass.',
    standard: 4,
  },
  noData: {
    key: 'no-data',
    field: choiceField(['fail', 'inconclusive', 'ignore']),
    description: 'What a sample without data is. Inconclusive pauses the release for a person.',
    standard: 'inconclusive',
  },
  dryRun: {
    key: 'dry-run',
    field: booleanField,
    description: 'Whether the check is only reported, and decides nothing.',
    standard: false,
  },
};
