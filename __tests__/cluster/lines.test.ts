import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { linesOf } from '../../src/cluster/lines.ts';

async function collect(chunks: Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  async function* stream(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  for await (const line of linesOf(stream())) lines.push(line);
  return lines;
}

it('lines are the same wherever the chunks are cut, and a last half line is not told', async () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 }).map(text => `${text.replace(/\s/g, '_')}ä€`);
  await fc.assert(
    fc.asyncProperty(fc.array(word), fc.array(fc.nat(200)), async (lines, cuts) => {
      const all = Buffer.from(`${lines.map(line => `${line}\n`).join('')}half`);
      const places = [0, ...cuts.map(cut => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
      const chunks = places.slice(1).map((end, index) => all.subarray(places[index], end));
      expect(await collect(chunks)).toEqual(lines);
    }),
  );
});

it('a line of two million bytes in small chunks takes no quadratic time', async () => {
  const chunk = Buffer.alloc(1_000, 'x');
  const lines = await collect([...Array.from({ length: 2_000 }, () => chunk), Buffer.from('\n')]);
  expect(lines.map(line => line.length)).toEqual([2_000_000]);
});
