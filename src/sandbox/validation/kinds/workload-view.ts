import type { LabelSelector } from '../label-selector.ts';
import type { IntOrString } from '../numbers.ts';
import type { PodTemplate } from '../pod/pod-spec-view.ts';

/** The fields of workloads that the rules read. */
export interface WorkloadSpec {
  replicas?: number;
  selector?: LabelSelector;
  template?: PodTemplate;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
  progressDeadlineSeconds?: number;
  strategy?: Strategy;
  updateStrategy?: Strategy;
  podManagementPolicy?: string;
  serviceName?: string;
  persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  ordinals?: { start?: number };
  volumeClaimTemplates?: unknown[];
}

export interface Strategy {
  type?: string;
  rollingUpdate?: { partition?: number; maxSurge?: IntOrString; maxUnavailable?: IntOrString };
}
