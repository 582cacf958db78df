/** As many requests as are under way at once: enough to fill one HTTP/2 connection, few enough that none waits long past its deadline. */
const AT_ONCE = 50;

/** Calls `work` for each item, `AT_ONCE` at a time, and waits for all, also after one has failed; answers in the order of the items. */
export async function forEachAtOnce<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index] as T).then(
        value => ({ status: 'fulfilled', value }),
        reason => ({ status: 'rejected', reason }),
      );
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
