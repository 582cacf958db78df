import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, required } from '../field-errors.ts';
import { validateFieldRef, validateResourceFieldRef } from './environment.ts';
import type { ResourceFieldRef } from './pod-spec-view.ts';
import { validateMode, validateNonReserved } from './volume-paths.ts';

/** Volumes made of files: ConfigMaps, Secrets, the downward API, and several of them projected into one. */

interface File {
  key?: string;
  path?: string;
  mode?: number;
  fieldRef?: { apiVersion?: string; fieldPath?: string };
  resourceFieldRef?: ResourceFieldRef;
}

export interface FileSource {
  name?: string;
  defaultMode?: number;
  items?: File[];
}

interface TokenSource {
  path?: string;
  expirationSeconds?: number;
}

export interface ProjectedSource {
  defaultMode?: number;
  sources?: {
    secret?: FileSource;
    configMap?: FileSource;
    downwardAPI?: FileSource;
    serviceAccountToken?: TokenSource;
  }[];
}

const DOWNWARD_PATHS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
]; // prettier-ignore
const TEN_MINUTES = 600;
const LONGEST_TOKEN = 2 ** 32;

export function validateFiles(source: FileSource, path: string): FieldError[] {
  return [...validateMode(source.defaultMode, `${path}.defaultMode`), ...validateItems(source, path)];
}

function validateItems(source: FileSource, path: string): FieldError[] {
  return (source.items ?? []).flatMap(({ key, path: target = '', mode }, index) => {
    const here = at(`${path}.items`, index);
    return [
      ...(key ? [] : [required(`${here}.key`)]),
      ...(target ? [] : [required(`${here}.path`)]),
      ...validateNonReserved(target, `${here}.path`),
      ...validateMode(mode, `${here}.mode`),
    ];
  });
}

/** The server tells nothing of which item is wrong. */
export function validateDownward(source: FileSource, path: string): FieldError[] {
  return (source.items ?? []).flatMap(({ path: target = '', fieldRef, resourceFieldRef, mode }) => [
    ...(target ? [] : [required(`${path}.path`)]),
    ...validateNonReserved(target, `${path}.path`),
    ...(fieldRef ? validateFieldRef(fieldRef, `${path}.fieldRef`, DOWNWARD_PATHS) : []),
    ...(fieldRef && resourceFieldRef
      ? [invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')]
      : []),
    ...(!fieldRef && resourceFieldRef
      ? validateResourceFieldRef(resourceFieldRef, `${path}.resourceFieldRef`, true)
      : []),
    ...(!fieldRef && !resourceFieldRef ? [required(path, 'one of fieldRef and resourceFieldRef is required')] : []),
    ...validateMode(mode, `${path}.mode`),
  ]);
}

export function validateProjected(source: ProjectedSource, path: string): FieldError[] {
  const taken = new Set<string>();
  const conflicts = (items: File[] | undefined, shown: string | undefined): FieldError[] =>
    (items ?? []).flatMap(item => {
      if (!item.path) return [];
      if (taken.has(item.path)) return [invalid(path, shown ?? item.path, 'conflicting duplicate paths')];
      taken.add(item.path);
      return [];
    });
  return [
    ...validateMode(source.defaultMode, `${path}.defaultMode`),
    ...(source.sources ?? []).flatMap(({ secret, configMap, downwardAPI, serviceAccountToken: token }, index) => {
      const here = at(`${path}.sources`, index);
      const errors: FieldError[] = [];
      for (const [kind, files] of Object.entries({ secret, configMap })) {
        if (!files) continue;
        if (!files.name) errors.push(required(`${here}.${kind}.name`));
        errors.push(...validateItems(files, `${here}.${kind}`), ...conflicts(files.items, files.name ?? ''));
      }
      if (downwardAPI) {
        errors.push(...validateDownward(downwardAPI, `${here}.downwardAPI`));
        errors.push(...conflicts(downwardAPI.items, undefined));
      }
      if (token) errors.push(...validateToken(token, path, `${here}.serviceAccountToken`));
      if ([secret, configMap, downwardAPI, token].filter(Boolean).length > 1) {
        errors.push(forbidden(here, 'may not specify more than 1 volume type per source'));
      }
      return errors;
    }),
  ];
}

function validateToken({ path: target = '', expirationSeconds = 0 }: TokenSource, volume: string, path: string) {
  const errors: FieldError[] = [];
  const lifetime = `${path}.expirationSeconds`;
  if (expirationSeconds < TEN_MINUTES) {
    errors.push(invalid(lifetime, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  }
  if (expirationSeconds > LONGEST_TOKEN) {
    errors.push(invalid(lifetime, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  }
  if (target === '') return [...errors, required(`${volume}.path`)];
  return [...errors, ...validateNonReserved(target, `${volume}.path`)];
}
