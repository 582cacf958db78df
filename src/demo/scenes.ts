import { join } from 'node:path';
import { plainLog } from './plain-log.ts';
import { runStep } from './runner.ts';

export interface Scene {
  title: string;
  about: string;
  /** Tags of the shop's images; web, cart and catalog in this order. */
  tags: readonly [string, string, string];
  expected: string;
}

/** The sandbox cannot pull an image whose tag has `bad` in it. */
export const SCENES: readonly Scene[] = [
  {
    title: '1. First deploy',
    about: 'Three Deployments with Services, a ConfigMap and an Ingress; nothing was there before.',
    tags: ['1.0.0', '1.0.0', '1.0.0'],
    expected: 'succeeded',
  },
  {
    title: '2. Upgrade',
    about: 'web and cart get a new version; catalog stays as it is.',
    tags: ['1.1.0', '1.1.0', '1.0.0'],
    expected: 'succeeded',
  },
  {
    title: '3. A broken version',
    about: 'The new image of web does not exist: Sluice says why and goes back.',
    tags: ['1.2.0-bad', '1.2.0', '1.0.0'],
    expected: 'rolled-back',
  },
];

export interface Stage {
  root: string;
  /** For the runner's files. */
  folder: string;
  kubeconfig: string;
  scenes: readonly Scene[];
  print: (text: string) => void;
}

export interface PlayedScene {
  title: string;
  expected: string;
  phase: string;
  summary: string;
}

/** Runs the action's own bundle for each scene, one after another, on the same cluster. */
export async function runScenes({ root, kubeconfig, scenes, print }: Stage): Promise<PlayedScene[]> {
  const played: PlayedScene[] = [];
  for (const { title, about, tags, expected } of scenes) {
    print(`\n\u001b[1m${title}\u001b[0m\n${about}\n\n`);
    const log = plainLog(print);
    const [web, cart, catalog] = tags;
    const images = [
      `ghcr.io/example/shop-web:${web}`,
      `ghcr.io/example/shop-cart:${cart}`,
      `ghcr.io/example/shop-catalog:${catalog}`,
    ];
    const run = await runStep({
      bundle: join(root, 'dist/main.js'),
      workspace: root,
      inputs: {
        action: 'deploy',
        manifests: 'docs/examples/shop',
        images: images.join('\n'),
        namespace: 'shop',
        'create-namespace': 'true',
        release: 'shop',
        timeout: '1m',
      },
      env: { KUBECONFIG: kubeconfig, ...(process.env['NO_COLOR'] ? { NO_COLOR: '1' } : {}) },
      onLog: text => log(text),
    });
    played.push({ title, expected, phase: run.outputs['phase'] ?? '', summary: run.summary });
  }
  return played;
}
