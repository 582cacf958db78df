import { type Figures, outcomeOf, REFERENCE, type Result } from './figures.ts';
import { METHODS } from './methods.ts';
import { colourOf, legend, line, logScale, mark, picture, text } from './svg.ts';
import { percent, requests, seconds } from './tables.ts';
import { ALPHA, HOLD_MINUTES, type Outcome } from './trial.ts';

/** By the names of the files they go to. */
export const plotsOf = (figures: Figures): ReadonlyMap<string, string> =>
  new Map([
    ['false-alarms', falseAlarms(figures)],
    ['time-to-detect', timeToDetect(figures)],
  ]);

const WIDTH = 960;
const LEFT = 84;
const RIGHT = WIDTH - 24;
const GREY = { fill: '#57606a' };
const CENTRED = { 'text-anchor': 'middle' };
const AT_AXIS = { 'text-anchor': 'end', ...GREY };

/** The smallest share that is told from less. */
const LEAST = 0.0001;
const PROMISE = { stroke: colourOf(0), 'stroke-dasharray': '5 4' };

function falseAlarms({ healthy, releases }: Figures): string {
  const top = 144;
  const bottom = 388;
  const none = bottom + 26;
  const scale = logScale([LEAST, 1], [bottom, top]);
  const at = (share: number): number => (share > 0 ? scale(Math.max(share, LEAST)) : none);
  const grid = [LEAST, 0.001, 0.01, 0.1, 1].flatMap(share => [
    line(LEFT, scale(share), RIGHT, scale(share)),
    text(LEFT - 10, scale(share) + 4, `${share === LEAST ? '≤ ' : ''}${+(share * 100).toFixed(2)} %`, AT_AXIS),
  ]);
  const groups = [...Map.groupBy(healthy, ({ cell }) => cell.requestsPerSecond)];
  const step = (RIGHT - LEFT) / groups.length;
  const content = groups.flatMap(([rate, results], group) => {
    const middle = LEFT + step * (group + 0.5);
    return [
      text(middle, none + 36, `${requests(rate)} requests/s`, CENTRED),
      ...METHODS.flatMap((method, index) => {
        const x = middle + (index - 2) * 34;
        const shares = results.map(result => outcomeOf(result, method).alarms);
        const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
        const bar = { stroke: colourOf(index), 'stroke-width': 3, 'stroke-opacity': 0.35, 'stroke-linecap': 'round' };
        return [line(x, at(Math.min(...shares)), x, at(Math.max(...shares)), bar), mark(index, x, at(mean))];
      }),
    ];
  });
  return picture({
    width: WIDTH,
    height: none + 56,
    title: 'Healthy releases that would have been stopped',
    notes: [
      `Within ${HOLD_MINUTES} minutes; ${requests(releases)} simulated releases in each of 12 cells: 0.1, 0.5 and 1 % errors by weights of 5, 10, 25 and 50 %.`,
      'Mark: mean of the cells; bar: from the least to the most.',
    ],
    content: [
      ...legend(METHODS, LEFT, 110, 150),
      ...grid,
      line(LEFT, none, RIGHT, none),
      text(LEFT - 10, none + 4, 'none', AT_AXIS),
      line(LEFT, at(ALPHA), RIGHT, at(ALPHA), PROMISE),
      line(LEFT + 742, 106, LEFT + 762, 106, PROMISE),
      text(LEFT + 768, 110, `limit: ${percent(ALPHA, 0)}`),
      ...content,
    ],
  });
}

/** More false alarms than this in the same traffic, and an alarm says little. */
const TOO_MANY_ALARMS = 0.05;

const GAP = 66;

interface Column {
  readonly label: string;
  readonly changed: Result<unknown>;
  readonly healthy: Result<unknown>;
}

function timeToDetect(figures: Figures): string {
  const rates = [...new Set(figures.errors.map(({ cell }) => cell.requestsPerSecond))].filter(rate => rate > 1);
  const top = 158;
  const height = 190;
  const panels = rates.flatMap((rate, index) =>
    panel(rate, columnsOf(figures, rate), top + index * (height + GAP), height),
  );
  return picture({
    width: WIDTH,
    height: top + rates.length * (height + GAP) - 24,
    title: 'Time until a bad release is stopped',
    notes: [
      `Median of ${requests(figures.releases)} simulated releases; stable has ${percent(REFERENCE.base, 1)} errors, the canary ${percent(REFERENCE.weight, 0)} of the requests.`,
      `Hollow: the method stops more than ${percent(TOO_MANY_ALARMS, 0)} of the healthy releases in the same traffic, too.`,
    ],
    content: [...legend(METHODS, LEFT, 110, 150), ...panels],
  });
}

function columnsOf({ healthy, errors, latency }: Figures, rate: number): Column[] {
  const noErrors = healthy.find(
    ({ cell }) => cell.requestsPerSecond === rate && cell.base === REFERENCE.base && cell.weight === REFERENCE.weight,
  ) as Result<unknown>;
  const ofLatency = latency.filter(({ cell }) => cell.requestsPerSecond === rate);
  const sameLatency = ofLatency.find(({ cell }) => cell.effect === 1) as Result<unknown>;
  return [
    ...errors
      .filter(({ cell }) => cell.requestsPerSecond === rate)
      .map(changed => ({ label: `${changed.cell.effect}× errors`, changed, healthy: noErrors })),
    ...ofLatency
      .filter(({ cell }) => cell.effect > 1)
      .map(changed => ({
        label: `+${Math.round((changed.cell.effect - 1) * 100)} % latency`,
        changed,
        healthy: sameLatency,
      })),
  ];
}

function panel(rate: number, columns: readonly Column[], top: number, height: number): string[] {
  const never = top + 8;
  const scale = logScale([4, HOLD_MINUTES * 60], [top + height, top + 34]);
  const at = ({ median }: Outcome): number => (Number.isFinite(median) ? scale(median) : never);
  const step = (RIGHT - LEFT) / columns.length;
  return [
    text(LEFT, top - 12, `${requests(rate)} requests/s`, { 'font-weight': 600 }),
    ...[5, 15, 60, 180, 600].flatMap(time => [
      line(LEFT, scale(time), RIGHT, scale(time)),
      text(LEFT - 10, scale(time) + 4, seconds(time), AT_AXIS),
    ]),
    line(LEFT, never, RIGHT, never, { 'stroke-dasharray': '2 4' }),
    text(LEFT - 10, never + 4, `> ${HOLD_MINUTES} min`, AT_AXIS),
    ...columns.flatMap(({ label, changed, healthy }, column) => {
      const middle = LEFT + step * (column + 0.5);
      return [
        text(middle, top + height + 18, label, CENTRED),
        ...METHODS.map((method, index) =>
          mark(
            index,
            middle + (index - 2) * 28,
            at(outcomeOf(changed, method)),
            outcomeOf(healthy, method).alarms > TOO_MANY_ALARMS,
          ),
        ),
      ];
    }),
  ];
}
