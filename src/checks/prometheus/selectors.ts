import { inQuery } from '../fill-in.ts';

/** One condition on a label, as PromQL has it; a pattern is anchored at both ends. */
export type Matcher = readonly [label: string, operator: '=' | '!=' | '=~' | '!~', value: string];

export function selector(metric: string, matchers: readonly Matcher[]): string {
  return `${metric}{${matchers.map(([label, operator, value]) => `${label}${operator}"${inQuery(value)}"`).join(',')}}`;
}

/** Whether a series with these labels is selected; one that is absent is the same as an empty one. */
export function isSelected(labels: Readonly<Record<string, string>>, matchers: readonly Matcher[]): boolean {
  return matchers.every(([label, operator, value]) => {
    const own = labels[label] ?? '';
    const isAlike = operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(own) : own === value;
    return isAlike === !operator.startsWith('!');
  });
}

/**
 * How much each counter has grown within the window. One that is new there, or smaller than it was, has grown from zero: the
 * series of errors comes with the first error, and `increase` would know nothing of it.
 */
export function grown(selectors: readonly string[], window: string): string {
  return selectors.map(one => `${one} - ${one} offset ${window} >= 0 or ${one}`).join(' or ');
}

/** The same selector with one label more. */
export function selectorWith(one: string, label: string, value: string): string {
  return `${one.slice(0, -1)},${label}="${inQuery(value)}"}`;
}
