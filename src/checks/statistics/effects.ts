/** All ratios of the tests lie on one logarithmic grid. */
const STEPS_PER_DOUBLING = 12;

/** The ratio that is so many steps from 1; −{@link GRID_END} … {@link GRID_END} are 1/64 … 64. */
export const ratioAt = (step: number): number => 2 ** (step / STEPS_PER_DOUBLING);

export const GRID_END = 6 * STEPS_PER_DOUBLING;

/** Multiples of the base ratio that the alternatives lie at, as steps of the grid: finer where much traffic may show a small effect. */
const STEPS = [1, 2, ...Array.from({ length: GRID_END / 3 }, (_, index) => 3 * (index + 1))];

/**
 * The mixture's prior: log-normal about threefold, so that the effects worth a roll-back, 1.5 to 20 times, cost least to be found.
 * A penalty of −ln(weight near the effect) is what the mixture pays for not knowing the effect.
 */
const CENTRE = 3;
const SPREAD = 1;

export interface Effect {
  readonly step: number;
  readonly ratio: number;
  readonly weight: number;
}

export const EFFECTS: readonly Effect[] = weighted();

function weighted(): Effect[] {
  const raw = STEPS.map((step, index) => {
    const width = ((STEPS[index + 1] ?? step + 3) - (STEPS[index - 1] ?? 0)) / 2;
    return width * Math.exp(-((Math.log(ratioAt(step) / CENTRE) / SPREAD) ** 2) / 2);
  });
  const sum = raw.reduce((total, weight) => total + weight, 0);
  return STEPS.map((step, index) => ({ step, ratio: ratioAt(step), weight: (raw[index] ?? 0) / sum }));
}
