/** Uniform on [0, 1), in steps of 2⁻³². */
export type Random = () => number;

/** Doty-Humphrey's sfc32, seeded by two numbers: streams of different numbers are independent as far as one can tell. */
export function openRandom(seed: number, stream: number): Random {
  let a = seed | 0;
  let b = stream | 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 15; round++) next();
  return next;
}

/** Draws from a Poisson distribution by its table: the mean is the same for all looks of a cell, and a draw is one uniform number. */
export function openPoisson(mean: number): (random: Random) => number {
  const { first, cumulative } = tableOf(mean);
  const guide = guideTo(cumulative);
  return random => {
    const u = random();
    let at = guide[(u * guide.length) | 0] as number;
    while ((cumulative[at] as number) <= u) at++;
    return first + at;
  };
}

const NEGLIGIBLE = 1e-18;

function tableOf(mean: number): { first: number; cumulative: number[] } {
  const mode = Math.floor(mean);
  const below: number[] = [];
  for (let k = mode, chance = k / mean; k > 0 && chance > NEGLIGIBLE; chance *= --k / mean) below.push(chance);
  const above: number[] = [];
  for (let k = mode + 1, chance = mean / k; chance > NEGLIGIBLE; chance *= mean / ++k) above.push(chance);
  const cumulative: number[] = [];
  for (const chance of [...below.reverse(), 1, ...above]) cumulative.push((cumulative.at(-1) ?? 0) + chance);
  const total = cumulative.at(-1) as number;
  return { first: mode - below.length, cumulative: cumulative.map(sum => sum / total) };
}

/** For each of as many equal parts of [0, 1) the first entry that a draw in it can come to. */
function guideTo(cumulative: readonly number[]): number[] {
  let at = 0;
  return cumulative.map((_, part) => {
    while ((cumulative[at] as number) <= part / cumulative.length) at++;
    return at;
  });
}
