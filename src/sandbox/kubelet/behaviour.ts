import type { Container, Pod } from '../controllers/pods.ts';

/** Annotations of a pod template that tell the simulated kubelet what the containers do. `sandbox.sluice.dev/container` limits them to one. */
export const SANDBOX = 'sandbox.sluice.dev/';
/** The same, as the recorded contract wrote them. */
const RECORDED = 'sim/';

interface Exit {
  /** Milliseconds after the start. */
  after: number;
  code: number;
  reason: 'Error' | 'OOMKilled' | 'Completed';
}

/** What one container does. Durations are milliseconds. */
export interface Behaviour {
  startAfter: number;
  /** After the start; only a container with a readiness probe waits for it. */
  readyAfter: number;
  neverReady: boolean;
  unreadyAfter?: number;
  /** Ready and unready in turns of this length. */
  flapEvery?: number;
  exit?: Exit;
  livenessFailsAfter?: number;
  /** Infinite where the image can never be pulled. */
  pullFailsFor: number;
  /** What the container writes when it starts. */
  log: string;
}

/** What the simulated kubelet of the recorded contract took; real ones are slower. */
const DEFAULT_START = 300;
const DEFAULT_READY = 700;
const CRASH_AFTER = 400;
const RUN_TO_COMPLETION = 1000;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `300ms`, `1.5s`, `2m`; a bare number is milliseconds. Undefined where the text is none of these. */
export function durationOf(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text?.trim() ?? '');
  return match ? Number(match[1]) * (UNITS[match[2] ?? 'ms'] ?? 1) : undefined;
}

/** The tag of an image reference without registry port and digest; `latest` where it names none. */
export function tagOf(image: string): string {
  const name = image.split('@')[0] ?? '';
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return colon < 0 ? 'latest' : last.slice(colon + 1);
}

/** The words of a tag: `v2-unready` hints at an unready container, `badge-3` at nothing. */
export function hintsOf(image: string): ReadonlySet<string> {
  return new Set(tagOf(image).split(/[-_.]/));
}

type Ask = (...names: string[]) => string | undefined;

/** The annotation of ours, or one of the recorded ones, whatever unit their name ends in. */
function asker(annotations: Record<string, string>): Ask {
  return (...names) => {
    for (const name of names) {
      const found = annotations[SANDBOX + name] ?? annotations[RECORDED + name] ?? annotations[`${RECORDED}${name}-ms`];
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

export function behaviourOf(pod: Pod, container: Container): Behaviour {
  const annotations = pod.metadata.annotations ?? {};
  const only = annotations[`${SANDBOX}container`];
  const ask = asker(only === undefined || only === container.name ? annotations : {});
  const hints = hintsOf(container.image);
  const unreadyAfter = durationOf(ask('unready-after'));
  const flapEvery = durationOf(ask('flap-every', 'flapping'));
  const livenessFailsAfter = durationOf(ask('liveness-fails-after'));
  const exit = exitOf(ask, hints, pod.spec?.restartPolicy);
  const pull = ask('image-pull-failure', 'pull-error');
  const pullFails = hints.has('bad') || (pull !== undefined && pull !== 'false');
  return {
    startAfter: durationOf(ask('start-after', 'start')) ?? DEFAULT_START,
    readyAfter: durationOf(ask('ready-after', 'ready')) ?? DEFAULT_READY,
    neverReady: hints.has('unready') || ask('never-ready') === 'true' || ask('ready') === 'false',
    ...(unreadyAfter === undefined ? {} : { unreadyAfter }),
    ...(flapEvery ? { flapEvery } : {}),
    ...(livenessFailsAfter === undefined ? {} : { livenessFailsAfter }),
    ...(exit ? { exit } : {}),
    pullFailsFor: pullFails ? (durationOf(pull) ?? Number.POSITIVE_INFINITY) : 0,
    log: ask('log') ?? `${container.image} is starting`,
  };
}

function exitOf(ask: Ask, hints: ReadonlySet<string>, restartPolicy: string | undefined): Exit | undefined {
  const oom = durationOf(ask('oom-after')) ?? (ask('oom') === 'true' ? CRASH_AFTER : undefined);
  if (oom !== undefined) return { after: oom, code: 137, reason: 'OOMKilled' };
  const code = Number(ask('exit-code') ?? Number.NaN);
  const after = durationOf(ask('exit-after', 'run', 'crash-after'));
  const crashes = hints.has('crash') || ask('crash') === 'true' || ask('crash-after') !== undefined;
  if (crashes) return exit(after ?? CRASH_AFTER, Number.isNaN(code) ? 1 : code);
  const finishes = restartPolicy === 'Never' || restartPolicy === 'OnFailure';
  if (after === undefined && Number.isNaN(code) && !finishes) return undefined;
  return exit(after ?? (finishes ? RUN_TO_COMPLETION : CRASH_AFTER), Number.isNaN(code) ? 0 : code);
}

function exit(after: number, code: number): Exit {
  return { after, code, reason: code === 0 ? 'Completed' : 'Error' };
}

/** How an ordinary container ends after SIGTERM; the time that the contract's kubelet took. */
const TERMINATES_AFTER = 500;

/** Milliseconds from the deletion until the pod is gone: its preStop hooks and its own goodbye, at most its grace period. */
export function terminationTime(pod: Pod): number {
  const ask = asker(pod.metadata.annotations ?? {});
  const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  if (ask('hang-delete') === 'true') return grace;
  const hooks = (pod.spec?.containers ?? []).map(({ lifecycle }) => preStopTime(lifecycle?.preStop));
  const goodbye = durationOf(ask('terminate-after')) ?? TERMINATES_AFTER;
  return Math.min(grace, Math.max(0, ...hooks) + goodbye);
}

function preStopTime(hook: { sleep?: { seconds: number }; exec?: { command?: string[] } } | undefined): number {
  if (hook?.sleep) return hook.sleep.seconds * 1000;
  const slept = /\bsleep\s+(\d+(?:\.\d+)?)/.exec(hook?.exec?.command?.join(' ') ?? '');
  return slept ? Number(slept[1]) * 1000 : 0;
}
