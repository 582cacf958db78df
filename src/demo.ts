import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import markdownStyle from 'github-markdown-css/github-markdown.css' with { type: 'text' };
import { play } from './demo/play.ts';
import { installPrometheus } from './demo/prometheus.ts';
import { SCENES } from './demo/scenes.ts';
import { renderPage } from './report/page.ts';
import { openSandboxServer } from './sandbox/server.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'demo-out');
await mkdir(folder, { recursive: true });
const kubeconfig = join(folder, 'kubeconfig');
const server = await openSandboxServer({ kubeconfig });
console.log(
  'An example shop, released to a Kubernetes API inside this process; each run is a process of its own, as on GitHub.',
);
try {
  await installPrometheus(server.sandbox);
  const print = (text: string): void => void process.stdout.write(text);
  const played = await play({ root, folder, kubeconfig, sandbox: server.sandbox, print }, SCENES);
  const page = join(folder, 'summaries.html');
  const sections = played.map(({ title, summary }) => ({ title, markdown: summary }));
  await writeFile(page, renderPage({ title: 'Sluice: job summaries of the demo', sections, markdownStyle }));
  const talks = played.filter(({ conversation }) => conversation.length > 0);
  const talk = join(folder, 'pull-request.html');
  const said = talks.flatMap(({ title, conversation }) =>
    conversation.map(one => ({ title: `${title} · ${one.title}`, markdown: one.markdown })),
  );
  await writeFile(talk, renderPage({ title: 'Sluice: a pull request of the demo', sections: said, markdownStyle }));
  console.log(`\nThe ${played.length} job summaries, as GitHub would show them: ${page}`);
  console.log(`The pull request of the last one, before and after it was promoted: ${talk}`);
  const wrong = played.filter(({ phase, expected }) => phase !== expected);
  for (const { title, phase, expected } of wrong)
    console.error(`${title}: expected ${expected}, ended ${phase || 'without a phase'}.`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await server.close();
}
