import { SluiceError } from '../../../src/errors.ts';
import type { KubeObject } from '../../../src/kube.ts';
import { advanceAll } from '../../../src/release/advance-all.ts';
import { type CommandRequest, pause, promote, reject, resume } from '../../../src/release/commands.ts';
import { type DeployRequest, deploy } from '../../../src/release/deploy.ts';
import type { Outcome } from '../../../src/release/events.ts';
import { isTerminating, type Pod } from '../../../src/sandbox/controllers/pods.ts';
import { commandRequest, deployRequest, HOUR_MS, LIMIT_MS, NAMESPACE, openRun, type Run } from '../rig.ts';
import type { Happening, Verb } from './scenario.ts';
import { manifests, NAME, NODES, scale, setLoad, type World, workloadKind } from './world.ts';

/** How one run of the product ended: as an outcome, an error, or not at all. */
export interface End {
  what: string;
  run: Run;
  outcome?: Outcome;
  error?: unknown;
  isDead: boolean;
}

/** After a node was drained, or a run stopped. */
const DRAINED_MS = 20_000;
const ACTS: Readonly<
  Record<Verb, [(deps: Run['deps'], request: CommandRequest) => Promise<Outcome>, Partial<CommandRequest>]>
> = {
  promote: [promote, {}],
  'promote-full': [promote, { full: true }],
  reject: [reject, {}],
  pause: [pause, {}],
  resume: [resume, {}],
  advance: [advanceAll, {}],
};

/** Plays a scenario until every run in it has ended. */
export async function play(world: World): Promise<End[]> {
  const { h, scenario } = world;
  const running: Promise<End>[] = [];
  const begin = (what: string, start: (run: Run) => Promise<Outcome>): Live => {
    const live = startRun(world, what, start);
    running.push(live.ended);
    return live;
  };
  const main = begin('deploy', run => deploy(run.deps, requestOf(world, run, 2)));
  const played = scenario.happenings.map(({ atMs, happening }) => {
    const done = Promise.withResolvers<void>();
    h.clock.after(atMs, () => {
      happen(world, happening, main, begin);
      done.resolve();
    });
    return done.promise;
  });
  await h.run(Promise.all(played), LIMIT_MS);
  // Whoever was begun meanwhile is waited for, too.
  const ends: End[] = [];
  for (let next = running.shift(); next; next = running.shift()) ends.push(await h.run(next, LIMIT_MS));
  return ends;
}

/** No faults and no drained nodes any more: from here on everything must come right. */
export function calm({ h }: World): void {
  h.sandbox.faults.clear();
  for (const node of NODES) cordon(h, node, false);
  h.clock.advance(60_000);
}

/** Gives a word about a release that was left open, and answers how that ended. */
export function command(world: World, verb: Verb): Promise<End> {
  const [act, more] = ACTS[verb];
  return world.h.run(startRun(world, verb, run => act(run.deps, commandRequest(run, more))).ended, LIMIT_MS);
}

/** The same version once more. */
export function again(world: World, version: number): Promise<End> {
  const live = startRun(world, 'again', run => deploy(run.deps, requestOf(world, run, version)));
  return world.h.run(live.ended, LIMIT_MS);
}

export function requestOf({ scenario }: World, run: Run, version: number): DeployRequest {
  const { strategy, traffic, steps, settleMs, drainMs, maxRunMs, onFailure, onDrift } = scenario;
  const wish = { strategy, traffic, steps, settleMs, drainMs, maxRunMs, onFailure, onDrift };
  const service = scenario.hasInternal ? NAME : undefined;
  return deployRequest(run, manifests(scenario, version), { ...wish, service });
}

interface Live {
  run: Run;
  ended: Promise<End>;
  die(): void;
}

function startRun({ h }: World, what: string, start: (run: Run) => Promise<Outcome>): Live {
  const run = openRun(h);
  const died = Promise.withResolvers<End>();
  const ended = start(run).then(
    (outcome): End => ({ what, run, outcome, isDead: false }),
    (error: unknown): End => ({ what, run, error, isDead: false }),
  );
  return {
    run,
    ended: Promise.race([ended, died.promise]),
    die() {
      run.process.kill();
      died.resolve({ what, run, isDead: true });
    },
  };
}

function happen(
  world: World,
  happening: Happening,
  main: Live,
  begin: (what: string, start: (run: Run) => Promise<Outcome>) => Live,
): void {
  const { h, scenario } = world;
  switch (happening.do) {
    case 'scale': {
      const name = happening.side === 'stable' ? NAME : twinName(world);
      // One pod of a StatefulSet cannot be replaced without an outage.
      const replicas = Math.max(happening.replicas, scenario.kind === 'StatefulSet' ? 2 : 1);
      const fewer = scale(h, workloadKind(scenario), name, replicas, 'somebody');
      if (fewer > 0) world.disruptions.push(h.clock.now());
      break;
    }
    case 'delete-pods':
      deletePods(world, podsOf(world, happening.side).slice(0, happening.count));
      break;
    case 'drain':
      drain(world, NODES[happening.node] as string);
      break;
    case 'load':
      setLoad(h, happening.replicas);
      break;
    case 'command': {
      const [act, more] = ACTS[happening.verb];
      begin(happening.verb, run => act(run.deps, commandRequest(run, { ...more, maxRunMs: HOUR_MS })));
      break;
    }
    case 'deploy':
      begin('deploy 3', run => deploy(run.deps, { ...requestOf(world, run, 3), concurrency: happening.concurrency }));
      break;
    case 'fault':
      h.sandbox.faults.add(happening.fault);
      break;
    case 'kill':
      main.die();
      break;
    case 'cancel':
      main.run.cancel();
      break;
    case 'freeze':
      main.run.process.freeze();
      h.clock.after(happening.ms, () => main.run.process.thaw());
      break;
  }
}

function twinName({ scenario }: World): string {
  if (scenario.kind === 'StatefulSet') return NAME;
  return `${NAME}-${scenario.strategy === 'canary' ? 'canary' : 'preview'}`;
}

function podsOf({ h }: World, side: 'stable' | 'twin'): Pod[] {
  return h.api.list<Pod>('Pod', NAMESPACE).filter(pod => {
    const { labels = {} } = pod.metadata;
    const track = labels['sluice.dev/track'] ?? 'stable';
    return labels['app'] === NAME && !isTerminating(pod) && (track === 'stable') === (side === 'stable');
  });
}

function deletePods(world: World, pods: readonly Pod[]): void {
  if (pods.length > 0) world.disruptions.push(world.h.clock.now());
  for (const { metadata } of pods) world.h.api.delete('Pod', NAMESPACE, metadata.name, {});
}

/** As `kubectl drain` does: no new pods, and the present ones go. Later it is there again. */
function drain(world: World, node: string): void {
  const { h } = world;
  cordon(h, node, true);
  const here = h.api.list<Pod>('Pod', NAMESPACE).filter(pod => pod.spec?.nodeName === node && !isTerminating(pod));
  deletePods(world, here);
  h.clock.after(DRAINED_MS, () => {
    // Pods that nobody could run meanwhile only begin now.
    if (h.api.list<Pod>('Pod', NAMESPACE).some(pod => !pod.spec?.nodeName)) world.disruptions.push(h.clock.now());
    cordon(h, node, false);
  });
}

function cordon(h: World['h'], name: string, unschedulable: boolean): void {
  const node = h.api.get<KubeObject<{ unschedulable?: boolean }>>('Node', undefined, name);
  if (!node || (node.spec?.unschedulable ?? false) === unschedulable) return;
  const { unschedulable: _was, ...spec } = structuredClone(node.spec ?? {});
  h.api.update(
    { ...structuredClone(node), spec: { ...spec, ...(unschedulable ? { unschedulable } : {}) } },
    { manager: 'kubectl' },
  );
}

export function endText({ what, outcome, error, isDead }: End): string {
  if (isDead) return `${what}: killed`;
  if (outcome) return `${what}: ${outcome.phase}${outcome.error ? ` (${errorText(outcome.error)})` : ''}`;
  return `${what}: refused (${errorText(error)})`;
}

export function errorText(error: unknown): string {
  if (error instanceof SluiceError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
