import type { KubeObject } from '../../kube.ts';
import { type Health, healthy, progressing } from '../verdict.ts';

interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  externalIPs?: string[];
}

export interface LoadBalanced {
  loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] };
}

/** As kapp and Helm: a cluster IP, and for a load balancer an address, unless the user gave external IPs himself. */
export function serviceHealth(object: KubeObject<ServiceSpec, LoadBalanced>): Health {
  const { spec, status } = object;
  if (spec?.type === 'ExternalName') return healthy('A name outside the cluster');
  if (!spec?.clusterIP) return progressing('Waiting for a cluster IP');
  if (spec.type !== 'LoadBalancer' || spec.externalIPs?.length)
    return healthy(spec.clusterIP === 'None' ? 'Headless' : 'Has a cluster IP');
  const address = addressOf(status);
  if (address) return healthy(`Reachable at ${address}`);
  return progressing('Waiting for an address from a load balancer: has this cluster a controller that gives one?', {
    reason: 'NoAddress',
  });
}

export function addressOf(status: LoadBalanced | undefined): string | undefined {
  const given = status?.loadBalancer?.ingress ?? [];
  return (
    given
      .map(one => one.hostname ?? one.ip)
      .filter(Boolean)
      .join(', ') || undefined
  );
}
