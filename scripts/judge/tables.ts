import type { ErrorCell } from './errors.ts';
import { type Figures, outcomeOf, type Result } from './figures.ts';
import { METHODS } from './methods.ts';
import type { Outcome } from './trial.ts';

export const percent = (share: number, digits: number): string => `${(share * 100).toFixed(digits)} %`;
export const seconds = (time: number): string => (time < 60 ? `${time} s` : `${+(time / 60).toFixed(1)} min`);
export const requests = (perSecond: number): string => perSecond.toLocaleString('en-US');

/** In Markdown, as docs/checks-judge.md has them. */
export function tablesOf(figures: Figures): string {
  return [
    'Releases without a difference that were stopped, the worst of the weights 5, 10, 25 and 50 %:',
    falseAlarms(figures.healthy),
    'By weight:',
    everyCell(figures.healthy),
    'Median time until the alarm, and the share of releases that had it within the hold; at 0.5 % errors and a weight of 10 %:',
    timesToDetect(figures),
  ].join('\n\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(labels: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = [...labels.map(() => '---'), ...METHODS.map(() => '--:')];
  return [row([...labels, ...METHODS]), row(rule), ...rows.map(row)].join('\n');
}

function falseAlarms(healthy: readonly Result<ErrorCell>[]): string {
  const groups = Map.groupBy(healthy, ({ cell }) => `${cell.requestsPerSecond} ${cell.base}`);
  const rows = [...groups.values()].map(results => {
    const { requestsPerSecond, base } = (results[0] as Result<ErrorCell>).cell;
    const worst = METHODS.map(method => Math.max(...results.map(result => outcomeOf(result, method).alarms)));
    return [requests(requestsPerSecond), percent(base, 1), ...worst.map(alarms => percent(alarms, 2))];
  });
  return table(['requests/s', 'errors'], rows);
}

function everyCell(healthy: readonly Result<ErrorCell>[]): string {
  const rows = healthy.map(result => [
    requests(result.cell.requestsPerSecond),
    percent(result.cell.base, 1),
    percent(result.cell.weight, 0),
    ...METHODS.map(method => percent(outcomeOf(result, method).alarms, 2)),
  ]);
  return table(['requests/s', 'errors', 'weight'], rows);
}

function timesToDetect({ errors, latency }: Figures): string {
  const cells = METHODS.map(method => (result: Result<unknown>) => timeText(outcomeOf(result, method)));
  const line = (rate: number, effect: string, result: Result<unknown>): string[] => [
    requests(rate),
    effect,
    ...cells.map(cell => cell(result)),
  ];
  return table(
    ['requests/s', 'difference'],
    [
      ...errors.map(result => line(result.cell.requestsPerSecond, `${result.cell.effect}× errors`, result)),
      ...latency.map(result => line(result.cell.requestsPerSecond, latencyText(result.cell.effect), result)),
    ],
  );
}

const latencyText = (effect: number): string =>
  effect === 1 ? 'same latency' : `+${Math.round((effect - 1) * 100)} % latency`;

function timeText({ alarms, median }: Outcome): string {
  const share = percent(alarms, alarms < 0.1 ? 2 : 0);
  return Number.isFinite(median) ? `${seconds(median)} (${share})` : `– (${share})`;
}
