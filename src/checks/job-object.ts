import { createHash } from 'node:crypto';
import type { JobConfig } from '../config/check-config.ts';
import type { KubeObject } from '../kube.ts';
import { CHECK_LABEL, labelled } from '../release/labels.ts';
import type { Pair } from '../release/plan.ts';
import { isPartitioned } from '../traffic/pods.ts';
import type { CheckContext } from './check.ts';
import { asIs, filled } from './fill-in.ts';

const LONGEST_NAME = 63;
const HASH_LENGTH = 8;
/** The cluster ends what nobody waits for any more, but not before we have read the log. */
const GRACE_SECONDS = 30;
/** What even that has missed goes an hour after its end. */
const TTL_SECONDS = 3_600;

interface Container {
  command?: readonly string[];
  args?: readonly string[];
  env?: readonly { name: string; value?: string }[];
}

interface PodSpec {
  containers?: readonly Container[];
  initContainers?: readonly Container[];
}

interface JobSpec {
  activeDeadlineSeconds?: number;
  template: KubeObject<PodSpec>;
}

/**
 * The Jobs of one sample: one, or one for each workload of the release where variables make them differ. Their names are the
 * same in every run of a revision, so that what a run left behind which died is found.
 */
export function jobsOf(config: JobConfig, context: CheckContext): KubeObject[] {
  const bySpec = new Map<string, { pair: Pair; spec: JobSpec }>();
  for (const pair of context.pairs) {
    const spec = specOf(config, context, pair);
    const key = JSON.stringify(spec);
    if (!bySpec.has(key)) bySpec.set(key, { pair, spec });
  }
  const { facts } = context;
  const { labels, annotations } = (config.manifest as unknown as KubeObject).metadata ?? {};
  return [...bySpec.values()].map(({ pair, spec }) => {
    const namespace = pair.stable.namespace ?? facts.namespace;
    const job: KubeObject = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: nameOf(config.name, context, namespace, bySpec.size > 1 ? pair.stable.name : undefined),
        namespace,
        labels: { ...labels, [CHECK_LABEL]: slugOf(config.name) },
        ...(annotations ? { annotations } : {}),
        ...ownedBy(context, pair),
      },
      spec,
    };
    return labelled(job, facts, facts.revision);
  });
}

/** Goes with the twin, also where it comes to be when all is over: its creation was under way when the hold ended. */
function ownedBy({ view }: CheckContext, pair: Pair): Pick<KubeObject['metadata'], 'ownerReferences'> {
  const { apiVersion, kind, name } = pair.twin;
  const uid = isPartitioned(pair) ? undefined : view.get(pair.twin)?.metadata.uid;
  return uid ? { ownerReferences: [{ apiVersion, kind, name, uid }] } : {};
}

function specOf({ manifest, timeoutMs }: JobConfig, context: CheckContext, pair: Pair): JobSpec {
  const spec = (manifest as unknown as KubeObject<JobSpec>).spec as JobSpec;
  const pods = spec.template.spec ?? {};
  const text = (template: string): string => filled(template, asIs, context, pair);
  return {
    backoffLimit: 0,
    ttlSecondsAfterFinished: TTL_SECONDS,
    ...spec,
    activeDeadlineSeconds: Math.min(
      spec.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY,
      Math.ceil(timeoutMs / 1000) + GRACE_SECONDS,
    ),
    template: {
      ...spec.template,
      spec: {
        restartPolicy: 'Never',
        ...pods,
        ...(pods.initContainers ? { initContainers: pods.initContainers.map(one => withFacts(one, text)) } : {}),
        ...(pods.containers ? { containers: pods.containers.map(one => withFacts(one, text)) } : {}),
      },
    },
  } as JobSpec;
}

function withFacts(container: Container, text: (template: string) => string): Container {
  const { command, args, env } = container;
  return {
    ...container,
    ...(command ? { command: command.map(text) } : {}),
    ...(args ? { args: args.map(text) } : {}),
    ...(env ? { env: env.map(one => (one.value === undefined ? one : { ...one, value: text(one.value) })) } : {}),
  };
}

/** As a label and as a part of a name. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** `sluice-<release>-<revision>-<check>`; with a hash of what it does not tell in full. */
function nameOf(check: string, { facts }: CheckContext, at: string, workload: string | undefined): string {
  const { release, namespace, revision } = facts;
  const told = ['sluice', release, String(revision), check, ...(workload ? [workload] : [])].join('-');
  const plain = slugOf(told);
  if (plain === told && plain.length <= LONGEST_NAME && at === namespace) return plain;
  const hash = createHash('sha256').update([namespace, release, revision, check, workload].join('\n')).digest('hex');
  const start = plain.slice(0, LONGEST_NAME - HASH_LENGTH - 1).replace(/-$/, '');
  return `${start}-${hash.slice(0, HASH_LENGTH)}`;
}
