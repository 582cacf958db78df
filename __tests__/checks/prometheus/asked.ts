import type { CheckContext, Sample } from '../../../src/checks/check.ts';
import { prometheusCheck } from '../../../src/checks/prometheus/query.ts';
import { questionCheck } from '../../../src/checks/prometheus/questions.ts';
import type { Json, ObjectRef } from '../../../src/kube.ts';
import type { Pair, RouterName } from '../../../src/release/plan.ts';
import { askingContext, configOf } from '../asking.ts';
import { FACTS } from '../context.ts';

type Keys = { readonly [key: string]: Json };
export type Question = 'success-rate' | 'latency-p99' | 'error-count';

/** A workload and its canary, each behind a Service of its name. */
export function pairOf(namespace: string, name: string): Pair {
  const deployment = (own: string): ObjectRef => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: own, namespace });
  const service = (own: string): ObjectRef => ({ apiVersion: 'v1', kind: 'Service', name: own, namespace });
  const twin = `${name}-canary`;
  return {
    stable: deployment(name),
    twin: deployment(twin),
    size: 2,
    surge: 1,
    service: { stable: service(name), twin: service(twin) },
  };
}

/** One sample of a check that is described as in a file. */
export function asked(
  kind: 'prometheus' | Question,
  keys: Keys,
  given: Partial<CheckContext> & { router?: RouterName; isLast?: boolean } = {},
): Promise<Sample> {
  const { router = 'gateway-api', isLast = false, ...rest } = given;
  const config = configOf(kind, keys);
  const context = askingContext({ facts: { ...FACTS, router }, ...rest });
  const signal = new AbortController().signal;
  if (config.kind === 'prometheus') return prometheusCheck(config, context).sample(signal, isLast);
  if (config.kind === 'success-rate' || config.kind === 'latency-p99' || config.kind === 'error-count')
    return questionCheck(config, context).sample(signal, isLast);
  throw new Error(`${config.kind} has tests of its own`);
}

/** An answer of Prometheus with so many series of one point. */
export function vector(...series: readonly (readonly [labels: Record<string, string>, value: string])[]): string {
  return success(
    'vector',
    series.map(([metric, value]) => ({ metric, value: [1_700_000_000.1, value] })),
  );
}

export function success(resultType: string, result: Json, more: { readonly [key: string]: Json } = {}): string {
  return JSON.stringify({ status: 'success', data: { resultType, result }, ...more });
}

export function refusal(errorType: string, error: string): string {
  return JSON.stringify({ status: 'error', errorType, error });
}
