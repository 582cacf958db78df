import { groupOf, type KubeObject } from '../kube.ts';

export interface ContainerView {
  name?: string;
  image?: string;
  [field: string]: unknown;
}

export interface PodSpecView {
  initContainers?: ContainerView[];
  containers?: ContainerView[];
  ephemeralContainers?: ContainerView[];
  volumes?: { name?: string; image?: { reference?: string }; [field: string]: unknown }[];
  [field: string]: unknown;
}

export interface PodTemplate {
  /** Fields on the way from the object to the template; empty for a Pod, which is its own. */
  path: readonly string[];
  /** Part of the object, not a copy. */
  template: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpecView };
}

const PATHS: Readonly<Record<string, readonly string[]>> = {
  '/Pod': [],
  '/PodTemplate': ['template'],
  '/ReplicationController': ['spec', 'template'],
  'apps/DaemonSet': ['spec', 'template'],
  'apps/Deployment': ['spec', 'template'],
  'apps/ReplicaSet': ['spec', 'template'],
  'apps/StatefulSet': ['spec', 'template'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
  'batch/Job': ['spec', 'template'],
};

/**
 * The pod templates of an object. Kinds that the API server does not bring itself (Rollout of Argo, CloneSet, Service of
 * Knative) have one where `spec.template.spec` has containers.
 */
export function podTemplatesOf(object: KubeObject): PodTemplate[] {
  const key = `${groupOf(object.apiVersion)}/${object.kind}`;
  const known = PATHS[key];
  const path = known ?? ['spec', 'template'];
  const template = path.reduce<unknown>((value, field) => (isRecord(value) ? value[field] : undefined), object);
  if (!isRecord(template) || !isRecord(template['spec'])) return [];
  if (!known && !Array.isArray(template['spec']['containers'])) return [];
  return [{ path, template: template as PodTemplate['template'] }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
