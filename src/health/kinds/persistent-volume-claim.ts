import type { KubeObject } from '../../kube.ts';
import { failed, type Health, type HealthContext, healthy, progressing } from '../verdict.ts';

export interface ClaimSpec {
  storageClassName?: string;
}

interface ClaimStatus {
  phase?: string;
}

export function claimHealth(object: KubeObject<ClaimSpec, ClaimStatus>, context: HealthContext): Health {
  switch (object.status?.phase) {
    case 'Bound':
      return healthy('Bound');
    case 'Lost':
      return failed('Lost', 'The volume that it was bound to is gone');
    default: {
      const className = object.spec?.storageClassName;
      if (className && context.bindingMode?.(className) === 'WaitForFirstConsumer') {
        return healthy('Will be bound when the first pod uses it', { reason: 'WaitForFirstConsumer' });
      }
      return progressing(`Waiting for a volume${className ? ` of storage class ${className}` : ''}`);
    }
  }
}
