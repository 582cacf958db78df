export type IntOrPercent = number | string;

/** The number that `25%` or `2` means of a total; percentages are rounded up or down. Anything else counts as 0. */
export function scaledValue(value: IntOrPercent | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value ?? '')?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
