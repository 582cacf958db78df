import type { FieldError } from '../../types.ts';
import { at, child, duplicate, forbidden, invalid, notFound, notSupported, required } from '../field-errors.ts';
import { dnsLabel, dnsSubdomain } from '../names.ts';
import { nanoOf } from '../quantity.ts';
import { validateFieldRef } from './environment.ts';
import type { Container, Volume } from './pod-spec-view.ts';

interface KeyToPath {
  key?: string;
  path?: string;
  mode?: number;
  fieldRef?: { apiVersion?: string; fieldPath?: string };
}

/** What the rules read of any source. */
interface Source {
  [field: string]: unknown;
  name?: string;
  path?: string;
  defaultMode?: number;
  items?: KeyToPath[];
  sources?: Record<string, Source>[];
}

const HOST_PATH_TYPES = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const DOWNWARD_PATHS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

/** The sources in the order in which the API server looks at them, each with its own rules. */
const SOURCES: Record<string, (source: Source, path: string) => FieldError[]> = {
  emptyDir: (source, path) =>
    (nanoOf(source.sizeLimit as string | undefined) ?? 0n) < 0n
      ? [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: validateHostPath,
  gitRepo: (source, path) => requireText(source, path, 'repository'),
  gcePersistentDisk: (source, path) => requireText(source, path, 'pdName'),
  awsElasticBlockStore: (source, path) => requireText(source, path, 'volumeID'),
  secret: (source, path) => [...requireText(source, path, 'secretName'), ...validateFiles(source, path)],
  nfs: validateNfs,
  iscsi: (source, path) => requireText(source, path, 'targetPortal', 'iqn'),
  glusterfs: (source, path) => requireText(source, path, 'endpoints', 'path'),
  persistentVolumeClaim: (source, path) => requireText(source, path, 'claimName'),
  downwardAPI: (source, path) => [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...validateDownward(source, path),
  ],
  configMap: (source, path) => [...requireText(source, path, 'name'), ...validateFiles(source, path)],
  projected: validateProjected,
  csi: (source, path) => requireText(source, path, 'driver'),
  ephemeral: (source, path) => (source.volumeClaimTemplate ? [] : [required(`${path}.volumeClaimTemplate`)]),
  image: (source, path) => requireText(source, path, 'reference'),
};

export function validateVolumes(volumes: readonly Volume[] | undefined, path: string): FieldError[] {
  const names = new Set<string>();
  return (volumes ?? []).flatMap((volume, index) => {
    const here = at(path, index);
    const name = volume.name ?? '';
    const errors = validateSource(volume, here);
    if (!name) errors.push(required(`${here}.name`));
    else errors.push(...dnsLabel(name).map(text => invalid(`${here}.name`, name, text)));
    if (names.has(name)) errors.push(duplicate(`${here}.name`, name));
    if (errors.length === 0) names.add(name);
    return errors;
  });
}

function validateSource(volume: Volume, path: string): FieldError[] {
  const given = Object.keys(volume).filter(key => key !== 'name' && volume[key]);
  const known = Object.keys(SOURCES);
  given.sort((a, b) => known.indexOf(a) - known.indexOf(b));
  if (given.length === 0) return [required(path, 'must specify a volume type')];
  return given.flatMap((name, index) =>
    index > 0
      ? [forbidden(child(path, name), 'may not specify more than 1 volume type')]
      : (SOURCES[name]?.(volume[name] as Source, child(path, name)) ?? []),
  );
}

const requireText = (source: Source, path: string, ...fields: string[]): FieldError[] =>
  fields.filter(field => !source[field]).map(field => required(child(path, field)));

function validateHostPath(source: Source, path: string): FieldError[] {
  if (!source.path) return [required(`${path}.path`)];
  const errors: FieldError[] = [];
  if (source.path.split('/').includes('..')) errors.push(invalid(`${path}.path`, source.path, "must not contain '..'"));
  if (!HOST_PATH_TYPES.includes(String(source.type ?? ''))) {
    errors.push(notSupported(`${path}.type`, source.type, HOST_PATH_TYPES));
  }
  return errors;
}

function validateNfs(source: Source, path: string): FieldError[] {
  const errors = requireText(source, path, 'server', 'path');
  if (source.path && !source.path.startsWith('/'))
    errors.push(invalid(`${path}.path`, source.path, 'must be an absolute path'));
  return errors;
}

function validateMode(mode: number | undefined, path: string): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  return [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

function validateFiles(source: Source, path: string): FieldError[] {
  return [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...(source.items ?? []).flatMap((item, index) => {
      const here = at(`${path}.items`, index);
      return [
        ...(item.key ? [] : [required(`${here}.key`)]),
        ...validateDescending(item.path, `${here}.path`),
        ...validateMode(item.mode, `${here}.mode`),
      ];
    }),
  ];
}

function validateDownward(source: Source, path: string): FieldError[] {
  return (source.items ?? []).flatMap((item, index) => {
    const here = at(path, index);
    return [
      ...validateDescending(item.path, `${here}.path`),
      ...(item.fieldRef ? validateFieldRef(item.fieldRef, `${here}.fieldRef`, DOWNWARD_PATHS) : []),
      ...validateMode(item.mode, `${here}.mode`),
    ];
  });
}

function validateDescending(value: string | undefined, path: string): FieldError[] {
  if (!value) return [required(path)];
  if (value.startsWith('/')) return [invalid(path, value, 'must be a relative path')];
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];
}

function validateProjected(source: Source, path: string): FieldError[] {
  const errors = validateMode(source.defaultMode, `${path}.defaultMode`);
  source.sources?.forEach((projection, index) => {
    const here = at(`${path}.sources`, index);
    for (const [kind, view] of Object.entries(projection)) {
      if (kind === 'serviceAccountToken') errors.push(...requireText(view, `${here}.${kind}`, 'path'));
      else if (kind === 'downwardAPI') errors.push(...validateDownward(view, `${here}.${kind}`));
      else errors.push(...requireText(view, `${here}.${kind}`, 'name'), ...validateFiles(view, `${here}.${kind}`));
    }
  });
  return errors;
}

export function validateVolumeMounts(container: Container, volumes: ReadonlySet<string>, path: string): FieldError[] {
  const paths = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const here = at(`${path}.volumeMounts`, index);
    const { name = '', mountPath = '', subPath } = mount;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${here}.name`));
    if (!volumes.has(name)) errors.push(notFound(`${here}.name`, name));
    if (!mountPath) errors.push(required(`${here}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalid(`${here}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (subPath) errors.push(...validateDescending(subPath, `${here}.subPath`));
    if (subPath && mount.subPathExpr) {
      errors.push(invalid(`${here}.subPathExpr`, mount.subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    }
    return errors;
  });
}

export function validateImagePullSecrets(secrets: { name?: string }[] | undefined, path: string): FieldError[] {
  return (secrets ?? []).flatMap(({ name }, index) =>
    name ? dnsSubdomain(name).map(text => invalid(`${at(path, index)}.name`, name, text)) : [],
  );
}
