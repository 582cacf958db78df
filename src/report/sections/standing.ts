import type { Detail } from '../detail.ts';
import { code, heading, link, list, type Markdown, paragraphs, text } from '../markdown.ts';
import type { ReportModel } from '../model.ts';
import { timeText } from '../plain-text.ts';
import type { Decision } from '../progress-model.ts';
import { requestsText } from '../traffic-text.ts';

/** Where a release stands that was only asked about. */
export function standingSection(model: ReportModel, detail: Detail): Markdown | undefined {
  const { standing, step, traffic, pause } = model;
  if (!standing) return undefined;
  const { status, startedAt, endedAt, holder, back } = standing;
  const isOpen = status === 'paused' || status === 'in-progress';
  const weight = traffic?.weights.at(-1);
  return paragraphs([
    heading(3, 'How it stands'),
    list([
      `Status ${code(status)}, begun ${timeText(startedAt)}${endedAt === undefined ? '' : `, ended ${timeText(endedAt)}`}`,
      ...(step && isOpen ? [`Step ${step.index} of ${step.of}: ${text(step.name, detail.text)}`] : []),
      ...(weight && !weight.end && isOpen ? [`The new version has ${text(requestsText(weight))}`] : []),
      ...(pause && status === 'paused'
        ? [
            `Paused since ${timeText(pause.at)}${pause.resumeAt === undefined ? '' : `, until ${timeText(pause.resumeAt)}`}${pause.detail ? `: ${text(pause.detail, detail.text)}` : ''}`,
          ]
        : []),
      ...(back ? [`${isOpen ? 'It is being taken back' : 'It was taken back'}: ${text(back, detail.text)}`] : []),
      holder ? `A run works on it: ${runLink(holder)}` : 'No run works on it now',
    ]),
  ]);
}

/** Who has said what while the run was under way. */
export function decisionsSection({ decisions }: ReportModel, detail: Detail): Markdown | undefined {
  if (decisions.length === 0) return undefined;
  const shown = decisions.slice(0, detail.rows).map(decisionText).join('; ');
  return `Told meanwhile: ${shown}${decisions.length > detail.rows ? '; …' : ''}.`;
}

function decisionText({ at, verb, by }: Decision): Markdown {
  return `**${text(verb)}** by ${personText(by)} at ${timeText(at).slice(11)}`;
}

/** `ada in https://…/runs/7`, with the run as a link. */
function personText(by: string): Markdown {
  const [, name = '', url] = /^(.*?)(?:\s*\bin\s+)?(https?:\/\/\S+)$/.exec(by) ?? [];
  if (!url) return text(by, 200);
  return name ? `${text(name, 200)} in ${link('its run', url)}` : link('another run', url);
}

function runLink(holder: string): Markdown {
  return /^https?:\/\//.test(holder) ? link('its log', holder) : text(holder, 200);
}
