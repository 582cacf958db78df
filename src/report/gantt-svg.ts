import { shortened } from './plain-text.ts';

interface Bar {
  label: string;
  outcome: string;
  from: number;
  to: number;
}

const ROW = 26;
const LABELS = 330;
const CHART = 560;
const RIGHT = 24;
const TOP = 34;
const MOST_TICKS = 7;
/** Milliseconds between two lines of the grid. */
const INTERVALS = [
  100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000,
  14_400_000,
];

/** Our own gantt source (as `gantt.ts` writes it) as a small drawing; nothing where the source is something else. */
export function ganttSvg(source: string): string | undefined {
  if (!source.startsWith('gantt\n')) return undefined;
  const rows = source.split('\n').flatMap(line => parseLine(line));
  const bars = rows.filter(row => typeof row !== 'string');
  const total = Math.max(...bars.map(({ to }) => to));
  if (bars.length === 0 || !Number.isFinite(total) || total <= 0) return undefined;
  const height = TOP + rows.length * ROW + 8;
  const x = (at: number): number => Math.round((LABELS + (at / total) * CHART) * 10) / 10;
  const interval = INTERVALS.find(length => total / length <= MOST_TICKS) ?? total;
  const ticks = Array.from({ length: Math.floor(total / interval) + 1 }, (_, index) => interval * index);
  return [
    `<svg class="gantt" viewBox="0 0 ${LABELS + CHART + RIGHT} ${height}" role="img" aria-label="Timeline of the steps; the table below says the same">`,
    ...ticks.map(
      at =>
        `<line class="grid" x1="${x(at)}" x2="${x(at)}" y1="${TOP - 6}" y2="${height - 8}"/><text class="tick" x="${x(at)}" y="${TOP - 14}" text-anchor="middle">${elapsed(at, total)}</text>`,
    ),
    ...rows.map((row, index) => {
      const y = TOP + index * ROW;
      if (typeof row === 'string') return `<text class="section" x="0" y="${y + 17}">${escapeXml(row)}</text>`;
      const width = Math.max(3, x(row.to) - x(row.from));
      return `<text x="12" y="${y + 17}">${escapeXml(fitted(row.label))}</text><rect class="${row.outcome}" x="${x(row.from)}" y="${y + 4}" width="${width.toFixed(1)}" height="${ROW - 8}" rx="3"/>`;
    }),
    '</svg>',
  ].join('\n');
}

/** Characters that fit beside the bars. */
const LONGEST_LABEL = 50;

/** What came of the step, in brackets at the end, is worth more than the end of its name. */
function fitted(label: string): string {
  const [, name = label, outcome = ''] = /^(.*)( \([^()]*\))$/.exec(label) ?? [];
  return label.length <= LONGEST_LABEL
    ? label
    : `${shortened(name.replace(/…$/, ''), LONGEST_LABEL - outcome.length)}${outcome}`;
}

const TASK = /^ {2}(.+) :(?:(done|crit|active), )?2000-01-03 ([\d:.]+), 2000-01-03 ([\d:.]+)$/;

function parseLine(line: string): (Bar | string)[] {
  if (line.startsWith('  section ')) return [line.slice('  section '.length)];
  const [, label, outcome = 'pending', from, to] = TASK.exec(line) ?? [];
  return label && from && to ? [{ label, outcome, from: timeOf(from), to: timeOf(to) }] : [];
}

function timeOf(clock: string): number {
  return Date.parse(`1970-01-01T${clock}Z`);
}

function elapsed(at: number, total: number): string {
  const clock = new Date(Math.round(at)).toISOString();
  if (total >= 3_600_000) return clock.slice(11, 16);
  return total < 10_000 ? `${(at / 1000).toFixed(1)} s` : clock.slice(14, 19);
}

export function escapeXml(value: string): string {
  return value.replace(/[&<>"']/g, found => `&#${found.charCodeAt(0)};`);
}
