import type { WrittenKind } from './api-version.ts';
import { type FieldSet, setOfFields } from './field-set.ts';

/** What an endpoint sets back to what it was, whatever the request says: the main resource status, the status subresource the rest. */
export function resetFields({ group, kind, subresources, crd }: WrittenKind, subresource?: string): FieldSet {
  if (subresource === 'status') {
    if (crd || kind === 'CustomResourceDefinition') return setOfFields([['metadata'], ['spec']]);
    if (group === 'apps' && kind === 'Deployment') return setOfFields([['spec'], ['metadata', 'labels']]);
    if (group === '' && kind === 'Pod') {
      return setOfFields([['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']]);
    }
    return setOfFields([['spec']]);
  }
  return setOfFields(subresource === undefined && subresources.includes('status') ? [['status']] : []);
}

/** The fields of metadata that the server keeps for itself, and what only names the object: nobody owns them. */
export const unowned: FieldSet = setOfFields([
  ['apiVersion'],
  ['kind'],
  ['metadata'],
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['metadata', 'creationTimestamp'],
  ['metadata', 'selfLink'],
  ['metadata', 'uid'],
  ['metadata', 'clusterName'],
  ['metadata', 'generation'],
  ['metadata', 'managedFields'],
  ['metadata', 'resourceVersion'],
]);
