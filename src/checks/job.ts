import type { JobConfig } from '../config/check-config.ts';
import type { KubeObject } from '../kube.ts';
import type { Pair } from '../release/plan.ts';
import { fits, type LabelSelector } from '../traffic/selector.ts';
import { podLabelsOf, type Service, selects } from '../traffic/services.ts';
import type { Check, CheckContext } from './check.ts';
import { jobsOf } from './job-object.ts';
import { runJob } from './job-run.ts';
import { worstOf } from './worst.ts';

/** Whether a Job that is made for the sample, and deleted after it, succeeds. */
export function jobCheck(config: JobConfig, context: CheckContext): Check {
  return {
    config,
    async sample(signal) {
      const jobs = jobsOf(config, context);
      const taken = jobs.flatMap(job => confusions(job, context));
      if (taken.length > 0) return { outcome: 'error', message: taken.join('; ') };
      const samples = await Promise.all(jobs.map(job => runJob(job, config.timeoutMs, context, signal)));
      return worstOf(samples);
    },
  };
}

/** Pods of the Job that would be taken for the application's: requests would be sent to them, and they would count as its capacity. */
function confusions(job: KubeObject, { view, pairs }: CheckContext): string[] {
  const { name, namespace } = job.metadata;
  const labels = podLabelsOf(job);
  const services = view.list<Service>({ apiVersion: 'v1', kind: 'Service' }, namespace);
  const takers = [
    ...services
      .filter(service => selects(service, namespace, labels))
      .map(service => `Service ${service.metadata.name}`),
    ...pairs.flatMap(pair => workloadsOf(pair, namespace, labels, view)),
  ];
  if (takers.length === 0) return [];
  return [
    `Job ${name} was not started: ${[...new Set(takers)].join(', ')} would take its pods for the application's, by their labels. Give spec.template.metadata.labels others`,
  ];
}

function workloadsOf(
  { stable, twin }: Pair,
  namespace: string | undefined,
  labels: Record<string, string>,
  view: CheckContext['view'],
): string[] {
  return [stable, twin]
    .filter(ref => ref.namespace === namespace)
    .filter(ref => fits(view.get<KubeObject<{ selector?: LabelSelector }>>(ref)?.spec?.selector ?? {}, labels))
    .map(({ kind, name }) => `${kind} ${name}`);
}
