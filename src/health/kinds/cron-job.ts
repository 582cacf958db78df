import type { KubeObject } from '../../kube.ts';
import { type Health, healthy } from '../verdict.ts';

interface CronJobSpec {
  schedule?: string;
  suspend?: boolean;
}

/** There is nothing to wait for: its Jobs come when the schedule says so. */
export function cronJobHealth(object: KubeObject<CronJobSpec>): Health {
  if (object.spec?.suspend) return healthy('Suspended', { reason: 'Suspended' });
  return healthy(`Scheduled at ${object.spec?.schedule ?? 'no time'}`);
}
