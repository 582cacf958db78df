import type { KubeObject } from '../../kube.ts';
import { entriesAfterScale, scaleEntries } from '../apply/scale-fields.ts';
import type { Resource } from '../types.ts';
import type { LabelSelector } from '../validation/label-selector.ts';
import { apiVersionOf } from './registry.ts';

/** Where a kind keeps what its scale subresource shows; paths of names. */
interface ScalePaths {
  spec: readonly string[];
  status: readonly string[];
  selector: readonly string[] | undefined;
}

export const SCALE_VERSION = 'autoscaling/v1';

export interface Scale extends KubeObject {
  spec: { replicas?: number };
  status: { replicas: number; selector?: string };
}

function pathsOf(resource: Resource): ScalePaths {
  const split = (path: string): string[] => path.replace(/^\./, '').split('.');
  const versions = (resource.crd?.spec as { versions?: CrdVersion[] } | undefined)?.versions;
  const scale = versions?.find(({ name }) => name === resource.version)?.subresources?.scale;
  if (!scale) return { spec: ['spec', 'replicas'], status: ['status', 'replicas'], selector: undefined };
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale;
  return {
    spec: split(specReplicasPath),
    status: split(statusReplicasPath),
    selector: labelSelectorPath ? split(labelSelectorPath) : undefined,
  };
}

interface CrdVersion {
  name: string;
  subresources?: { scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath?: string } };
}

function at(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const part of path) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

function withAt(object: unknown, [first, ...rest]: readonly string[], value: unknown): unknown {
  if (first === undefined) return value;
  const base = (object ?? {}) as Record<string, unknown>;
  return { ...base, [first]: withAt(base[first], rest, value) };
}

function selectorText(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'Exists':
        return key;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        return `${key} ${operator.toLowerCase()} (${[...values].sort().join(',')})`;
    }
  });
  return [...equal, ...others].sort().join(',');
}

/** The Scale of an object. A Go integer that is zero is not written, in the spec. */
export function scaleOf(resource: Resource, object: KubeObject): Scale {
  const paths = pathsOf(resource);
  const { name, namespace, uid, resourceVersion, creationTimestamp, managedFields } = object.metadata;
  const replicas = Number(at(object, paths.spec) ?? 0);
  const selector = resource.crd
    ? String((paths.selector && at(object, paths.selector)) ?? '')
    : resource.kind === 'ReplicationController'
      ? selectorText({ matchLabels: at(object, ['spec', 'selector']) as Record<string, string> })
      : selectorText(at(object, ['spec', 'selector']) as LabelSelector | undefined);
  return {
    kind: 'Scale',
    apiVersion: SCALE_VERSION,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      managedFields: scaleEntries(managedFields, { path: paths.spec, apiVersion: apiVersionOf(resource) }),
    },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(at(object, paths.status) ?? 0), ...(selector ? { selector } : {}) },
  };
}

/** The object with the replicas and the owners that its Scale was given. */
export function withScale(resource: Resource, object: KubeObject, scale: Scale): KubeObject {
  const { resourceVersion, uid, managedFields } = scale.metadata;
  const path = pathsOf(resource).spec;
  const changed = withAt(object, path, scale.spec.replicas ?? 0) as KubeObject;
  const { resourceVersion: _live, ...metadata } = object.metadata;
  return {
    ...changed,
    metadata: {
      ...metadata,
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      managedFields: entriesAfterScale(object.metadata.managedFields, managedFields, {
        path,
        apiVersion: apiVersionOf(resource),
      }),
    },
  };
}
