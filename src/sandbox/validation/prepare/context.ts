import type { KubeObject } from '../../../kube.ts';

/** What the preparation of an object may ask of the cluster. */
export interface StrategyContext {
  /** Every Service there is, for the addresses and node ports that are taken. */
  services(): readonly KubeObject[];
}
