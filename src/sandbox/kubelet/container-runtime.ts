import type { Container, TerminatedState } from '../controllers/pods.ts';
import { timestamp } from '../controllers/timestamp.ts';
import type { Behaviour } from './behaviour.ts';

/** Milliseconds of the first back-off after a crash; doubled each time. Real kubelets start at 10 s, which would make every rehearsal slow. */
const FIRST_BACK_OFF = 1000;
const LAST_BACK_OFF = 300_000;
/** From the first failed pull to the state in which the kubelet waits. */
const PULL_BACK_OFF = 1000;
const PROBE_PERIOD = 10_000;

/** What a container is in the middle of. */
type Stage =
  | { name: 'creating'; until: number }
  | { name: 'config-error'; message: string }
  | { name: 'pull-error'; since: number; backingOff: boolean }
  | { name: 'running'; since: number }
  | { name: 'back-off'; until: number; seconds: number }
  | { name: 'ended'; terminated: TerminatedState };

export interface ContainerRuntime {
  container: Container;
  behaviour: Behaviour;
  stage: Stage;
  ready: boolean;
  restarts: number;
  crashes: number;
  last: TerminatedState | undefined;
  /** Failed readiness probes so far in this run, to tell the next event's time. */
  failedProbes: number;
}

/** What stepping a container finds out and others act on. */
export interface ContainerHost {
  now: number;
  podName: string;
  podText: string;
  uid: string;
  restartPolicy: string;
  terminating: boolean;
  configProblem: (container: Container) => string | undefined;
  event: (type: 'Normal' | 'Warning', reason: string, message: string, container: string) => void;
  started: (runtime: ContainerRuntime) => void;
  ended: (runtime: ContainerRuntime, terminated: TerminatedState) => void;
}

export function newContainer(container: Container, behaviour: Behaviour, now: number): ContainerRuntime {
  return {
    container,
    behaviour,
    stage: { name: 'creating', until: now + behaviour.startAfter },
    ready: false,
    restarts: 0,
    crashes: 0,
    last: undefined,
    failedProbes: 0,
  };
}

/** Brings the container to where it is by now; returns when it must be looked at again, if ever. */
export function stepContainer(runtime: ContainerRuntime, host: ContainerHost): number | undefined {
  // Each turn is one transition; a container that is far behind takes several.
  for (;;) {
    // Nothing starts any more in a pod that is on its way out.
    if (host.terminating && runtime.stage.name !== 'running') return undefined;
    const due = dueOf(runtime);
    if (due === undefined || due > host.now) return due;
    transition(runtime, host, due);
  }
}

function dueOf(runtime: ContainerRuntime): number | undefined {
  const { stage, behaviour } = runtime;
  switch (stage.name) {
    case 'creating':
    case 'back-off':
      return stage.until;
    case 'pull-error': {
      const recovery = stage.since + behaviour.pullFailsFor;
      return stage.backingOff ? finite(recovery) : Math.min(recovery, stage.since + PULL_BACK_OFF);
    }
    case 'running':
      return finite(Math.min(exitAt(runtime, stage.since), nextProbeChange(runtime, stage.since)));
    case 'config-error':
    case 'ended':
      return undefined;
  }
}

function finite(time: number): number | undefined {
  return Number.isFinite(time) ? time : undefined;
}

function exitAt({ behaviour, container }: ContainerRuntime, since: number): number {
  const liveness = container.livenessProbe
    ? (behaviour.livenessFailsAfter ?? Number.POSITIVE_INFINITY)
    : Number.POSITIVE_INFINITY;
  return since + Math.min(behaviour.exit?.after ?? Number.POSITIVE_INFINITY, liveness);
}

/** Should the container be ready so many milliseconds after its start? */
function readyAt({ behaviour, container }: ContainerRuntime, age: number): boolean {
  if (!container.readinessProbe) return true;
  const { neverReady, readyAfter, unreadyAfter, flapEvery } = behaviour;
  if (neverReady || age < readyAfter) return false;
  if (flapEvery) return Math.floor((age - readyAfter) / flapEvery) % 2 === 0;
  return unreadyAfter === undefined || age < unreadyAfter;
}

function nextProbeChange(runtime: ContainerRuntime, since: number): number {
  const { behaviour, container, ready, failedProbes } = runtime;
  if (!container.readinessProbe) return Number.POSITIVE_INFINITY;
  const { neverReady, readyAfter, unreadyAfter = Number.POSITIVE_INFINITY, flapEvery } = behaviour;
  if (neverReady) return since + readyAfter + failedProbes * PROBE_PERIOD;
  if (!ready && failedProbes === 0) return since + readyAfter;
  if (flapEvery) return since + readyAfter + (failedProbes * 2 + (ready ? 1 : 0)) * flapEvery;
  return ready ? since + unreadyAfter : since + unreadyAfter + failedProbes * PROBE_PERIOD;
}

function transition(runtime: ContainerRuntime, host: ContainerHost, due: number): void {
  const { stage, container, behaviour } = runtime;
  switch (stage.name) {
    case 'creating':
      create(runtime, host);
      return;
    case 'back-off':
      runtime.restarts += 1;
      run(runtime, host);
      return;
    case 'pull-error':
      if (host.now >= stage.since + behaviour.pullFailsFor) start(runtime, host);
      else {
        host.event('Warning', 'Failed', 'Error: ImagePullBackOff', container.name);
        runtime.stage = { ...stage, backingOff: true };
      }
      return;
    case 'running':
      if (due >= exitAt(runtime, stage.since)) end(runtime, host, stage.since);
      else probe(runtime, host, due - stage.since);
      return;
    case 'config-error':
    case 'ended':
      return;
  }
}

/** The container's image and configuration are looked for; also called again when something it lacked may be there. */
export function create(runtime: ContainerRuntime, host: ContainerHost): void {
  const { container, behaviour } = runtime;
  if (behaviour.pullFailsFor > 0) {
    host.event('Warning', 'Failed', `Failed to pull image "${container.image}": not found (simulated)`, container.name);
    host.event('Warning', 'Failed', 'Error: ErrImagePull', container.name);
    runtime.stage = { name: 'pull-error', since: host.now, backingOff: false };
    return;
  }
  start(runtime, host);
}

function start(runtime: ContainerRuntime, host: ContainerHost): void {
  const { container } = runtime;
  const problem = host.configProblem(container);
  if (problem) {
    host.event('Warning', 'Failed', `Error: ${problem}`, container.name);
    runtime.stage = { name: 'config-error', message: problem };
    return;
  }
  host.event('Normal', 'Pulled', `Container image "${container.image}" already present on machine`, container.name);
  host.event('Normal', 'Started', `Container started: ${container.name}`, container.name);
  run(runtime, host);
}

function run(runtime: ContainerRuntime, host: ContainerHost): void {
  runtime.stage = { name: 'running', since: host.now };
  runtime.failedProbes = 0;
  runtime.ready = readyAt(runtime, 0);
  host.started(runtime);
}

function probe(runtime: ContainerRuntime, host: ContainerHost, age: number): void {
  const ready = readyAt(runtime, age);
  if (!ready) {
    runtime.failedProbes += 1;
    const message = 'Readiness probe failed: HTTP probe failed with statuscode: 503 (simulated)';
    host.event('Warning', 'Unhealthy', message, runtime.container.name);
  }
  runtime.ready = ready;
}

function end(runtime: ContainerRuntime, host: ContainerHost, since: number): void {
  const { container, behaviour } = runtime;
  const { exit, livenessFailsAfter = Number.POSITIVE_INFINITY } = behaviour;
  let [code, reason] = [exit?.code ?? 0, exit?.reason ?? 'Completed'];
  if (container.livenessProbe && livenessFailsAfter < (exit?.after ?? Number.POSITIVE_INFINITY)) {
    const message = 'Liveness probe failed: HTTP probe failed with statuscode: 500 (simulated)';
    host.event('Warning', 'Unhealthy', message, container.name);
    host.event(
      'Normal',
      'Killing',
      `Container ${container.name} failed liveness probe, will be restarted`,
      container.name,
    );
    [code, reason] = [137, 'Error'];
  }
  finish(runtime, host, since, code, reason);
}

/** The container's process is over: back-off and restart, or the end, as the restart policy has it. */
export function finish(
  runtime: ContainerRuntime,
  host: ContainerHost,
  since: number,
  code: number,
  reason: string,
): void {
  const { container } = runtime;
  const terminated: TerminatedState = {
    exitCode: code,
    reason,
    startedAt: timestamp(since),
    finishedAt: timestamp(host.now),
    containerID: `sim://${host.uid.slice(0, 8)}-${container.name}-${runtime.restarts}`,
  };
  runtime.ready = false;
  host.ended(runtime, terminated);
  const restarts = host.restartPolicy === 'Always' || (host.restartPolicy === 'OnFailure' && code !== 0);
  if (!restarts) {
    runtime.stage = { name: 'ended', terminated };
    return;
  }
  runtime.last = terminated;
  const delay = Math.min(FIRST_BACK_OFF * 2 ** runtime.crashes, LAST_BACK_OFF);
  runtime.crashes += 1;
  runtime.stage = { name: 'back-off', until: host.now + delay, seconds: delay / 1000 };
  host.event(
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container.name} in pod ${host.podName}`,
    container.name,
  );
}
