import { AGE, type Column, column, NAME, type View, wide } from './column.ts';
import { humanDuration } from './duration.ts';

interface State {
  waiting?: { reason?: string };
  running?: object;
  terminated?: { reason?: string; exitCode?: number; signal?: number; finishedAt?: string };
}
interface ContainerStatus {
  name: string;
  ready?: boolean;
  restartCount?: number;
  started?: boolean;
  state?: State;
  lastState?: State;
}
interface PodView {
  metadata: View['metadata'];
  spec: {
    containers?: unknown[];
    initContainers?: { name: string; restartPolicy?: string }[];
    nodeName?: string;
    readinessGates?: { conditionType: string }[];
  };
  status?: {
    phase?: string;
    reason?: string;
    podIP?: string;
    nominatedNodeName?: string;
    conditions?: { type: string; status: string; reason?: string }[];
    containerStatuses?: ContainerStatus[];
    initContainerStatuses?: ContainerStatus[];
  };
}

const pod = (object: View): PodView => object as unknown as PodView;

function ended({ reason, exitCode, signal }: NonNullable<State['terminated']>, prefix = ''): string {
  if (reason) return `${prefix}${reason}`;
  return signal ? `${prefix}Signal:${signal}` : `${prefix}ExitCode:${exitCode ?? 0}`;
}

/** The reason of the first init container that holds the pod up; undefined where none does. */
function initReason({ spec, status }: PodView): string | undefined {
  const initial = spec.initContainers ?? [];
  for (const [index, container] of (status?.initContainerStatuses ?? []).entries()) {
    const { terminated, waiting } = container.state ?? {};
    const sidecar = initial.find(({ name }) => name === container.name)?.restartPolicy === 'Always';
    if (terminated?.exitCode === 0 || (sidecar && container.started)) continue;
    if (terminated) return ended(terminated, 'Init:');
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${initial.length}`;
  }
  return undefined;
}

/** What `kubectl get pods` shows as status: more telling than the phase. */
export function podReason(view: PodView): string {
  const { metadata, status } = view;
  let reason = status?.reason || status?.phase || '';
  const gated = status?.conditions?.find(({ type }) => type === 'PodScheduled')?.reason === 'SchedulingGated';
  if (gated) reason = 'SchedulingGated';
  const initializing = initReason(view);
  if (initializing !== undefined) reason = initializing;
  else {
    let running = false;
    for (const { state, ready } of (status?.containerStatuses ?? []).toReversed()) {
      if (state?.waiting?.reason) reason = state.waiting.reason;
      else if (state?.terminated) reason = ended(state.terminated);
      else if (ready && state?.running) running = true;
    }
    const isReady = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
    if (reason === 'Completed' && running) reason = isReady ? 'Running' : 'NotReady';
  }
  if (!metadata.deletionTimestamp) return reason;
  return status?.reason === 'NodeLost'
    ? 'Unknown'
    : status?.phase === 'Failed' || status?.phase === 'Succeeded'
      ? reason
      : 'Terminating';
}

function restarts(object: View, now: number): string {
  const statuses = pod(object).status?.containerStatuses ?? [];
  const total = statuses.reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  const last = statuses
    .map(({ lastState }) => lastState?.terminated?.finishedAt)
    .filter(time => time !== undefined)
    .sort()
    .at(-1);
  return total > 0 && last !== undefined ? `${total} (${humanDuration(now - Date.parse(last))} ago)` : String(total);
}

function ready(object: View): string {
  const { spec, status } = pod(object);
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const up = (status?.containerStatuses ?? []).filter(container => container.ready).length;
  const sidecarsUp = (status?.initContainerStatuses ?? []).filter(
    ({ name, ready: is }) => is && sidecars.some(sidecar => sidecar.name === name),
  ).length;
  return `${up + sidecarsUp}/${(spec.containers ?? []).length + sidecars.length}`;
}

function gates(object: View): string {
  const { spec, status } = pod(object);
  const wanted = spec.readinessGates ?? [];
  if (wanted.length === 0) return '<none>';
  const open = wanted.filter(({ conditionType }) =>
    status?.conditions?.some(({ type, status: is }) => type === conditionType && is === 'True'),
  );
  return `${open.length}/${wanted.length}`;
}

export function podColumns(): readonly Column[] {
  return [
    NAME,
    column('Ready', ready),
    column('Status', object => podReason(pod(object))),
    column('Restarts', restarts),
    AGE,
    wide('IP', object => pod(object).status?.podIP || '<none>'),
    wide('Node', object => pod(object).spec.nodeName || '<none>'),
    wide('Nominated Node', object => pod(object).status?.nominatedNodeName || '<none>'),
    wide('Readiness Gates', gates),
  ];
}
