import { upperTail } from './normal.ts';

export type Alternative = 'greater' | 'less' | 'two-sided';

export interface MannWhitney {
  /** The number of pairs in which the first sample's value is the larger one, ties counted by half. */
  readonly u: number;
  readonly p: number;
  readonly method: 'exact' | 'normal';
}

/** Up to here, as in SciPy, the smaller sample gets an exact p-value if there are no ties. */
const SMALL = 8;

/**
 * Mann and Whitney's U test: whether values of the first sample tend to be `greater` than those of the second, or `less`. Without ties
 * and with a small sample p is exact, else it is the normal approximation with corrections for ties and continuity. Neither sample may be empty
 * or have NaN.
 */
export function mannWhitney(
  first: readonly number[],
  second: readonly number[],
  alternative: Alternative,
): MannWhitney {
  const { u, ties } = rank(first, second);
  const pairs = first.length * second.length;
  const extreme = { greater: u, less: pairs - u, 'two-sided': Math.max(u, pairs - u) }[alternative];
  const isExact = Math.min(first.length, second.length) <= SMALL && ties === 0;
  const tail = isExact
    ? exactTail(extreme, first.length, second.length)
    : normalTail(extreme, first.length, second.length, ties);
  return { u, p: Math.min(1, alternative === 'two-sided' ? 2 * tail : tail), method: isExact ? 'exact' : 'normal' };
}

/** `ties` is Σ t³ − t over groups of t equal values. */
function rank(first: readonly number[], second: readonly number[]): { u: number; ties: number } {
  const a = Float64Array.from(first).sort();
  const b = Float64Array.from(second).sort();
  // They are sorted to the end.
  if (Number.isNaN(a.at(-1)) || Number.isNaN(b.at(-1))) throw new RangeError('NaN has no rank');
  let u = 0;
  let ties = 0;
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const value = smaller(a[i], b[j]);
    const below = j;
    const start = i;
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    const inFirst = i - start;
    const inSecond = j - below;
    u += inFirst * (below + inSecond / 2);
    ties += (inFirst + inSecond) ** 3 - (inFirst + inSecond);
  }
  return { u, ties };
}

/** One of them is there. */
function smaller(one: number | undefined, other: number | undefined): number {
  if (other === undefined || (one !== undefined && one <= other)) return one as number;
  return other;
}

/**
 * P(U ≥ u) under equal distributions, by symmetry P(U ≤ n₁n₂ − u). The numbers of orders for each U are the coefficients of Gauss's
 * binomial, the product of (1 − x^{n₂+i}) / (1 − x^i) for i = 1 … n₁.
 */
function exactTail(u: number, n1: number, n2: number): number {
  const small = Math.min(n1, n2);
  const large = Math.max(n1, n2);
  const last = n1 * n2 - u;
  const counts = new Float64Array(last + 1);
  counts[0] = 1;
  let orders = 1;
  for (let i = 1; i <= small; i++) {
    for (let at = last; at >= large + i; at--) counts[at] = (counts[at] as number) - (counts[at - large - i] as number);
    for (let at = i; at <= last; at++) counts[at] = (counts[at] as number) + (counts[at - i] as number);
    orders *= (large + i) / i;
  }
  return counts.reduce((sum, count) => sum + count, 0) / orders;
}

function normalTail(u: number, n1: number, n2: number, ties: number): number {
  const all = n1 + n2;
  // Of equal values there is none, but for rounding.
  const deviation = Math.sqrt(((n1 * n2) / 12) * Math.max(0, all + 1 - ties / (all * (all - 1))));
  return upperTail((u - (n1 * n2) / 2 - 0.5) / deviation);
}
