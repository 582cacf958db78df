import type { Sample } from './contenders.ts';
import type { Result } from './result.ts';

/** Beyond the two of each object (dry run and apply). */
const MORE_REQUESTS = 10;
const CONNECTIONS = 1;
/** Peak memory of the process with so many objects; beyond them it is reported alone. */
const MEMORY_MIB = 120;
const MEMORY_OBJECTS = 200;
/** Start-up is reported beside this, but breaks no limit: it says as much about the machine. */
export const START_UP_MS = 150;
/** How much more one object may cost in a large release than in a smaller one. */
const GROWTH = 1.5;

/** The limits of the design that these results break, in words. */
export function brokenLimits(results: readonly Result[]): string[] {
  return [...results.flatMap(ofOne), ...growing(results)];
}

function ofOne({ pairs, operation, sluice }: Result): string[] {
  const objects = 2 * pairs;
  const check = (what: string, value: number | undefined, limit: number): string[] =>
    value !== undefined && value > limit
      ? [`${operation} of ${pairs}: ${Math.round(value)} ${what}; the limit is ${limit}.`]
      : [];
  return [
    ...check('requests', sluice.requests, 2 * objects + MORE_REQUESTS),
    ...check('connections', sluice.connections, CONNECTIONS),
    ...(objects <= MEMORY_OBJECTS ? check('MiB of memory', sluice.memoryMiB, MEMORY_MIB) : []),
    ...(operation === 're-run' ? check('writes', sluice.writes, 0) : []),
  ];
}

/** Cost is linear where an object costs no more among many than among fewer; what a run costs at all makes small ones dear. */
function growing(results: readonly Result[]): string[] {
  const costs: readonly { what: string; of: (sample: Sample) => number | undefined }[] = [
    { what: 'Time', of: ({ wallMs }) => wallMs },
    { what: 'CPU time', of: ({ cpuMs }) => cpuMs },
    { what: 'Requests', of: ({ requests }) => requests },
  ];
  return results.flatMap(large => {
    const small = results.findLast(({ operation, pairs }) => operation === large.operation && pairs < large.pairs);
    if (!small) return [];
    return costs.flatMap(({ what, of }) => {
      const growth = (of(large.sluice) ?? 0) / large.pairs / ((of(small.sluice) ?? 0) / small.pairs);
      return growth > GROWTH
        ? [
            `${large.operation}: ${what} an object grows ${growth.toFixed(1)} times from ${small.pairs} to ${large.pairs}.`,
          ]
        : [];
    });
  });
}
