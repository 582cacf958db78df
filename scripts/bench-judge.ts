import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brokenPromises, figuresOf } from './judge/figures.ts';
import { plotsOf } from './judge/plots.ts';
import { tablesOf } from './judge/tables.ts';

/**
 * `npm run bench:judge`: simulated releases, judged by `compare` and as others do it. Prints the tables and draws the plots of
 * docs/checks-judge.md; fails when `compare` does not hold what it promises.
 */

const { values } = parseArgs({
  options: { releases: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
});

const figures = figuresOf({
  releases: Number(values.releases),
  seed: Number(values.seed),
  progress: console.error,
});
console.log(tablesOf(figures));

const images = join(import.meta.dirname, '../docs/images');
await mkdir(images, { recursive: true });
for (const [name, svg] of plotsOf(figures)) await writeFile(join(images, `judge-${name}.svg`), svg);

const broken = brokenPromises(figures);
console.log(broken.length > 0 ? `\nPromises that are broken:\n${broken.join('\n')}` : '\nAll promises hold.');
process.exitCode = broken.length > 0 ? 1 : 0;
