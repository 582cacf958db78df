import type { LiveReport } from '../live-report.ts';
import { code, type Markdown } from '../markdown.ts';
import type { WorkloadReport } from '../model.ts';
import { objectName } from '../names.ts';
import type { CommentDetail } from './detail.ts';
import { standOf } from './stand.ts';

type Watched = NonNullable<WorkloadReport['twin']>;

/** Whether what is being changed can serve, while that counts: the new version beside stable, or else the workloads themselves. */
export function workloadsPart(report: LiveReport, detail: CommentDetail): Markdown | undefined {
  const stand = standOf(report);
  if (stand === 'over' || stand === 'in-place' || stand === 'back') return undefined;
  const isBeside = report.traffic !== undefined && !report.step?.promoting;
  const watched: readonly Watched[] = isBeside
    ? report.workloads.flatMap(({ twin }) => twin ?? [])
    : report.workloads.filter(({ change }) => change !== undefined);
  const known = watched.filter(({ health }) => health !== 'unknown');
  if (known.length === 0) return undefined;
  const waiting = known.filter(({ health }) => health !== 'healthy').toSorted((a, b) => rank(a) - rank(b));
  const shown = waiting.slice(0, detail.rows).map(one => waitingText(one, report));
  if (waiting.length > shown.length) shown.push(`${waiting.length - shown.length} more`);
  const rest = shown.length > 0 ? `; ${shown.join(', ')}` : '';
  const title = isBeside ? 'New version' : 'Workloads';
  const what = isBeside ? ' workloads' : '';
  const soFar = known.length < watched.length ? ' so far' : '';
  return `**${title}:** ${known.length - waiting.length} of ${watched.length}${what} healthy${soFar}${rest}`;
}

function rank({ health }: Watched): number {
  return health === 'failed' ? 0 : 1;
}

function waitingText({ ref, health, replicas }: Watched, report: LiveReport): Markdown {
  const pods = replicas ? ` (${replicas.ready} of ${replicas.desired} ready)` : '';
  return `${health === 'failed' ? '❌ failed' : '⏳ not ready yet'}: ${code(objectName(ref, report), 130)}${pods}`;
}
