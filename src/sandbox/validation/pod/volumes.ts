import type { FieldError } from '../../types.ts';
import { at, child, duplicate, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { validateClaimSpec } from '../kinds/volume-claim.ts';
import { dnsLabel } from '../names.ts';
import { nanoOf } from '../quantity.ts';
import type { Volume } from './pod-spec-view.ts';
import {
  type FileSource,
  type ProjectedSource,
  validateDownward,
  validateFiles,
  validateProjected,
} from './volume-files.ts';
import type { VolumeSources } from './volume-mounts.ts';
import { validateDescending, validateMode, validateNoBacksteps } from './volume-paths.ts';

/** What the rules read of any source. */
interface Source {
  [field: string]: unknown;
  path?: string;
  defaultMode?: number;
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

/** The sources in the order in which the API server looks at them, each with its own rules. */
const SOURCES: Record<string, (source: Source, path: string) => FieldError[]> = {
  emptyDir: (source, path) =>
    (nanoOf(source.sizeLimit as string | undefined) ?? 0n) < 0n
      ? [forbidden(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: validateHostPath,
  gitRepo: (source, path) => [
    ...requireText(source, path, 'repository'),
    ...validateDescending(String(source.directory ?? ''), `${path}.directory`),
  ],
  gcePersistentDisk: (source, path) => requireText(source, path, 'pdName'),
  awsElasticBlockStore: (source, path) => requireText(source, path, 'volumeID'),
  secret: (source, path) => [...requireText(source, path, 'secretName'), ...validateFiles(source as FileSource, path)],
  nfs: validateNfs,
  iscsi: (source, path) => requireText(source, path, 'targetPortal', 'iqn'),
  glusterfs: (source, path) => requireText(source, path, 'endpoints', 'path'),
  flocker: () => [],
  persistentVolumeClaim: (source, path) => requireText(source, path, 'claimName'),
  downwardAPI: (source, path) => [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...validateDownward(source as FileSource, path),
  ],
  configMap: (source, path) => [...requireText(source, path, 'name'), ...validateFiles(source as FileSource, path)],
  projected: (source, path) => validateProjected(source as ProjectedSource, path),
  csi: (source, path) => requireText(source, path, 'driver'),
  ephemeral: (source, path) => {
    const template = source.volumeClaimTemplate as { spec?: object } | undefined;
    if (!template) return [required(`${path}.volumeClaimTemplate`)];
    return validateClaimSpec(template.spec ?? {}, `${path}.volumeClaimTemplate.spec`);
  },
  image: (source, path) => validatePullPolicy(source.pullPolicy, `${path}.pullPolicy`),
};
const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];

export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  path: string,
): { errors: FieldError[]; sources: VolumeSources } {
  const sources = new Map<string, Volume>();
  const errors = (volumes ?? []).flatMap((volume, index) => {
    const here = at(path, index);
    const name = volume.name ?? '';
    const found = validateSource(volume, here);
    if (!name) found.push(required(`${here}.name`));
    else found.push(...dnsLabel(name).map(text => invalid(`${here}.name`, name, text)));
    if (sources.has(name)) found.push(duplicate(`${here}.name`, name));
    if (found.length === 0) sources.set(name, volume);
    return found;
  });
  return { errors, sources };
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
  const errors = validateNoBacksteps(source.path, `${path}.path`);
  if (!HOST_PATH_TYPES.includes(String(source.type ?? ''))) {
    errors.push(notSupported(`${path}.type`, source.type, HOST_PATH_TYPES));
  }
  return errors;
}

function validateNfs(source: Source, path: string): FieldError[] {
  const errors = requireText(source, path, 'server', 'path');
  if (!source.path?.startsWith('/')) {
    errors.push(invalid(`${path}.path`, source.path ?? '', 'must be an absolute path'));
  }
  return errors;
}

function validatePullPolicy(policy: unknown, path: string): FieldError[] {
  return policy === undefined || PULL_POLICIES.includes(String(policy))
    ? []
    : [notSupported(path, policy, PULL_POLICIES)];
}
