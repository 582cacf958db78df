import type { KubeObject } from '../kube.ts';
import { TRACK_LABEL } from '../release/labels.ts';

export interface ServiceSpec {
  selector?: Record<string, string>;
  clusterIP?: string;
  type?: string;
  ports?: { name?: string; port?: number; targetPort?: number | string }[];
}
export type Service = KubeObject<ServiceSpec>;

/** Whether the Service sends to pods with these labels; which track they are on is not asked. */
export function selects(service: Service, namespace: string | undefined, labels: Record<string, string>): boolean {
  const { [TRACK_LABEL]: _track, ...selector } = service.spec?.selector ?? {};
  const wanted = Object.entries(selector);
  return (
    service.metadata.namespace === namespace &&
    wanted.length > 0 &&
    wanted.every(([key, value]) => labels[key] === value)
  );
}

/** Clients of a headless Service choose pods themselves: its selector moves no traffic of theirs at once. */
export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === 'None';
}

/** The pod labels of a workload. */
export function podLabelsOf(workload: KubeObject): Record<string, string> {
  const spec = workload.spec as { template?: { metadata?: { labels?: Record<string, string> } } } | undefined;
  return spec?.template?.metadata?.labels ?? {};
}
