import type { KubeObject } from '../../../kube.ts';
import { inside, type Loose, objectOf } from '../defaults/fill.ts';
import { labelJob } from '../defaults/workloads.ts';

const PREFIX = 'batch.kubernetes.io/';

/** A Job finds its pods by its own uid, unless its author took that over with `manualSelector`. */
export function withJobSelector(job: KubeObject): KubeObject {
  const copy = structuredClone(job);
  const spec = copy.spec as Loose;
  const uid = job.metadata.uid ?? '';
  if (spec.manualSelector !== true) {
    const template = inside(spec, 'template');
    const metadata = inside(template, 'metadata');
    const name = job.metadata.name;
    metadata.labels = {
      ...objectOf(metadata.labels),
      'controller-uid': uid,
      'job-name': name,
      [`${PREFIX}controller-uid`]: uid,
      [`${PREFIX}job-name`]: name,
    };
    const selector = inside(spec, 'selector');
    selector.matchLabels = { ...objectOf(selector.matchLabels), [`${PREFIX}controller-uid`]: uid };
  }
  labelJob(copy as unknown as Loose);
  return copy;
}
