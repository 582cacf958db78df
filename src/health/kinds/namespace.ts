import type { KubeObject } from '../../kube.ts';
import { failed, type Health, healthy, progressing } from '../verdict.ts';

interface NamespaceStatus {
  phase?: string;
}

export function namespaceHealth(object: KubeObject<unknown, NamespaceStatus>): Health {
  switch (object.status?.phase) {
    case 'Active':
      return healthy('Active');
    case 'Terminating':
      return failed('Terminating', 'The namespace is being deleted');
    default:
      return progressing('Waiting for the namespace to become active');
  }
}
