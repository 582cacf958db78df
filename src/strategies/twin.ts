import { type KubeObject, refKey, refOf } from '../kube.ts';
import { type ConfigRef, configRefsOf } from '../manifests/config-refs.ts';
import { podTemplatesOf } from '../manifests/pod-templates.ts';
import { TRACK_LABEL } from '../release/labels.ts';
import type { Track } from '../release/plan.ts';
import { digestOf } from '../release/record.ts';
import { LONGEST_LABEL, LONGEST_NAME, LONGEST_WORKLOAD, suffixed } from '../traffic/names.ts';

/** Annotations that say what somebody else's tool thinks of the original. */
const NOT_COPIED = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'];

export interface DeploymentSpec {
  replicas?: number;
  selector?: { matchLabels?: Record<string, string>; [field: string]: unknown };
  strategy?: { type?: string; rollingUpdate?: { maxSurge?: number | string; maxUnavailable?: number | string } };
  template?: { metadata?: { labels?: Record<string, string> }; spec?: Record<string, unknown> };
  [field: string]: unknown;
}

/** The workload of the new version, beside stable: the wanted one under another name, with pods of its own; at size 0. */
export function twinOf(wanted: KubeObject, track: Track, copies: readonly KubeObject[]): KubeObject {
  const twin = besideOf(wanted, track, { [TRACK_LABEL]: track });
  useCopies(twin, copies);
  return twin;
}

/** A workload beside another, with pods that are told apart by these labels; at size 0. */
export function besideOf(wanted: KubeObject, track: Track | 'baseline', own: Record<string, string>): KubeObject {
  const twin = structuredClone(wanted) as KubeObject<DeploymentSpec>;
  const { name, namespace, labels } = wanted.metadata;
  const spec = twin.spec as DeploymentSpec;
  spec.replicas = 0;
  spec.selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, ...own } };
  delete spec['paused'];
  for (const { template } of podTemplatesOf(twin)) {
    const { creationTimestamp: _created, ...metadata } = { ...template.metadata } as Record<string, unknown>;
    template.metadata = { ...metadata, labels: { ...template.metadata?.labels, ...own } };
  }
  return {
    ...twin,
    metadata: {
      name: suffixed(name, track, LONGEST_WORKLOAD),
      ...(namespace ? { namespace } : {}),
      labels: { ...labels, [TRACK_LABEL]: track },
      ...annotationsOf(wanted),
    },
  };
}

/** Whether rolling the workload stops all of it before anything new runs. */
export function stopsToRoll({ spec }: KubeObject<DeploymentSpec>, size: number): boolean {
  const { type, rollingUpdate } = spec?.strategy ?? {};
  if (type === 'Recreate') return true;
  const { maxSurge, maxUnavailable } = rollingUpdate ?? {};
  const isNone = maxSurge === 0 || maxSurge === '0' || maxSurge === '0%';
  const gone =
    typeof maxUnavailable === 'string'
      ? Math.floor((Number.parseFloat(maxUnavailable) * size) / 100)
      : (maxUnavailable ?? 0);
  // Of two limits that come to none, Kubernetes lets one pod go; and a surge keeps no old pod that may go at once.
  return Math.max(isNone ? 1 : 0, gone) >= size;
}

/** Names the copies wherever the pods would read the originals. */
export function useCopies(workload: KubeObject, copies: readonly KubeObject[]): void {
  const byOriginal = new Map(copies.map(copy => [copy.metadata.annotations?.[COPY_OF] ?? '', copy.metadata.name]));
  for (const { template } of podTemplatesOf(workload))
    for (const ref of configRefsOf(template.spec)) {
      const copy = byOriginal.get(`${ref.kind}/${ref.name}`);
      if (copy) ref.rename(copy);
    }
}

/** Of a Service, what data planes must know to reach its pods: network endpoint groups and health checks, visibility in a mesh. */
const ROUTE_ANNOTATIONS = ['cloud.google.com/', 'networking.istio.io/', 'traefik.ingress.kubernetes.io/'];

/** On a copy: kind and name of what it is a copy of. */
const COPY_OF = 'sluice.dev/copy-of';

/** Configuration of the new version under a name of its own, so that stable's stays as it is until promotion. */
export function copyOf(wanted: KubeObject, track: Track): KubeObject {
  const { name, namespace, labels } = wanted.metadata;
  const { immutable: _immutable, metadata: _metadata, status: _status, ...content } = wanted;
  return {
    ...content,
    apiVersion: wanted.apiVersion,
    kind: wanted.kind,
    metadata: {
      name: suffixed(name, contentHash([wanted]), LONGEST_NAME),
      ...(namespace ? { namespace } : {}),
      labels: { ...labels, [TRACK_LABEL]: track },
      annotations: { [COPY_OF]: `${wanted.kind}/${name}` },
    },
  };
}

/** A Service that reaches the new version alone, within the cluster: for checks, and to see from its endpoints who is ready. */
export function twinServiceOf(service: KubeObject, track: Track): KubeObject {
  const spec = service.spec as { selector?: Record<string, string>; ports?: Record<string, unknown>[] };
  const { name, namespace, annotations = {} } = service.metadata;
  const kept = Object.entries(annotations).filter(([key]) => ROUTE_ANNOTATIONS.some(prefix => key.startsWith(prefix)));
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: suffixed(name, track, LONGEST_LABEL),
      ...(namespace ? { namespace } : {}),
      labels: { [TRACK_LABEL]: track },
      ...(kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {}),
    },
    spec: {
      selector: { ...spec.selector, [TRACK_LABEL]: track },
      ports: (spec.ports ?? []).map(({ nodePort: _nodePort, ...port }) => port),
    },
  };
}

/** The ConfigMaps and Secrets among `objects` that the workload's pods name. */
export function configOf(workload: KubeObject, objects: readonly KubeObject[]): KubeObject[] {
  const names = new Set(podTemplatesOf(workload).flatMap(({ template }) => configRefsOf(template.spec).map(keyOfRef)));
  return objects.filter(
    object =>
      object.apiVersion === 'v1' &&
      (object.kind === 'ConfigMap' || object.kind === 'Secret') &&
      object.metadata.namespace === workload.metadata.namespace &&
      names.has(`${object.kind}/${object.metadata.name}`),
  );
}

function keyOfRef({ kind, name }: ConfigRef): string {
  return `${kind}/${name}`;
}

/** Eight characters that change with what pods can read of these objects. */
export function contentHash(objects: readonly KubeObject[]): string {
  const contents = objects.map(object => [
    refKey(refOf(object)),
    object['data'] ?? null,
    object['binaryData'] ?? null,
    object['stringData'] ?? null,
  ]);
  return digestOf(contents).slice(0, 8);
}

function annotationsOf({ metadata: { annotations } }: KubeObject): { annotations?: Record<string, string> } {
  const kept = Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key));
  return kept.length > 0 ? { annotations: Object.fromEntries(kept) } : {};
}
