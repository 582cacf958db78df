import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { systemClock } from '../../src/clock.ts';
import type { Cluster } from '../../src/cluster/cluster.ts';
import { connect } from '../../src/cluster/connect.ts';
import { OPERATIONS, type Operation, runKubectl, runSluice, type Sample } from './contenders.ts';
import { NEW_TAG, OLD_TAG, writeManifests } from './manifests.ts';
import { medianOf, type Result } from './result.ts';
import type { Target } from './target.ts';

export interface Contest {
  target: Target;
  /** A folder for manifests and measurements. */
  work: string;
  /** The command; absent where it cannot be run. */
  kubectl: string | undefined;
  rounds: number;
  progress: (text: string) => void;
}

/** Runs the contenders in turns, each round in namespaces of its own, and takes the medians. */
export async function compete(contest: Contest, pairs: number): Promise<Result[]> {
  const folder = join(contest.work, `pairs-${pairs}`);
  const old = await writeManifests(join(folder, 'old'), pairs, OLD_TAG);
  const renewed = await writeManifests(join(folder, 'new'), pairs, NEW_TAG);
  const folders: Record<Operation, string> = { 'first deploy': old, upgrade: renewed, 're-run': renewed };
  const contenders: Contender[] = [
    { name: 'sluice', run: task => runSluice(contest.target, task, contest.work) },
    ...(contest.kubectl ? [kubectlContender(contest.kubectl, contest.target)] : []),
  ];
  const samples: { name: string; operation: Operation; sample: Sample }[] = [];
  for (let round = 0; round < contest.rounds; round += 1) {
    // Who goes second finds the server warm: they take turns in that, too.
    for (const { name, run } of round % 2 === 0 ? contenders : contenders.toReversed())
      await inNamespace(contest.target, `bench-${name}-${pairs}-${randomBytes(3).toString('hex')}`, async namespace => {
        for (const operation of OPERATIONS) {
          const sample = await run({ operation, folder: folders[operation], namespace, pairs });
          contest.progress(`${name}, ${operation} of ${pairs}, round ${round + 1}: ${Math.round(sample.wallMs)} ms`);
          samples.push({ name, operation, sample });
        }
      });
  }
  return OPERATIONS.map(operation => {
    const of = (wanted: string): Sample[] =>
      samples.flatMap(one => (one.name === wanted && one.operation === operation ? [one.sample] : []));
    const kubectl = of('kubectl');
    return {
      pairs,
      operation,
      sluice: medianOf(of('sluice')),
      ...(kubectl.length > 0 ? { kubectl: medianOf(kubectl) } : {}),
    };
  });
}

interface Contender {
  name: string;
  run(task: Parameters<typeof runSluice>[1]): Promise<Sample>;
}

function kubectlContender(kubectl: string, target: Target): Contender {
  return { name: 'kubectl', run: task => runKubectl(kubectl, target, task) };
}

/** The namespace is gone, with everything in it, before the next contender begins. */
async function inNamespace(target: Target, name: string, work: (name: string) => Promise<void>): Promise<void> {
  const cluster = await connect({
    env: { ...process.env, KUBECONFIG: target.kubeconfig },
    clock: systemClock,
    log: { debug: () => undefined, warning: console.error },
    mask: () => undefined,
    signal: new AbortController().signal,
  });
  try {
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    try {
      await work(name);
    } finally {
      await removeNamespace(cluster, name);
    }
  } finally {
    await cluster.close();
  }
}

async function removeNamespace(cluster: Cluster, name: string): Promise<void> {
  const kind = { apiVersion: 'v1', kind: 'Namespace' };
  const enough = new AbortController();
  const selection = { fieldSelector: `metadata.name=${name}` };
  await cluster.remove({ ...kind, name });
  let present = false;
  for await (const event of cluster.watch(kind, selection, enough.signal)) {
    if (event.type === 'added') present = true;
    if (event.type === 'deleted' || (event.type === 'synced' && !present)) break;
  }
  enough.abort();
}
