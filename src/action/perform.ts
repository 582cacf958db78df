import type { Cluster } from '../cluster/cluster.ts';
import { webFetch } from '../cluster/web.ts';
import { advanceAll } from '../release/advance-all.ts';
import { type CommandRequest, pause, promote, reject, resume, status } from '../release/commands.ts';
import { type DeployRequest, deploy } from '../release/deploy.ts';
import type { ReleaseDeps } from '../release/deps.ts';
import { earlierRevision } from '../release/earlier.ts';
import type { Outcome } from '../release/events.ts';
import type { Origin, ReleaseRecord } from '../release/record.ts';
import { openRecord, readRecords } from '../release/records.ts';
import { confirmWord, type Word } from '../release/word.ts';
import type { Configuration } from './configured.ts';
import type { Inputs } from './inputs.ts';
import { secretValues } from './redaction.ts';
import type { Reporter } from './reporter.ts';
import { readWanted, settle, type Wanted } from './wanted.ts';

/** One run's question, and all that its answer needs. */
export interface Task {
  inputs: Inputs;
  configuration: Configuration;
  origin: Origin;
  /** Unique to this run; starts with its URL. */
  holder: string;
  reporter: Reporter;
  /** What somebody has said in a comment. */
  said?: { word: Word; to?: number };
}

/** What the manifests ask for, as far as no cluster is needed to know it; only for a deploy. */
export async function read(
  { inputs, reporter }: Task,
  deps: { workspace: string; clock: ReleaseDeps['clock']; signal: AbortSignal },
): Promise<Wanted> {
  const wanted = await readWanted(inputs, { ...deps, fetch: webFetch() });
  const objects = wanted.objects.map(({ object }) => object);
  reporter.hide(secretValues(objects));
  reporter.asked = { ...reporter.asked, objects, substitutions: wanted.substitutions };
  return wanted;
}

/** Does what the input `action` says. */
export async function perform(deps: ReleaseDeps, task: Task, wanted: Wanted | undefined): Promise<Outcome> {
  const request = commandRequest(task, deps.cluster.namespace);
  if (wanted) return deployWanted(deps, task, wanted, deps.cluster);
  note(task, { namespaces: [request.namespace] });
  switch (task.inputs.action) {
    case 'promote':
      return promote(deps, request);
    case 'reject':
      return reject(deps, request);
    case 'pause':
      return pause(deps, request);
    case 'resume':
      return resume(deps, request);
    case 'advance':
      return advanceAll(deps, request);
    case 'status':
      return status(deps, request);
    case 'rollback':
      return rollback(deps, task, request);
    case 'deploy':
    case 'comment':
      throw new Error('A deploy has manifests, and a comment is obeyed as what it says.');
  }
}

export function commandRequest(
  { inputs, configuration, holder, origin, said }: Omit<Task, 'reporter'>,
  namespace: string,
): CommandRequest {
  const { actor, runUrl } = origin;
  const { maxRunMs, timeoutMs } = configuration;
  return {
    release: inputs.release,
    namespace,
    holder,
    concurrency: inputs.concurrency,
    timeoutMs,
    maxRunMs,
    full: inputs.full,
    ...said,
    by: [actor, runUrl && `in ${runUrl}`].filter(Boolean).join(' ') || 'a run outside GitHub',
  };
}

async function deployWanted(deps: ReleaseDeps, task: Task, wanted: Wanted, cluster: Cluster): Promise<Outcome> {
  const { namespace, groups, locate } = await settle(wanted, cluster);
  const objects = groups.flat();
  const namespaces = [...new Set([namespace, ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])])];
  note(task, { objects, namespaces });
  return deploy(deps, deployRequest(task, { namespace, groups, locate }));
}

/** Takes an unfinished release back; else deploys an earlier good revision again, at once and without steps. */
async function rollback(deps: ReleaseDeps, task: Task, request: CommandRequest): Promise<Outcome> {
  const { revision } = task.inputs;
  const open = openRecord(await readRecords(deps.cluster, request.namespace, request.release));
  if (open && (revision === undefined || open.record.revision === revision + 1)) return reject(deps, request);
  const { groups, record } = await earlierRevision(deps, request, revision);
  const objects = groups.flat();
  const namespaces = [...new Set([request.namespace, ...objects.flatMap(({ metadata }) => metadata.namespace ?? [])])];
  note(task, { objects, namespaces, strategy: 'rolling' });
  const { commit, pullRequest } = record.origin;
  const origin = { ...task.origin, ...(commit ? { commit } : {}), ...(pullRequest ? { pullRequest } : {}) };
  const asked = deployRequest({ ...task, origin }, { namespace: request.namespace, groups, locate: () => ({}) });
  const { said } = task;
  const confirm = said
    ? { confirm: (newest: ReleaseRecord) => confirmWord(said, 'rollback', newest, { isLocked: true }) }
    : {};
  return deploy(deps, { ...asked, ...confirm, strategy: 'rolling', steps: [] });
}

function deployRequest(
  { inputs, configuration, origin, holder }: Task,
  what: Pick<DeployRequest, 'namespace' | 'groups' | 'locate'>,
): DeployRequest {
  const { release, force, prune, waitFor, createNamespace, concurrency } = inputs;
  return { ...configuration, release, force, prune, waitFor, createNamespace, concurrency, origin, holder, ...what };
}

function note({ reporter }: Task, more: Partial<Reporter['asked']>): void {
  reporter.asked = { ...reporter.asked, ...more };
}
