import type { CheckKind, CheckOf, CheckSettings } from '../check-config.ts';
import type { Key, Table } from '../table.ts';

/** What a configuration may say of one kind of check, beside what all have. */
export interface CheckKeys<K extends CheckKind> {
  description: string;
  keys: Table<Omit<CheckOf<K>, 'kind' | 'name' | keyof CheckSettings>>;
  /** Where another standard than that of all checks makes more sense. */
  common?: { readonly [P in keyof CheckSettings]?: Key<NonNullable<CheckSettings[P]>> };
  /** What is wrong with keys that are right one by one. */
  faults?: (check: CheckOf<K>) => readonly string[];
}
