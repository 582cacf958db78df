import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startTraffic, type Traffic } from '../sandbox/traffic/traffic.ts';
import { plainLog } from './plain-log.ts';
import { openReview, type Review } from './review.ts';
import { runStep, type StepResult } from './runner.ts';
import type { Run, Scene } from './scenes.ts';
import { writeShop } from './shop.ts';

const NAMESPACE = 'shop';
/** Between two requests to a Service: a hundred a second, of which a comparison can learn within seconds. */
const INTERVAL_MS = 10;
/** Services that no user of the shop knows. */
const OF_ONE_VERSION = ['*-canary', '*-preview', '*-stable'];

export interface Stage {
  root: string;
  /** For the workspace and the kubeconfig. */
  folder: string;
  kubeconfig: string;
  sandbox: Sandbox;
  print: (text: string) => void;
}

export interface PlayedRun {
  title: string;
  expected: string;
  phase: string;
  summary: string;
  /** Of its pull request, as it is after the run. */
  conversation: { title: string; markdown: string }[];
}

/** Runs the action's own bundle for each scene, one after another, on the same cluster, while requests flow. */
export async function play(stage: Stage, scenes: readonly Scene[]): Promise<PlayedRun[]> {
  const played: PlayedRun[] = [];
  const workspace = join(stage.folder, 'workspace');
  await mkdir(workspace, { recursive: true });
  for (const scene of scenes) {
    const { title, about, runs, annotations } = scene;
    stage.print(`\n\n${bold(title)}\n${about}\n`);
    await writeShop(join(stage.root, 'docs/examples/shop'), join(workspace, 'shop'), annotations);
    const { api, metrics } = stage.sandbox;
    const traffic = startTraffic(api, {
      namespace: NAMESPACE,
      exclude: OF_ONE_VERSION,
      intervalMs: INTERVAL_MS,
      metrics,
    });
    const review = scene.isReviewed ? await openReview(stage.folder) : undefined;
    for (const run of runs) {
      const { inputs, comment, expected } = run;
      stage.print(`\n${comment ? `${comment.author} comments: ${comment.body}` : withText(inputs)}\n`);
      const { outputs, summary } = await perform(stage, workspace, scene, run, played.length, review);
      const part = run === runs[0] ? title : `${title}: ${comment ? comment.body : inputs['action']}`;
      const conversation = review ? review.conversation() : [];
      played.push({ title: part, expected, phase: outputs['phase'] ?? '', summary, conversation });
    }
    if (review) await review.close();
    stage.print(flowed(traffic));
    traffic.stop();
  }
  return played;
}

async function perform(
  { root, kubeconfig, print }: Stage,
  workspace: string,
  { tags }: Scene,
  { inputs, comment }: Run,
  index: number,
  review: Review | undefined,
): Promise<StepResult> {
  const reviewed = comment ? await review?.commented(comment.author, comment.body) : review?.pushed();
  const log = plainLog(print);
  const images = ['web', 'cart', 'catalog'].map((name, place) => `ghcr.io/example/shop-${name}:${tags[place]}`);
  const wanted = { manifests: 'shop', images: images.join('\n'), 'create-namespace': 'true' };
  return runStep({
    bundle: join(root, 'dist/main.js'),
    workspace,
    // Whoever promotes needs nothing but the release: the record in the cluster has the rest.
    inputs: {
      ...(inputs['action'] || comment ? {} : wanted),
      namespace: NAMESPACE,
      release: 'shop',
      ...inputs,
      ...reviewed?.inputs,
    },
    env: {
      KUBECONFIG: kubeconfig,
      GITHUB_RUN_ID: String(1001 + index),
      ...reviewed?.env,
      ...(process.env['NO_COLOR'] ? { NO_COLOR: '1' } : {}),
    },
    onLog: text => log(text),
  });
}

/** As it would stand in a workflow. */
function withText(inputs: Run['inputs']): string {
  const quoted = (value: string): string => (/[,[]/.test(value) ? JSON.stringify(value) : value);
  return `with: { ${Object.entries(inputs)
    .map(([name, value]) => `${name}: ${quoted(value)}`)
    .join(', ')} }`;
}

function flowed(traffic: Traffic): string {
  const { sent } = traffic.counts();
  if (sent === 0) return '';
  const { losses } = traffic;
  const from = [
    ...new Set(losses.map(({ pod, service, route }) => (pod ? `Pod ${pod}` : (route ?? `Service ${service}`)))),
  ].join(', ');
  const ended = losses.length > 0 ? `${losses.length} got no answer from ${from}` : 'all of them were answered';
  return `\n${bold(`Meanwhile ${sent} requests were sent to web, cart and catalog: ${ended}.`)}\n`;
}

function bold(text: string): string {
  return process.env['NO_COLOR'] ? text : `\u001b[1m${text}\u001b[0m`;
}
