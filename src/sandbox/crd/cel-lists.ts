import type { Environment } from '@marcbachmann/cel-js';

type Ordered = bigint | number | string | Date;

/** Kubernetes' functions on lists and sets. */
export function registerLists(environment: Environment): void {
  environment
    .registerFunction('list.isSorted(): bool', (list: Ordered[]) =>
      list.every((item, index) => index === 0 || (list[index - 1] as Ordered) <= item),
    )
    .registerFunction('list.sum(): dyn', (list: (bigint | number)[]) =>
      list.reduce<bigint | number>(add, typeof list[0] === 'number' ? 0 : 0n),
    )
    .registerFunction('list.min(): dyn', (list: Ordered[]) => extreme(list, (a, b) => a < b))
    .registerFunction('list.max(): dyn', (list: Ordered[]) => extreme(list, (a, b) => a > b))
    .registerFunction('list.indexOf(dyn): int', (list: unknown[], item: unknown) =>
      BigInt(list.findIndex(other => equal(other, item))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: unknown[], item: unknown) =>
      BigInt(list.findLastIndex(other => equal(other, item))),
    )
    .registerFunction('list.distinct(): list', (list: unknown[]) =>
      list.filter((item, index) => list.findIndex(other => equal(other, item)) === index),
    )
    .registerFunction('list.slice(int, int): list', (list: unknown[], from: bigint, to: bigint) =>
      list.slice(Number(from), Number(to)),
    )
    .registerFunction('list.reverse(): list', (list: unknown[]) => [...list].reverse())
    .registerFunction('list.flatten(): list', (list: unknown[]) => list.flat());
}

const add = (sum: bigint | number, item: bigint | number): bigint | number =>
  typeof sum === 'bigint' && typeof item === 'bigint' ? sum + item : Number(sum) + Number(item);

function extreme(list: Ordered[], wins: (a: Ordered, b: Ordered) => boolean): Ordered {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('min or max called on empty list');
  return rest.reduce((best, item) => (wins(item, best) ? item : best), first);
}

/** Integers are bigints here, which JSON cannot write. */
function equal(a: unknown, b: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? `${item}n` : item)) ?? '';
  return text(a) === text(b);
}
