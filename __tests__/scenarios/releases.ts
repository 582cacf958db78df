import type { ChildProcess } from 'node:child_process';
import { afterEach } from '@jest/globals';
import type { StepResult } from '../../src/demo/runner.ts';
import type { KubeObject } from '../../src/kube.ts';
import { configMap, type DeploymentText, deployment, documents, service } from './objects.ts';
import type { SandboxWorld, World } from './world.ts';

/** Times with which a release takes seconds. */
export const BRIEF = { settle: '100ms', drain: '100ms', hold: '1s' } as const;

/** `web` in one of its versions: its Deployment, the ConfigMap that comes with the version, and its Service. */
export function app(version: number, { annotations, container = '', ...more }: DeploymentText = {}): string {
  return documents(
    configMap('settings', { version: String(version) }),
    deployment({
      ...more,
      annotations: { version: String(version), ...annotations },
      container: `          envFrom: [{configMapRef: {name: settings}}]\n${container}`,
    }),
    service(),
  );
}

/** Deploys a version of `web`, as a canary unless the inputs say otherwise. */
export async function release(
  { write, run }: World,
  version: number,
  inputs: Record<string, string> = {},
  more: DeploymentText = {},
): Promise<StepResult> {
  await write({ 'web.yaml': app(version, more) });
  return run({ ...BRIEF, strategy: 'canary', ...inputs });
}

type Workload = KubeObject<{
  replicas?: number;
  template: { metadata: { annotations?: Record<string, string> }; spec: { containers: Record<string, unknown>[] } };
}>;

/** `version 1, 2 pods`; undefined where there is no such Deployment. */
export async function standing({ get }: World, name = 'web'): Promise<string | undefined> {
  const found = (await get('apps/v1', 'Deployment', name)) as Workload | undefined;
  if (!found?.spec) return undefined;
  const { replicas, template } = found.spec;
  return `version ${template.metadata.annotations?.['version']}, ${replicas} pods`;
}

type Selecting = KubeObject<{ selector: Record<string, string> }>;

export async function selectorOf({ get }: World, name = 'web'): Promise<Record<string, string> | undefined> {
  return ((await get('v1', 'Service', name)) as Selecting | undefined)?.spec?.selector;
}

/** `2 rolled-back`, for each record, oldest first. */
export async function records({ cluster, namespace }: World): Promise<string[]> {
  const kind = { apiVersion: 'v1', kind: 'Secret' };
  const { items } = await cluster.list(kind, { namespace, labelSelector: 'sluice.dev/record=shop' });
  return items
    .map(({ metadata: { labels = {} } }) => `${labels['sluice.dev/revision']} ${labels['sluice.dev/status']}`)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
}

/** A run that goes on, and has come as far as was waited for. */
export interface Begun {
  child: ChildProcess;
  ended: Promise<StepResult>;
}

const begun = new Set<ChildProcess>();

// A scenario that fails must not leave a run at work beside the next one.
afterEach(() => {
  for (const child of begun) child.kill('SIGKILL');
  begun.clear();
});

/** Begins a run, and waits until its log has come to a step with such a name. */
export async function runUntil(
  { run }: World,
  step: RegExp,
  inputs: Record<string, string>,
  options: Parameters<World['run']>[1] = {},
): Promise<Begun> {
  const reached = Promise.withResolvers<ChildProcess>();
  let log = '';
  const ended = run(inputs, {
    env: { GITHUB_RUN_ID: '7' },
    ...options,
    onLog: (text, child) => {
      log += text;
      begun.add(child);
      const at = /^::group::\d+\/\d+ (.*)$/gm;
      if ([...log.matchAll(at)].some(([, name = '']) => step.test(name))) reached.resolve(child);
    },
  });
  ended.then(
    result => reached.reject(new Error(`The run ended without a step ${step}:\n${result.log}`)),
    error => reached.reject(error),
  );
  return { child: await reached.promise, ended };
}

/** A write of the product that moves traffic or ends what had it, and when it was stored. */
export interface Move {
  at: number;
  text: string;
}

/** Collects, from now on, the moves of `web`: `web has 1`, `web-canary is gone`, `Service web sends to preview`. */
export function watchMoves({ server, namespace }: SandboxWorld, onMove?: (move: Move) => void): Move[] {
  const { core } = server.sandbox;
  const moves: Move[] = [];
  core.onWrite.add(({ origin, before, after }) => {
    const object = after ?? before;
    if (origin.client !== 'sluice' || object?.metadata.namespace !== namespace) return;
    const [was, is] = [before, after].map(moveText);
    if (was === is) return;
    const move = { at: core.clock.now(), text: is ?? `${object.metadata.name} is gone` };
    moves.push(move);
    onMove?.(move);
  });
  return moves;
}

function moveText(object: KubeObject | undefined): string | undefined {
  if (object?.kind === 'Deployment') return `${object.metadata.name} has ${(object as Workload).spec?.replicas}`;
  if (object?.kind !== 'Service' || object.metadata.name !== 'web') return undefined;
  const track = (object as Selecting).spec?.selector['sluice.dev/track'];
  return `Service web sends to ${track ?? 'every track'}`;
}
