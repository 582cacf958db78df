import type { Detail } from '../detail.ts';
import { code, heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ContainerImage, ReportModel, WorkloadReport } from '../model.ts';
import { imageChange, objectCode } from '../names.ts';
import { counted, durationText } from '../plain-text.ts';

/** What runs: trouble first, then what changed. */
export function workloadsSection(model: ReportModel, detail: Detail): Markdown | undefined {
  // A run that ended before it asked the cluster has nothing to say of them.
  if (!model.traffic && !model.workloads.some(({ change, health }) => change || health !== 'unknown')) return undefined;
  const sorted = model.workloads.toSorted((a, b) => rank(a) - rank(b));
  const shown = sorted.slice(0, detail.rows);
  const rows = shown.flatMap(workload => [
    [
      objectCode(workload.ref, model),
      healthCell(workload, model, detail),
      readyCell(workload),
      changeCell(workload, model),
      imagesCell(workload, model, detail),
      workload.seconds === undefined ? '' : durationText(workload.seconds * 1000),
    ],
    ...twinRows(workload, model, detail),
    ...baselineRows(workload, model, detail),
  ]);
  const hidden = sorted.slice(shown.length);
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

/** The new version beside the old one, while both run. */
function twinRows({ twin, images }: WorkloadReport, model: ReportModel, detail: Detail): Markdown[][] {
  if (!twin) return [];
  const fresh = lines(images, detail, ({ to }) => code(imageChange(undefined, to).to));
  const health = healthCell(twin, model, detail, false);
  return [[objectCode(twin.ref, model), health, readyCell(twin), 'the new version', fresh, '']];
}

/** The old version once more, for the comparison. */
function baselineRows({ baseline, images }: WorkloadReport, model: ReportModel, detail: Detail): Markdown[][] {
  if (!baseline) return [];
  const old = lines(images, detail, ({ from, to }) => code(imageChange(undefined, from ?? to).to));
  const health = healthCell(baseline, model, detail, false);
  return [[objectCode(baseline.ref, model), health, readyCell(baseline), 'the baseline', old, '']];
}

function readyCell({ replicas }: Pick<WorkloadReport, 'replicas'>): Markdown {
  return replicas ? `${replicas.ready} of ${replicas.desired}` : '';
}

function changeCell({ change, resized }: WorkloadReport, model: ReportModel): Markdown {
  if (change) return change;
  if (!model.traffic) return model.phase === 'unchanged' ? 'unchanged' : 'not written';
  if (!isUntouched(model)) return '';
  return resized === undefined ? 'not touched' : `size: ${counted(resized, 'pod')}`;
}

/** Until it is promoted a release that moves traffic leaves stable alone, but for its size. */
function isUntouched({ traffic, step, phase }: ReportModel): boolean {
  return traffic !== undefined && (!step?.promoting || phase === 'rolled-back');
}

function healthCell(
  { health, message, replicas, change }: Omit<WorkloadReport, 'images'>,
  model: ReportModel,
  detail: Detail,
  isStable = true,
): Markdown {
  const { updated, desired } = replicas ?? {};
  if (health === 'healthy')
    return updated !== undefined && desired !== undefined && updated < desired
      ? `⚠️ new version on ${updated} of ${desired}`
      : HEALTH.healthy;
  if (health === 'unknown' && !change && isStable && isUntouched(model)) return 'as before';
  // The cause is told in full at the top.
  if (!message || model.failure?.headline.includes(message)) return HEALTH[health];
  return `${HEALTH[health]}: ${text(message, detail.text)}`;
}

function imagesCell({ images, change, twin }: WorkloadReport, model: ReportModel, detail: Detail): Markdown {
  const isBack = change === 'restored' || (model.traffic !== undefined && model.phase === 'rolled-back' && !change);
  return lines(images, detail, ({ from, to }) => {
    const image = imageChange(from, to);
    if (image.from === undefined) return code(image.to);
    // The new one has a row of its own.
    if (twin && !change) return code(image.from);
    return isBack ? `${code(image.from)} (tried ${code(image.to)})` : `${code(image.from)} → ${code(image.to)}`;
  });
}

function lines(
  images: readonly ContainerImage[],
  detail: Detail,
  words: (image: ContainerImage) => Markdown,
): Markdown {
  return images
    .slice(0, detail.rows)
    .map(image => (images.length > 1 ? `${text(image.container)}: ${words(image)}` : words(image)))
    .join('<br>');
}
