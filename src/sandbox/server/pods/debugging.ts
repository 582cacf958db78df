import type { KubeObject } from '../../../kube.ts';
import { sameJson } from '../../store/freeze.ts';
import type { FieldError, Resource } from '../../types.ts';
import { forbidden } from '../../validation/field-errors.ts';
import { validatePod } from '../../validation/kinds/pod.ts';
import { prepareForUpdate } from '../../validation/prepare/prepare.ts';
import type { Prepared } from '../../validation/strategy.ts';

interface EphemeralContainer {
  name: string;
}

function containersOf(pod: KubeObject): EphemeralContainer[] {
  return (pod.spec as { ephemeralContainers?: EphemeralContainer[] } | undefined)?.ephemeralContainers ?? [];
}

/** What a write of the ephemeralcontainers subresource makes of a Pod: only they change, and only by being added. */
export function prepareDebugging(resource: Resource, wanted: KubeObject, live: KubeObject): Prepared {
  const containers = containersOf(wanted);
  const changed = {
    ...live,
    metadata: { ...live.metadata, managedFields: wanted.metadata.managedFields ?? [] },
    spec: { ...(live.spec as object), ...(containers.length > 0 ? { ephemeralContainers: containers } : {}) },
  };
  const object = prepareForUpdate(resource, changed, live, 'ephemeralcontainers');
  return { object, errors: [...validatePod(object), ...keptErrors(containers, containersOf(live))] };
}

function keptErrors(containers: readonly EphemeralContainer[], before: readonly EphemeralContainer[]): FieldError[] {
  const path = 'spec.ephemeralContainers';
  return before.flatMap(old => {
    const now = containers.find(({ name }) => name === old.name);
    if (!now)
      return [forbidden(path, `existing ephemeral containers ${JSON.stringify(old.name)} may not be removed\n`)];
    const text = `existing ephemeral containers ${JSON.stringify(old.name)} may not be changed\n`;
    return sameJson(now, old) ? [] : [forbidden(path, text)];
  });
}
