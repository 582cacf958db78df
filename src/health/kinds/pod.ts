import type { KubeObject } from '../../kube.ts';
import { type Condition, conditionOf, wordsOf } from '../conditions.ts';
import type { PodSpec, PodStatus } from '../pod-view.ts';
import { failed, type Health, healthy, progressing } from '../verdict.ts';

/** A pod on its own. What its containers suffer from is told by findings, with the patience each deserves. */
export function podHealth(object: KubeObject<PodSpec, PodStatus>): Health {
  const { status } = object;
  switch (status?.phase) {
    case 'Succeeded':
      return healthy('Completed');
    case 'Failed':
      return failed(status.reason ?? 'PodFailed', `The pod failed${status.message ? `: ${status.message}` : ''}`);
    case 'Running': {
      const ready = conditionOf(status, 'Ready');
      if (ready?.status === 'True') return healthy('Ready');
      return progressing(`Waiting for the pod to become ready${words(ready)}`);
    }
    default: {
      const scheduled = conditionOf(status, 'PodScheduled');
      if (scheduled?.status === 'True') return progressing('Waiting for the containers to start');
      return progressing(`Waiting for the pod to be scheduled${words(scheduled)}`);
    }
  }
}

function words(condition: Condition | undefined): string {
  return condition?.message ? `: ${wordsOf(condition)}` : '';
}
