import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasKubectl, OPERATIONS } from './bench/contenders.ts';
import { brokenLimits, START_UP_MS } from './bench/limits.ts';
import { openOwnTarget } from './bench/own-target.ts';
import type { Result } from './bench/result.ts';
import { compete } from './bench/rounds.ts';
import { openSandboxTarget } from './bench/sandbox-target.ts';
import { tableOf } from './bench/table.ts';
import type { Target } from './bench/target.ts';

/** `npm run bench`: what a release costs, beside kubectl on the same files. Fails when a limit is broken. */

const { values } = parseArgs({
  options: { sizes: { type: 'string', default: '5,50,100,200' }, rounds: { type: 'string', default: '3' } },
});
const LARGEST_BUNDLE = 2_000_000;

const kubectl = process.env['KUBECTL'] ?? 'kubectl';
const found = await hasKubectl(kubectl);
if (!found) console.log(`${kubectl} cannot be run: Sluice is measured alone. KUBECTL names another one.`);

const work = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
const broken: string[] = [];
try {
  const own = process.env['KUBECONFIG'];
  broken.push(...(await measure(await openSandboxTarget(work))));
  if (own) broken.push(...(await measure(await openOwnTarget(work, own))));
} finally {
  await rm(work, { recursive: true });
}
const { size } = await stat(join(import.meta.dirname, '../dist/main.js'));
if (size > LARGEST_BUNDLE) broken.push(`dist/main.js has ${size} bytes; the limit is ${LARGEST_BUNDLE}.`);
console.log(`dist/main.js: ${(size / 1_000_000).toFixed(2)} MB`);
console.log(broken.length > 0 ? `Limits that are broken:\n${broken.join('\n')}` : 'All limits hold.');
process.exitCode = broken.length > 0 ? 1 : 0;

async function measure(target: Target): Promise<string[]> {
  const results: Result[] = [];
  try {
    for (const pairs of values.sizes.split(',').map(Number))
      results.push(
        ...(await compete(
          {
            target,
            work,
            kubectl: found ? kubectl : undefined,
            rounds: Number(values.rounds),
            progress: console.error,
          },
          pairs,
        )),
      );
  } finally {
    await target.close();
  }
  results.sort((a, b) => OPERATIONS.indexOf(a.operation) - OPERATIONS.indexOf(b.operation) || a.pairs - b.pairs);
  const startUp = Math.min(...results.flatMap(({ sluice }) => sluice.startUpMs ?? []));
  console.log(`\nAgainst ${target.name}, medians of ${values.rounds}:\n\n${tableOf(results)}\n`);
  console.log(
    `Start-up to the first request, in the smallest release: ${Math.round(startUp)} ms (the aim is ${START_UP_MS} ms).`,
  );
  return brokenLimits(results).map(text => `Against ${target.name}: ${text}`);
}
