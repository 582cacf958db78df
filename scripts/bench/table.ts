import type { Result } from './result.ts';

type Row = readonly string[];

const HEAD: Row = [
  'operation',
  'Deployments + Services',
  'Sluice',
  'kubectl',
  'of it apply',
  'ratio',
  'ms an object',
  'requests (limit)',
  'kubectl',
  'writes',
  'connections',
  'kubectl',
  'memory MiB',
  'start-up ms',
];

/** A table that reads well in a terminal and in Markdown. Ratio is Sluice's time over kubectl's: below 1 Sluice is faster. */
export function tableOf(results: readonly Result[]): string {
  const rows = results.map(rowOf);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map(row => (row[column] ?? '').length)));
  const line = (row: Row): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(HEAD), line(rule), ...rows.map(line)].join('\n');
}

function rowOf({ operation, pairs, sluice, kubectl }: Result): Row {
  const objects = 2 * pairs;
  return [
    operation,
    `${pairs} + ${pairs}`,
    seconds(sluice.wallMs),
    seconds(kubectl?.wallMs),
    seconds(kubectl?.applyMs),
    kubectl ? (sluice.wallMs / kubectl.wallMs).toFixed(2) : '–',
    (sluice.wallMs / objects).toFixed(1),
    `${whole(sluice.requests)} (${2 * objects + 10})`,
    whole(kubectl?.requests),
    whole(sluice.writes),
    whole(sluice.connections),
    whole(kubectl?.connections),
    whole(sluice.memoryMiB),
    whole(sluice.startUpMs),
  ];
}

function seconds(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '–' : `${(milliseconds / 1_000).toFixed(2)} s`;
}

function whole(value: number | undefined): string {
  return value === undefined ? '–' : String(Math.round(value));
}
