import { conditionOf } from './conditions.ts';
import type { Finding } from './finding.ts';
import type { Pod, SeenContainer, Terminated } from './pod-view.ts';

export interface Memory {
  baseline: ReadonlyMap<string, number>;
  pullWords: ReadonlyMap<string, string>;
}

/** The registry answered, and the answer is no: not a registry that is out of reach or asks for patience. */
const REFUSED =
  /not found|manifest unknown|does not exist|no match for platform|pull access denied|unauthorized|authentication required|denied:/i;
const OUT_OF_REACH =
  /timeout|timed out|connection (refused|reset)|no such host|too ?many ?requests|\b(429|50\d)\b|\bi\/o\b|\bEOF\b/i;

export function containerFinding(pod: Pod, container: SeenContainer, memory: Memory): Finding | undefined {
  const { status } = container;
  const waiting = status.state?.waiting;
  const subject = `Pod ${pod.metadata.name}: ${container.init ? 'init container' : 'container'} ${status.name}`;
  const made = (reason: Finding['reason'], text: string, quoted: boolean): Finding => ({
    reason,
    message: `${subject} ${text}`,
    container: status.name,
    quoted,
  });
  const told = waiting?.message ? `: ${waiting.message}` : '';
  switch (waiting?.reason) {
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return made('InvalidImageName', `has an image that cannot be pulled${told || `: ${imageOf(container)}`}`, true);
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'RegistryUnavailable':
    case 'ImageInspectError':
      return pullFinding(container, memory, made);
    case 'CreateContainerConfigError':
      return made('CreateContainerConfigError', `lacks its configuration${told}`, told !== '');
    case 'CreateContainerError':
      return made('CreateContainerError', `cannot be created${told}`, told !== '');
    case 'RunContainerError':
    case 'StartError':
      return made('RunContainerError', `cannot be started${told}`, told !== '');
    default:
      return crashFinding(container, memory, made) ?? unreadyFinding(pod, container, made);
  }
}

type Make = (reason: Finding['reason'], text: string, quoted: boolean) => Finding;

function pullFinding(container: SeenContainer, memory: Memory, made: Make): Finding {
  const { status } = container;
  const waiting = status.state?.waiting;
  // Newer kubelets keep the registry's words in the back-off's message, older ones do not.
  const own =
    waiting?.message && !/^Back-off pulling image "[^"]*"$/.test(waiting.message) ? waiting.message : undefined;
  const words = own ?? memory.pullWords.get(status.name);
  const backsOff = waiting?.reason === 'ImagePullBackOff';
  const refused = words !== undefined && REFUSED.test(words) && !OUT_OF_REACH.test(words);
  const text = `cannot pull image ${imageOf(container)}${words ? `: ${words}` : ''}`;
  return made(backsOff && refused ? 'ImageRefused' : 'ImagePullBackOff', text, words !== undefined);
}

function crashFinding(container: SeenContainer, memory: Memory, made: Make): Finding | undefined {
  const { status } = container;
  const backsOff = status.state?.waiting?.reason === 'CrashLoopBackOff';
  const now = status.state?.terminated;
  const dead = backsOff || (now !== undefined && now.exitCode !== 0);
  const restarts = status.restartCount ?? 0;
  const crashes = restarts - (memory.baseline.get(status.name) ?? 0) + (dead ? 1 : 0);
  const end = dead ? (now ?? status.lastState?.terminated) : status.lastState?.terminated;
  if (status.ready || (!dead && (crashes === 0 || !end))) return undefined;
  if (container.init && now?.exitCode === 0) return undefined;
  const again = (backsOff && restarts >= 1) || crashes >= 2;
  const oom = end?.reason === 'OOMKilled';
  const restarted = restarts > 0 ? `, restarted ${restarts === 1 ? 'once' : `${restarts} times`}` : '';
  const finding = made(
    again ? (oom ? 'OOMKilled' : 'CrashLoopBackOff') : 'Crashed',
    `${endText(container, end)}${restarted}`,
    false,
  );
  const signal = end && signalOf(end);
  return { ...finding, restarts, ...(end ? { exitCode: end.exitCode } : {}), ...(signal ? { signal } : {}) };
}

function endText(container: SeenContainer, end: Terminated | undefined): string {
  if (!end) return 'keeps ending';
  if (end.reason === 'OOMKilled') {
    const limit = container.spec?.resources?.limits?.memory;
    return `was killed for using more memory than ${limit ? `its limit of ${limit}` : 'it may'} (OOMKilled)`;
  }
  const words = end.message ? `: ${end.message.trim()}` : '';
  if (end.exitCode === 0) return `ended with exit code 0, though it should keep running${words}`;
  const signal = signalOf(end);
  return `ended with exit code ${end.exitCode}${signal ? ` (${signal})` : ''}${words}`;
}

const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

/** Runtimes report a signal as 128 more than its number. */
function signalOf(end: Terminated): string | undefined {
  const number = end.signal || (end.exitCode > 128 ? end.exitCode - 128 : 0);
  return number === 0 ? undefined : SIGNALS[number];
}

function unreadyFinding(pod: Pod, container: SeenContainer, made: Make): Finding | undefined {
  const { status } = container;
  if (!status.state?.running || container.init) return undefined;
  if (!status.ready) return made('Unhealthy', 'runs but is not ready', false);
  const gate = conditionOf(pod.status, 'Ready');
  if (gate?.reason !== 'ReadinessGatesNotReady') return undefined;
  return made(
    'Unhealthy',
    `is ready, but the pod's readiness gates are not: ${gate.message ?? 'no reason given'}`,
    true,
  );
}

function imageOf(container: SeenContainer): string {
  return container.spec?.image ?? container.status.image ?? '(unnamed)';
}
