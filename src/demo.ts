import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import markdownStyle from 'github-markdown-css/github-markdown.css' with { type: 'text' };
import { runScenes, SCENES } from './demo/scenes.ts';
import { renderPage } from './report/page.ts';
import { openSandboxServer } from './sandbox/server.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'demo-out');
await mkdir(folder, { recursive: true });
const kubeconfig = join(folder, 'kubeconfig');
const server = await openSandboxServer({ kubeconfig });
console.log('An example shop, released three times to a Kubernetes API inside this process.');
try {
  const played = await runScenes({
    root,
    folder,
    kubeconfig,
    scenes: SCENES,
    print: text => process.stdout.write(text),
  });
  const page = join(folder, 'summaries.html');
  const sections = played.map(({ title, summary }) => ({ title, markdown: summary }));
  await writeFile(page, renderPage({ title: 'Sluice: job summaries of the demo', sections, markdownStyle }));
  console.log(`\nThe three job summaries, as GitHub would show them: ${page}`);
  const wrong = played.filter(({ phase, expected }) => phase !== expected);
  for (const { title, phase, expected } of wrong)
    console.error(`${title}: expected ${expected}, ended ${phase || 'without a phase'}.`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await server.close();
}
