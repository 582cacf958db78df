import type { ObjectRef } from '../kube.ts';

/**
 * One entry of a plan. Steps are data: they are stored in the record and shown in the summary, and another engine could
 * drive them.
 */
export type Step =
  /** Apply these objects, all at once; none depends on another. */
  | { do: 'apply'; name: string; objects: readonly ObjectRef[] }
  /** Wait until what was applied can be built on: CRDs established, namespaces active. */
  | { do: 'establish'; name: string; objects: readonly ObjectRef[] }
  /** Wait until all of them are healthy, or one has failed. */
  | { do: 'await-health'; name: string; objects: readonly ObjectRef[] }
  /** Delete what the last good revision had and this one has not. */
  | { do: 'prune'; name: string; objects: readonly ObjectRef[] };

export interface Plan {
  strategy: 'rolling';
  steps: readonly Step[];
}
