/** What GitHub's page has around the markdown of a job summary: its box, its width, its colours in light and dark. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --page: #f6f8fa; --box: #ffffff; --line: #d1d9e0; --words: #1f2328; --quiet: #59636e;
  --done: #8ab4f8; --done-line: #0969da; --bad: #ffb3ad; --bad-line: #d1242f; --now: #d4a72c; }
@media (prefers-color-scheme: dark) { :root { --page: #010409; --box: #0d1117; --line: #3d444d; --words: #f0f6fc; --quiet: #9198a1;
  --done: #1f4f8f; --done-line: #4493f8; --bad: #6e2722; --bad-line: #f85149; --now: #9e6a03; } }
body { margin: 0; padding: 32px 16px 64px; background: var(--page); color: var(--words);
  font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
h1 { max-width: 1012px; margin: 0 auto 24px; font-size: 24px; font-weight: 600; }
.run { max-width: 1012px; margin: 0 auto 24px; border: 1px solid var(--line); border-radius: 6px; background: var(--box); overflow: hidden; }
.run > header { padding: 12px 16px; border-bottom: 1px solid var(--line); background: var(--page); font-size: 14px; font-weight: 600; }
.markdown-body { padding: 24px; font-size: 16px; }
.markdown-body > :first-child { margin-top: 0; }
.markdown-body table { width: 100%; width: max-content; max-width: 100%; }
.markdown-body figure { margin: 0 0 16px; }
.markdown-body figure { overflow-x: auto; }
.gantt { display: block; width: 100%; min-width: 640px; font-size: 13px; }
.gantt text { fill: var(--words); }
.gantt .tick { fill: var(--quiet); font-size: 11px; }
.gantt .section { font-weight: 600; }
.gantt .grid { stroke: var(--line); stroke-width: 1; }
.gantt rect { fill: var(--done); stroke: var(--done-line); }
.gantt rect.crit { fill: var(--bad); stroke: var(--bad-line); stroke-width: 1.5; }
.gantt rect.active, .gantt rect.pending { fill: var(--now); stroke: none; }
@media (max-width: 600px) { body { padding: 16px 8px 32px; } .markdown-body { padding: 16px; } }
.icon { width: 1em; height: 1em; vertical-align: -0.12em; }
.icon path { fill: none; stroke: #ffffff; stroke-width: 1.6; stroke-linecap: round; stroke-linejoin: round; }
.icon.good circle { fill: #1f883d; } .icon.bad circle { fill: #cf222e; } .icon.warn circle { fill: #9a6700; }
`;
