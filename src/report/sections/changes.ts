import type { Detail } from '../detail.ts';
import { code, details, heading, type Markdown, paragraphs, table, text } from '../markdown.ts';
import type { ReportChange, ReportModel } from '../model.ts';
import { imageText, objectCode } from '../names.ts';
import { counted } from '../plain-text.ts';

/** More names than this are folded away. */
const NAMES_AT_A_GLANCE = 8;

export function changesSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const parts = [substitutionsPart(model, detail), ...objectsParts(model, detail)];
  return parts.some(part => part) ? paragraphs([heading(3, 'What changed'), ...parts]) : undefined;
}

const ORDER: readonly ReportChange[] = ['created', 'changed', 'restored', 'pruned', 'unchanged'];

function objectsParts(model: ReportModel, detail: Detail): (Markdown | undefined)[] {
  const groups = ORDER.flatMap(change => {
    const objects = model.objects.filter(group => group.change === change).flatMap(group => group.objects);
    return objects.length > 0 ? [{ change, objects }] : [];
  });
  const short = (objects: readonly unknown[]): boolean => objects.length <= Math.min(NAMES_AT_A_GLANCE, detail.names);
  const lines = groups.map(({ change, objects }) => {
    const names =
      change !== 'unchanged' && short(objects) ? `: ${objects.map(ref => objectCode(ref, model)).join(', ')}` : '';
    return `- **${counted(objects.length, 'other object')}** ${change}${names}`;
  });
  const folded = groups.filter(({ change, objects }) => change === 'unchanged' || !short(objects));
  return [
    lines.join('\n'),
    ...(detail.names === 0 ? [] : folded).map(({ change, objects }) => {
      const names = objects.slice(0, detail.names).map(ref => objectCode(ref, model));
      const more = objects.length - names.length;
      return details(
        `Names of the ${counted(objects.length, 'object')} ${change}`,
        names.join(', ') + (more > 0 ? `, … and ${more} more` : ''),
      );
    }),
  ];
}

function substitutionsPart({ substitutions, namespaces }: ReportModel, detail: Detail): Markdown | undefined {
  if (substitutions.length === 0) return undefined;
  const rows = substitutions.flatMap(({ wanted, matches }) =>
    matches.map(({ ref, container, from }) => [
      code(imageText(wanted)),
      `${objectCode(ref, { namespaces })}, container ${text(container)}`,
      code(imageText(from)),
    ]),
  );
  const shown = rows.slice(0, detail.rows);
  const more = rows.length - shown.length;
  return paragraphs([
    table(['Image asked for', 'Put into', 'In place of'], shown),
    more > 0 ? `… and ${counted(more, 'further place')}.` : undefined,
  ]);
}
