import { type Detail, STAGES } from './detail.ts';
import { type Markdown, paragraphs } from './markdown.ts';
import type { ReportModel } from './model.ts';
import { changesSection } from './sections/changes.ts';
import { checksSection } from './sections/checks.ts';
import { factsSection } from './sections/facts.ts';
import { failureSection, nextStepsSection } from './sections/failure.ts';
import { decisionsSection, standingSection } from './sections/standing.ts';
import { timelineSection } from './sections/timeline.ts';
import { trafficSection } from './sections/traffic.ts';
import { verdictSection, warningsSection } from './sections/verdict.ts';
import { workloadsSection } from './sections/workloads.ts';

/** GitHub takes 1 MiB from a step; other lines of the same step may stand there already. */
export const SUMMARY_BYTES = 1_000_000;

const SHORTENED = '*Some details were left out to stay within GitHub’s limit; the log has them all.*';

/** The job summary. Told in less detail, stage by stage, until it has at most so many bytes of UTF-8. */
export function summaryOf(model: ReportModel, maxBytes: number = SUMMARY_BYTES): Markdown {
  for (const detail of STAGES) {
    const all = [model, ...(model.others ?? [])].map(one => render(one, detail));
    const rendered = `${paragraphs([...all, detail === STAGES[0] ? undefined : SHORTENED])}\n`;
    if (Buffer.byteLength(rendered) <= maxBytes) return rendered;
  }
  return cut(`${verdictSection(model)}\n\n${SHORTENED}\n`, maxBytes);
}

function render(model: ReportModel, detail: Detail): Markdown {
  const failure = failureSection(model, detail);
  const next = nextStepsSection(model, detail);
  // Whoever must decide or mend finds how to, before all that is only good to know.
  const isUrgent = failure !== undefined || model.phase === 'paused' || model.standing?.status === 'paused';
  return paragraphs([
    verdictSection(model),
    failure,
    isUrgent ? next : undefined,
    warningsSection(model, detail.text, detail.rows),
    standingSection(model, detail),
    factsSection(model),
    decisionsSection(model, detail),
    trafficSection(model, detail),
    checksSection(model, detail),
    timelineSection(model, detail),
    workloadsSection(model, detail),
    changesSection(model, detail),
    isUrgent ? undefined : next,
  ]);
}

/** No code block is open in what is cut here. */
function cut(markdown: Markdown, maxBytes: number): Markdown {
  const bytes = Buffer.from(markdown);
  return bytes.length <= maxBytes
    ? markdown
    : bytes
        .subarray(0, maxBytes)
        .toString('utf8')
        .replace(/\ufffd+$/, '');
}
