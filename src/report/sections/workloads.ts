import type { Detail } from '../detail.ts';
import { code, heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ReportModel, WorkloadReport } from '../model.ts';
import { imageChange, objectCode } from '../names.ts';
import { counted, durationText } from '../plain-text.ts';

/** What runs: trouble first, then what changed. */
export function workloadsSection(model: ReportModel, detail: Detail): Markdown | undefined {
  // A run that ended before it asked the cluster has nothing to say of them.
  if (!model.workloads.some(({ change, health }) => change || health !== 'unknown')) return undefined;
  const sorted = model.workloads.toSorted((a, b) => rank(a) - rank(b));
  const rows = sorted
    .slice(0, detail.rows)
    .map(workload => [
      objectCode(workload.ref, model),
      healthCell(workload, model, detail),
      workload.replicas ? `${workload.replicas.ready} of ${workload.replicas.desired}` : '',
      workload.change ?? (model.phase === 'unchanged' ? 'unchanged' : 'not written'),
      imagesCell(workload, detail),
      workload.seconds === undefined ? '' : durationText(workload.seconds * 1000),
    ]);
  const hidden = sorted.slice(rows.length);
  return paragraphs([
    heading(3, 'Workloads'),
    table(['Workload', 'Health', 'Ready', 'Change', 'Image', 'Took'], rows),
    hidden.length > 0 ? `… and ${counted(hidden.length, 'further workload')}: ${tally(hidden)}.` : undefined,
  ]);
}

const HEALTH = {
  failed: '❌ failed',
  progressing: '⏳ not ready yet',
  unknown: 'not known',
  healthy: '✅ healthy',
} as const;
const HEALTH_ORDER = ['failed', 'progressing', 'unknown', 'healthy'] as const;

function rank({ health, change }: WorkloadReport): number {
  return HEALTH_ORDER.indexOf(health) * 2 + (change === 'unchanged' ? 1 : 0);
}

function tally(workloads: readonly WorkloadReport[]): string {
  return HEALTH_ORDER.flatMap(health => {
    const count = workloads.filter(workload => workload.health === health).length;
    return count > 0 ? [`${count} ${HEALTH[health]}`] : [];
  }).join(', ');
}

function healthCell({ health, message, replicas }: WorkloadReport, model: ReportModel, detail: Detail): Markdown {
  const { updated, desired } = replicas ?? {};
  if (health === 'healthy')
    return updated !== undefined && desired !== undefined && updated < desired
      ? `⚠️ new version on ${updated} of ${desired}`
      : HEALTH.healthy;
  // The cause is told in full at the top.
  if (!message || model.failure?.headline.includes(message)) return HEALTH[health];
  return `${HEALTH[health]}: ${text(message, detail.text)}`;
}

function imagesCell({ images, change }: WorkloadReport, detail: Detail): Markdown {
  const named = images.length > 1;
  const lines = images.slice(0, detail.rows).map(({ container, from, to }) => {
    const image = imageChange(from, to);
    const words =
      image.from === undefined
        ? code(image.to)
        : change === 'restored'
          ? `${code(image.from)} (tried ${code(image.to)})`
          : `${code(image.from)} → ${code(image.to)}`;
    return named ? `${text(container)}: ${words}` : words;
  });
  return lines.join('<br>');
}
