import type { KubeObject } from '../../kube.ts';
import { type Health, healthy, progressing } from '../verdict.ts';
import { addressOf, type LoadBalanced } from './service.ts';

interface IngressSpec {
  ingressClassName?: string;
}

/** An address is waited for only where a class names a controller that would write one; admission fills in the default class. */
export function ingressHealth(object: KubeObject<IngressSpec, LoadBalanced>): Health {
  const address = addressOf(object.status);
  if (address) return healthy(`Reachable at ${address}`);
  const className = object.spec?.ingressClassName ?? object.metadata.annotations?.['kubernetes.io/ingress.class'];
  if (!className) return healthy('No ingress class, so no controller is expected to give it an address');
  return progressing(`Waiting for an address from the controller of ingress class ${className}`, {
    reason: 'NoAddress',
  });
}
