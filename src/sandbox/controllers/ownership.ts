import type { KubeObject, OwnerReference } from '../../kube.ts';
import { type LabelSelector, selects } from '../validation/label-selector.ts';
import { type ControllerContext, clone, MANAGER } from './context.ts';
import { isTerminating } from './pods.ts';

export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(owner => owner.controller);
}

export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** Whose work an object's change is: its controller by name, where that is of this kind. */
export function controllerKey(object: KubeObject, kind: string): string | undefined {
  const owner = controllerOf(object);
  return owner?.kind === kind ? `${object.metadata.namespace ?? ''}/${owner.name}` : undefined;
}

/**
 * The objects that belong to the owner: those it controls and still selects. Orphans that it selects are adopted, those
 * that it controls but no longer selects are released; nobody takes what another controls.
 */
export function claim<T extends KubeObject>(
  { api }: ControllerContext,
  owner: KubeObject,
  selector: LabelSelector | undefined,
  candidates: readonly T[],
): T[] {
  const claimed: T[] = [];
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    const wanted = selects(selector, candidate.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (wanted) claimed.push(candidate);
      else if (!isTerminating(owner)) {
        const released = clone(candidate);
        released.metadata.ownerReferences = (released.metadata.ownerReferences ?? []).filter(
          reference => reference.uid !== owner.metadata.uid,
        );
        api.update(released, MANAGER);
      }
    } else if (wanted && !isTerminating(owner) && !isTerminating(candidate)) {
      const adopted = clone(candidate);
      adopted.metadata.ownerReferences = [...(adopted.metadata.ownerReferences ?? []), controllerReference(owner)];
      claimed.push(api.update(adopted, MANAGER));
    }
  }
  return claimed;
}
