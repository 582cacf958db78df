import type { KubeObject } from '../../../kube.ts';
import type { Pod } from '../pods.ts';

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  appProtocol?: string;
  nodePort?: number;
}

export interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  selector?: Record<string, string>;
  ports?: ServicePort[];
  publishNotReadyAddresses?: boolean;
  ipFamilies?: string[];
  externalName?: string;
}

export type Service = KubeObject<ServiceSpec, { loadBalancer?: { ingress?: unknown[] } }>;

export interface EndpointPort {
  name: string;
  port: number | null;
  protocol: string;
  appProtocol?: string;
}

/** A Service's selector is a plain map; a Service without one reaches no pod by itself. */
export function reaches({ spec }: Service, { metadata: { labels } }: KubeObject): boolean {
  const { selector } = spec ?? {};
  if (selector === undefined) return false;
  for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  return true;
}

/** The pod's number for the Service's target port; undefined where the pod has no port of that name. */
function targetPort(pod: Pod, { targetPort: target, port, protocol = 'TCP' }: ServicePort): number | undefined {
  if (target === undefined) return port;
  if (typeof target === 'number') return target;
  for (const container of pod.spec?.containers ?? [])
    for (const candidate of container.ports ?? [])
      if (candidate.name === target && (candidate.protocol ?? 'TCP') === protocol) return candidate.containerPort;
  return undefined;
}

/** The ports of a pod behind a Service. Pods of one Service may answer the same name on different numbers. */
export function endpointPorts(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap(port => {
    const number = targetPort(pod, port);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}
