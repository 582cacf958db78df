import markdownIt from 'markdown-it';
import { escapeXml, ganttSvg } from './gantt-svg.ts';
import { withIcons } from './icons.ts';
import type { Markdown } from './markdown.ts';
import { PAGE_STYLE } from './page-style.ts';

export interface PageParts {
  title: string;
  /** Reports of this project only: their raw HTML is taken over. */
  sections: readonly { title: string; markdown: Markdown }[];
  /** Of GitHub's markdown, for the class `markdown-body`. */
  markdownStyle: string;
}

const ALERT_TITLES = {
  NOTE: 'Note',
  TIP: 'Tip',
  IMPORTANT: 'Important',
  WARNING: 'Warning',
  CAUTION: 'Caution',
} as const;

/** One HTML file that shows reports much as GitHub shows them, light or dark; it loads nothing and runs nothing. */
export function renderPage({ title, sections, markdownStyle }: PageParts): string {
  const markdown = markdownIt({ html: true });
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    const drawing = token?.info === 'mermaid' ? ganttSvg(token.content.trimEnd()) : undefined;
    return drawing ? `<figure>${drawing}</figure>\n` : (fence?.(tokens, index, options, env, self) ?? '');
  };
  const body = sections.map(
    section =>
      `<section class="run"><header>${escapeXml(section.title)}</header><article class="markdown-body">${withIcons(withAlerts(markdown.render(section.markdown)))}</article></section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeXml(title)}</title>
<style>${markdownStyle}
${PAGE_STYLE}</style>
</head>
<body>
<h1>${escapeXml(title)}</h1>
${body.join('\n')}
</body>
</html>
`;
}

/** GitHub's coloured boxes, out of the quotations that they are elsewhere. */
function withAlerts(html: string): string {
  return html.replace(
    /<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\n([\s\S]*?)<\/blockquote>/g,
    (_, kind: keyof typeof ALERT_TITLES, content: string) =>
      `<div class="markdown-alert markdown-alert-${kind.toLowerCase()}"><p class="markdown-alert-title">${ALERT_TITLES[kind]}</p><p>${content}</div>`,
  );
}
