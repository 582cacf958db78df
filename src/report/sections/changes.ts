import type { Detail } from '../detail.ts';
import { code, details, heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ReportChange, ReportModel } from '../model.ts';
import { imageText, objectCode } from '../names.ts';
import { counted } from '../plain-text.ts';

/** More names than this are folded away. */
const NAMES_AT_A_GLANCE = 8;

export function changesSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const parts = [...objectsParts(model, detail), substitutionsPart(model, detail)];
  return parts.some(part => part) ? paragraphs([heading(3, headingOf(model)), ...parts]) : undefined;
}

/** The workloads, with what changed in them, have been told before. */
function headingOf({ objects }: ReportModel): string {
  return objects.some(({ change }) => change !== 'unchanged') ? 'What else changed' : 'Everything else';
}

const ORDER: readonly ReportChange[] = ['created', 'changed', 'restored', 'pruned', 'unchanged'];

function objectsParts(model: ReportModel, detail: Detail): (Markdown | undefined)[] {
  const groups = ORDER.flatMap(change => {
    const objects = model.objects.filter(group => group.change === change).flatMap(group => group.objects);
    return objects.length > 0 ? [{ change, objects }] : [];
  });
  const short = (objects: readonly unknown[]): boolean => objects.length <= Math.min(NAMES_AT_A_GLANCE, detail.names);
  const folds = ({ change, objects }: (typeof groups)[number]): boolean =>
    detail.names > 0 && (change === 'unchanged' || !short(objects));
  const lines = groups
    .filter(group => !folds(group))
    .map(({ change, objects }) => {
      const names = short(objects) ? `: ${objects.map(ref => objectCode(ref, model)).join(', ')}` : '';
      return `- **${counted(objects.length, 'other object')}** ${change}${names}`;
    });
  return [
    lines.join('\n'),
    ...groups.filter(folds).map(({ change, objects }) => {
      const names = objects.slice(0, detail.names).map(ref => objectCode(ref, model));
      const more = objects.length - names.length;
      return details(
        `${counted(objects.length, 'other object')} ${change}`,
        names.join(', ') + (more > 0 ? `, … and ${more} more` : ''),
      );
    }),
  ];
}

/** What the files said is of interest where an image is not what was expected; what served before stands with the workloads. */
function substitutionsPart({ substitutions, namespaces }: ReportModel, detail: Detail): Markdown | undefined {
  if (substitutions.length === 0 || detail.rows === 0) return undefined;
  const rows = substitutions.flatMap(({ wanted, matches }) =>
    matches.map(({ ref, container, from }) => [
      code(imageText(wanted)),
      `${objectCode(ref, { namespaces })}, container ${text(container)}`,
      code(imageText(from)),
    ]),
  );
  const shown = rows.slice(0, detail.rows);
  const more = rows.length - shown.length;
  return details(
    `${counted(substitutions.length, 'image')} put into the manifests`,
    paragraphs([
      table(['Image asked for', 'Put into', 'The manifest had'], shown),
      more > 0 ? `… and ${counted(more, 'further place')}.` : undefined,
    ]),
  );
}
