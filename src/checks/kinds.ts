import type { CheckConfig, CheckKind, CheckOf } from '../config/check-config.ts';
import type { Check, CheckContext } from './check.ts';
import { compareCheck } from './compare/compare.ts';
import { httpCheck } from './http.ts';
import { jobCheck } from './job.ts';
import { mannWhitneyCheck } from './mann-whitney.ts';
import { metricCheck } from './metric.ts';
import { podsCheck } from './pods.ts';
import { prometheusCheck } from './prometheus/query.ts';
import { questionCheck } from './prometheus/questions.ts';
import { webhookCheck } from './webhook.ts';

/** One check for each kind that a configuration can name. */
const KINDS: { readonly [K in CheckKind]: (config: CheckOf<K>, context: CheckContext) => Check } = {
  pods: podsCheck,
  http: httpCheck,
  'success-rate': questionCheck,
  'latency-p99': questionCheck,
  'error-count': questionCheck,
  prometheus: prometheusCheck,
  compare: compareCheck,
  'mann-whitney': mannWhitneyCheck,
  job: jobCheck,
  webhook: webhookCheck,
  metric: metricCheck,
};

export function openCheck(config: CheckConfig, context: CheckContext): Check {
  const open = KINDS[config.kind] as (config: CheckConfig, context: CheckContext) => Check;
  return open(config, context);
}
