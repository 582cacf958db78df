import { describe, expect, it } from '@jest/globals';
import { renderPage } from '../../src/report/page.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { failed, rolledBack, succeeded } from './models.ts';

const page = (model: typeof failed): string =>
  renderPage({
    title: 'Demo',
    markdownStyle: '.markdown-body { color: black }',
    sections: [{ title: 'one <b>', markdown: summaryOf(model) }],
  });

describe('the page', () => {
  it('loads nothing and runs nothing', () => {
    for (const model of [failed, rolledBack, succeeded]) {
      expect(page(model)).not.toMatch(/<(script|link|img|iframe)|url\(|@import/);
      expect(page(model)).toContain(`default-src 'none'`);
    }
  });

  it('draws the timeline with a bar a step', () => {
    const html = page(rolledBack);
    expect(html.match(/<rect class="(done|crit)"/g)).toHaveLength(6);
    expect(html.match(/<rect class="crit"/g)).toHaveLength(1);
    expect(html).not.toContain('dateFormat');
  });

  it('shows a diagram that is not ours as its source', () => {
    const html = renderPage({
      title: 'x',
      markdownStyle: '',
      sections: [{ title: 'x', markdown: '```mermaid\npie\n  "a" : 1\n```' }],
    });
    expect(html).toContain('pie');
    expect(html).not.toContain('<figure>');
  });

  it('shows boxes as GitHub does, and escapes titles', () => {
    expect(page(failed)).toContain('markdown-alert-caution');
    expect(page(failed)).not.toContain('[!');
    expect(page(failed)).toContain('one &#60;b&#62;');
  });
});
