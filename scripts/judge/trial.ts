import type { Random } from './random.ts';

/** What the releases of the simulation have in common with those that Sluice watches by default. */
export const LOOK_SECONDS = 5;
export const LOOKS_PER_MINUTE = 60 / LOOK_SECONDS;
export const HOLD_MINUTES = 10;
export const HOLD_LOOKS = HOLD_MINUTES * LOOKS_PER_MINUTE;
export const ALPHA = 0.01;

/** One method in one release: it is shown every look, and says whether it gives the alarm. */
export type Watch<Side> = (canary: Side, stable: Side) => boolean;

export interface Method<Side> {
  readonly name: string;
  /** `history` is what stable did before the release. */
  open(history: Side): Watch<Side>;
}

/** What a method came to in all releases of a cell. */
export interface Outcome {
  readonly method: string;
  /** The share of the releases with an alarm. */
  readonly alarms: number;
  /** In seconds; Infinity if fewer than half had one. */
  readonly median: number;
}

export interface Traffic<Side> {
  readonly canary: (random: Random) => Side;
  readonly stable: (random: Random) => Side;
  readonly history: (random: Random) => Side;
}

/** Every method sees the same releases. */
export function outcomesOf<Side>(
  methods: readonly Method<Side>[],
  traffic: Traffic<Side>,
  releases: number,
  random: Random,
): Outcome[] {
  const times = methods.map(() => new Float64Array(releases).fill(Number.POSITIVE_INFINITY));
  for (let release = 0; release < releases; release++) {
    const history = traffic.history(random);
    let watching = methods.map((method, index) => ({ index, watch: method.open(history) }));
    for (let look = 1; look <= HOLD_LOOKS && watching.length > 0; look++) {
      const canary = traffic.canary(random);
      const stable = traffic.stable(random);
      watching = watching.filter(({ index, watch }) => {
        const isAlarmed = watch(canary, stable);
        if (isAlarmed) (times[index] as Float64Array)[release] = look * LOOK_SECONDS;
        return !isAlarmed;
      });
    }
  }
  return methods.map(({ name }, index) => {
    const sorted = (times[index] as Float64Array).sort();
    const alarms = sorted.filter(Number.isFinite).length / releases;
    return { method: name, alarms, median: sorted[Math.ceil(releases / 2) - 1] as number };
  });
}
