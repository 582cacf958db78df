import type { ContainerView, PodSpecView } from './pod-templates.ts';

/** A place in a pod spec that names a ConfigMap or a Secret. */
export interface ConfigRef {
  kind: 'ConfigMap' | 'Secret';
  name: string;
  /** Read once, when the container starts: a later change of the object reaches no running pod. */
  atStart: boolean;
  /** Names another object in this place of the spec. */
  rename(name: string): void;
}

type Fields = Record<string, unknown>;

/** Every ConfigMap and Secret that a pod spec names: environment, volumes (projected ones, too), and pull secrets. */
export function configRefsOf(spec: PodSpecView): ConfigRef[] {
  const containers = [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ].flatMap(containerRefs);
  const volumes = (spec.volumes ?? []).flatMap(volume => [
    ...refIn('ConfigMap', volume['configMap'], 'name', false),
    ...refIn('Secret', volume['secret'], 'secretName', false),
    ...listIn(volume['projected'], 'sources').flatMap(source => [
      ...refIn('ConfigMap', source['configMap'], 'name', false),
      ...refIn('Secret', source['secret'], 'name', false),
    ]),
  ]);
  const pulls = listIn(spec, 'imagePullSecrets').flatMap(pull => refIn('Secret', pull, 'name', false));
  return [...containers, ...volumes, ...pulls];
}

function containerRefs(container: ContainerView): ConfigRef[] {
  const env = listIn(container, 'env').flatMap(({ valueFrom }) => [
    ...refIn('ConfigMap', fieldsOf(valueFrom)?.['configMapKeyRef'], 'name', true),
    ...refIn('Secret', fieldsOf(valueFrom)?.['secretKeyRef'], 'name', true),
  ]);
  const whole = listIn(container, 'envFrom').flatMap(source => [
    ...refIn('ConfigMap', source['configMapRef'], 'name', true),
    ...refIn('Secret', source['secretRef'], 'name', true),
  ]);
  return [...env, ...whole];
}

function refIn(kind: ConfigRef['kind'], value: unknown, field: string, atStart: boolean): ConfigRef[] {
  const holder = fieldsOf(value);
  const name = holder?.[field];
  if (!holder || typeof name !== 'string') return [];
  const rename = (other: string): void => {
    holder[field] = other;
  };
  return [{ kind, name, atStart, rename }];
}

function listIn(value: unknown, field: string): Fields[] {
  const list = fieldsOf(value)?.[field];
  return Array.isArray(list) ? list.map(fieldsOf).filter(item => item !== undefined) : [];
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}
