import type { KubeObject } from '../../../src/kube.ts';
import { TRACK_LABEL } from '../../../src/release/labels.ts';

/** A Deployment whose pods have the label of stable's track already; anything else as it is. */
export function adopted(object: KubeObject): KubeObject {
  if (object.kind !== 'Deployment') return object;
  const { template, ...spec } = object.spec as { template: { metadata: { labels: object } } };
  const labels = { ...template.metadata.labels, [TRACK_LABEL]: 'stable' };
  return { ...object, spec: { ...spec, template: { ...template, metadata: { ...template.metadata, labels } } } };
}
