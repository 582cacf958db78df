import type { KubeObject } from '../../../src/kube.ts';
import { startControllers } from '../../../src/sandbox/controllers/start.ts';
import { createSandbox } from '../../../src/sandbox/sandbox.ts';
import { seeded } from '../../../src/sandbox/seeded.ts';
import type { Api, DeleteOptions } from '../../../src/sandbox/types.ts';
import { virtualClock } from '../../../src/sandbox/virtual-clock.ts';
import { manifestFor } from './manifests.ts';
import { project } from './projection.ts';
import { type Action, actionsOf, type Entry, type Recording } from './recording.ts';

const KINDS: Record<string, string> = {
  deployments: 'apps/Deployment',
  statefulsets: 'apps/StatefulSet',
  daemonsets: 'apps/DaemonSet',
  replicasets: 'apps/ReplicaSet',
  jobs: 'batch/Job',
  services: 'Service',
  pods: 'Pod',
};

const USER = { manager: 'contract' };
/** Between two requests of one client. */
const ROUND_TRIP = 10;
/** The recorder's times are rounded to 10 ms. */
const SETTLING = 20;
const START = Date.UTC(2026, 10, 23, 12);

/** Does what the recording did, in virtual time, and writes down what a watch of everything would have shown. */
export function replay(recording: Recording): Entry[] {
  const clock = virtualClock(START);
  const sandbox = createSandbox({ clock, random: seeded(7), controllers: 'off' });
  const problems: unknown[] = [];
  const stop = startControllers(sandbox.api, { report: (...problem) => problems.push(problem) });
  const namespace = `l-${recording.name}`;
  sandbox.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, USER);
  clock.advance(1000);

  const began = clock.now();
  const shown: Entry[] = [];
  const last = new Map<string, string>();
  sandbox.api.subscribe((_, { type, object }) => {
    const entry = object.metadata.namespace === namespace ? project(clock.now() - began, type, object) : undefined;
    if (!entry) return;
    const key = `${entry.kind}/${entry.name}`;
    const { at_ms: _at, type: _type, ...state } = entry;
    const text = JSON.stringify(state);
    if (type !== 'DELETED' && last.get(key) === text) return;
    if (type === 'DELETED') last.delete(key);
    else last.set(key, text);
    shown.push(entry);
  });
  const end = Math.max(...recording.events.map(({ at_ms }) => at_ms)) + SETTLING;
  for (const action of actionsOf(recording)) {
    clock.advance(Math.max(ROUND_TRIP, action.at - (clock.now() - began)));
    perform(sandbox.api, recording, action, namespace);
  }
  clock.advance(end - (clock.now() - began));
  stop();
  sandbox.stop();
  if (problems.length) throw new Error(`controllers failed: ${problems.map(String).join('\n')}`);
  return shown;
}

function perform(api: Api, recording: Recording, action: Action, namespace: string): void {
  if (action.verb === 'create') {
    api.create(manifestFor(recording, action.kind, action.name, namespace), USER);
    return;
  }
  const kind = KINDS[action.plural] ?? action.plural;
  if (action.verb === 'delete') {
    const { propagationPolicy, ...rest } = action.options as { propagationPolicy?: 'Background' };
    const options: DeleteOptions = { ...rest, ...(propagationPolicy ? { propagation: propagationPolicy } : {}) };
    api.delete(kind, namespace, action.name, options);
    return;
  }
  const live = api.get(kind, namespace, action.name);
  if (!live) throw new Error(`${action.plural}/${action.name} is not there`);
  const { resourceVersion: _, ...metadata } = live.metadata;
  api.update(merge({ ...live, metadata }, action.patch) as KubeObject, USER);
}

/** RFC 7386. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof target === 'object' && target !== null && !Array.isArray(target) ? target : {};
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}
