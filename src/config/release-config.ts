import type { CheckConfig, PrometheusPlace } from './check-config.ts';
import type { Said } from './table.ts';

export type StrategyName = 'rolling' | 'canary' | 'blue-green';
export type TrafficName = 'auto' | 'pods' | 'service' | 'gateway-api' | 'istio' | 'nginx';
export type OnFailure = 'rollback' | 'pause' | 'leave';
export type OnDrift = 'correct' | 'fail' | 'ignore';

/** One step as the user asked for it. Durations are milliseconds. */
export type ConfigStep =
  /** A whole percentage, 1 to 100. */
  | { kind: 'weight'; weight: number }
  /** Size of the twin, at least 1. */
  | { kind: 'replicas'; replicas: number }
  | { kind: 'hold'; ms: number }
  | { kind: 'approve' }
  /** Requests with this header or cookie go to the new version from here on. */
  | { kind: 'match'; match: { by: 'header' | 'cookie'; name: string; value: string } };

/** What a config file or the inputs say; undefined: not said, the default of the strategy holds. */
export interface ReleaseConfig {
  strategy: StrategyName | undefined;
  traffic: TrafficName | undefined;
  /** Name of the Service whose traffic is moved, where several select the workload. */
  service: string | undefined;
  /** Names of the rules of routes that alone are edited; `*` stands for all. */
  rules: readonly string[] | undefined;
  steps: readonly ConfigStep[] | undefined;
  /** After each weight that has no hold of its own. */
  holdMs: number | undefined;
  settleMs: number | undefined;
  drainMs: number | undefined;
  maxRunMs: number | undefined;
  timeoutMs: number | undefined;
  onFailure: OnFailure | undefined;
  onDrift: OnDrift | undefined;
  /** Where checks find Prometheus, unless one says otherwise. */
  prometheus: Said<PrometheusPlace> | undefined;
  checks: readonly CheckConfig[] | undefined;
}

export const NOTHING_SAID: ReleaseConfig = {
  strategy: undefined,
  traffic: undefined,
  service: undefined,
  rules: undefined,
  steps: undefined,
  holdMs: undefined,
  settleMs: undefined,
  drainMs: undefined,
  maxRunMs: undefined,
  timeoutMs: undefined,
  onFailure: undefined,
  onDrift: undefined,
  prometheus: undefined,
  checks: undefined,
};

/** What the inputs say wins over the file, field by field; of where Prometheus is they say the address alone. */
export function mergeConfig(file: ReleaseConfig, inputs: Partial<ReleaseConfig>): ReleaseConfig {
  const said = Object.entries(inputs).filter(([, value]) => value !== undefined);
  const merged: ReleaseConfig = { ...file, ...Object.fromEntries(said) };
  if (!inputs.prometheus || !file.prometheus) return merged;
  const { url, service, port, scheme, path } = inputs.prometheus;
  return { ...merged, prometheus: { ...file.prometheus, url, service, port, scheme, path } };
}
