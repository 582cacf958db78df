import { codeBlock, type Markdown } from './markdown.ts';
import type { TimelineStep } from './model.ts';
import { durationText, oneLine, shortened } from './plain-text.ts';

/** GitHub draws no diagram of 50,000 characters or more. */
const MOST_CHARACTERS = 45_000;
const MOST_BARS = 60;
/** Of the whole width: a bar must be seen. */
const SMALLEST_BAR = 1 / 150;
const DAY_MS = 86_400_000;

/** A mermaid gantt of the time since the start; nothing where there is too little, or too much, to draw. */
export function ganttChart(
  title: string,
  steps: readonly TimelineStep[],
  startedAt: number,
  endedAt: number,
): Markdown | undefined {
  // Numbered as in the table, where those that were not reached have a number, too.
  const bars = steps.map((step, index) => ({ step, index })).filter(({ step }) => step.startedAt !== undefined);
  const total = endedAt - startedAt;
  if (bars.length < 2 || bars.length > MOST_BARS || total <= 0 || total >= DAY_MS) return undefined;
  const bar = (step: TimelineStep, index: number): string => {
    const from = Math.max(0, (step.startedAt as number) - startedAt);
    const length = Math.max((step.endedAt ?? endedAt) - startedAt - from, total * SMALLEST_BAR);
    const took = step.endedAt === undefined ? '' : `, ${durationText(step.endedAt - (step.startedAt as number))}`;
    return `  ${index + 1}. ${label(step.name)} (${step.outcome}${took}) :${TAG[step.outcome]}${clock(from)}, ${clock(from + length)}`;
  };
  const numbered = bars.map(({ step, index }) => ({ step, line: bar(step, index) }));
  const lines = [
    'gantt',
    `  title ${label(title)}`,
    '  dateFormat YYYY-MM-DD HH:mm:ss.SSS',
    `  axisFormat ${total >= 3_600_000 ? '%H:%M' : '%M:%S'}`,
    ...numbered.flatMap(({ step, line }, index) => {
      const section = sectionOf(step);
      const before = numbered[index - 1]?.step;
      return before && sectionOf(before) === section ? [line] : [`  section ${section}`, line];
    }),
  ];
  const source = lines.join('\n');
  return source.length > MOST_CHARACTERS ? undefined : codeBlock(source, 'mermaid');
}

function sectionOf({ rollback, revision }: TimelineStep): string {
  return `${rollback ? 'Rollback' : 'Release'}${revision === undefined ? '' : ` of revision ${revision}`}`;
}

const TAG = {
  done: 'done, ',
  failed: 'crit, ',
  stopped: 'crit, ',
  paused: 'active, ',
  running: 'active, ',
  pending: '',
} as const;

/** Mermaid's grammar gives colons, semicolons, hashes, per cents and quotes a meaning. */
function label(name: string): string {
  return shortened(
    oneLine(name)
      .replace(/(\d) ?%/g, '$1 per cent')
      .replace(/[^\p{L}\p{N} .,/()_+’-]/gu, ' ')
      .replace(/ +/g, ' ')
      .trim(),
    60,
  );
}

/** The same day for everybody: mermaid reads and shows local time, so what it shows is the time since the start. */
function clock(milliseconds: number): string {
  return `2000-01-03 ${new Date(Math.round(milliseconds)).toISOString().slice(11, 23)}`;
}
