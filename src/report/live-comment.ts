import { createHash } from 'node:crypto';
import { barPart } from './comment/bar.ts';
import { checksPart } from './comment/checks.ts';
import { COMMENT_STAGES, type CommentDetail } from './comment/detail.ts';
import { failurePart } from './comment/failure.ts';
import { decisionsPart, footerPart, minuteText } from './comment/footer.ts';
import { releaseHeading } from './comment/heading.ts';
import { personText } from './comment/links.ts';
import { commandsPart, nextText } from './comment/next.ts';
import { quoted } from './comment/quote.ts';
import { standOf } from './comment/stand.ts';
import { stepsPart } from './comment/steps.ts';
import { workloadsPart } from './comment/workloads.ts';
import type { LiveReport } from './live-report.ts';
import { heading, list, type Markdown, paragraphs } from './markdown.ts';
import { counted } from './plain-text.ts';

/** GitHub takes 65,536 characters. */
export const COMMENT_LENGTH = 60_000;

/** In the first line of the live comment of a release, by which later runs find it; nobody sees it. */
export function liveMarker({
  server,
  namespace,
  release,
}: {
  server: string;
  namespace: string;
  release: string;
}): string {
  // The address of a cluster is nobody's business on a pull request.
  const hash = createHash('sha256')
    .update(JSON.stringify([server, namespace, release]))
    .digest('hex')
    .slice(0, 10);
  return `<!-- sluice:live ${markerWord(namespace)}/${markerWord(release)} ${hash} -->`;
}

/** Only for the eye: the hash tells what it stands for. Nothing in it ends an HTML comment. */
function markerWord(name: string): string {
  return name.slice(0, 100).replace(/[^A-Za-z0-9.-]|-(?=-)/g, '_');
}

export interface LiveCommentOptions {
  /** See `liveMarker`. */
  marker: string;
  /** Of commands, as the project has it: `/`, `!`, `/sluice`. */
  prefix: string;
  /** When the release has changed last, in milliseconds since the epoch. */
  at: number;
}

/** The live comment: how a release stands, short enough for a phone. Told in less detail, stage by stage, until GitHub takes it. */
export function liveComment(report: LiveReport, { marker, prefix, at }: LiveCommentOptions): Markdown {
  return fitting(detail => `${marker}\n${stateParts(report, { prefix, at, detail })}\n`);
}

/** The first in full detail that fits; the last stage always does. */
export function fitting(render: (detail: CommentDetail) => Markdown): Markdown {
  let rendered = '';
  for (const detail of COMMENT_STAGES) {
    rendered = render(detail);
    if (rendered.length <= COMMENT_LENGTH) break;
  }
  return rendered;
}

/** Everything that is told of a release, below a heading. */
export function stateParts(
  report: LiveReport,
  { prefix, at, detail }: { prefix: string; at: number; detail: CommentDetail },
): Markdown {
  return paragraphs([
    heading(3, releaseHeading(report)),
    nowPart(report, detail),
    barPart(report),
    stepsPart(report, detail),
    workloadsPart(report, detail),
    checksPart(report, detail),
    failurePart(report, detail),
    warningsPart(report, detail),
    decisionsPart(report, detail),
    commandsPart(report, prefix),
    footerPart(report, at),
  ]);
}

function nowPart(report: LiveReport, detail: CommentDetail): Markdown {
  const next = nextText(report, 2 * detail.text);
  return [
    `**Now:** ${quoted(report.headline.serves, 3 * detail.text)}`,
    ...pauseLine(report, detail),
    ...(next ? [`**Next:** ${next}`] : []),
  ].join('\\\n');
}

function pauseLine(report: LiveReport, detail: CommentDetail): Markdown[] {
  const { pause, facts } = report;
  if (!pause || standOf(report) !== 'waiting') return [];
  // An approval's detail is the weight, and a check's its message: both are told already.
  const by = pause.why === 'command' && pause.detail?.startsWith('by ') ? pause.detail.slice(3) : undefined;
  const why =
    by !== undefined
      ? `, by ${personText(by, facts)}`
      : pause.detail && pause.why === 'time'
        ? `: ${quoted(pause.detail, detail.text)}`
        : '';
  return [`**Since:** ${minuteText(pause.at)}${why}`];
}

function warningsPart({ warnings }: LiveReport, detail: CommentDetail): Markdown | undefined {
  if (warnings.length === 0) return undefined;
  const shown = warnings.slice(0, detail.rows).map(warning => `⚠️ Warning: ${quoted(warning, detail.text)}`);
  const more = warnings.length - shown.length;
  return list(more > 0 ? [...shown, `… and ${counted(more, 'further warning')} in the summary.`] : shown);
}
