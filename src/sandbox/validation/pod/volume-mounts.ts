import type { FieldError } from '../../types.ts';
import { at, invalid, notFound, notSupported, required } from '../field-errors.ts';
import type { Container, Volume } from './pod-spec-view.ts';
import { validateDescending } from './volume-paths.ts';

/** The well-formed volumes of a pod, by name. */
export type VolumeSources = ReadonlyMap<string, Volume>;

const PROPAGATIONS = ['Bidirectional', 'HostToContainer', 'None'];

/** Some paths lack the index of the mount, as in the server. */
export function validateVolumeMounts(container: Container, volumes: VolumeSources, path: string): FieldError[] {
  const paths = new Set<string>();
  const devices = container.volumeDevices ?? [];
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const here = at(path, index);
    const { name = '', mountPath = '', subPath, subPathExpr } = mount;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${here}.name`));
    if (!volumes.has(name)) errors.push(notFound(`${here}.name`, name));
    if (!mountPath) errors.push(required(`${here}.mountPath`));
    if (paths.has(mountPath)) errors.push(invalid(`${here}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (devices.some(device => device.name === name)) {
      errors.push(invalid(`${here}.name`, name, 'must not already exist in volumeDevices'));
    }
    if (devices.some(device => device.devicePath === mountPath)) {
      errors.push(invalid(`${here}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    }
    if (subPath) errors.push(...validateDescending(subPath, `${path}.subPath`));
    if (subPathExpr) {
      if (subPath) {
        errors.push(invalid(`${here}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      }
      errors.push(...validateDescending(subPathExpr, `${path}.subPathExpr`));
    }
    return [...errors, ...validatePropagation(mount.mountPropagation, container, `${path}.mountPropagation`)];
  });
}

function validatePropagation(value: string | undefined, container: Container, path: string): FieldError[] {
  if (value === undefined) return [];
  const errors = PROPAGATIONS.includes(value) ? [] : [notSupported(path, value, PROPAGATIONS)];
  if (value === 'Bidirectional' && !container.securityContext?.privileged) {
    errors.push({
      reason: 'FieldValueForbidden',
      field: path,
      message: 'Forbidden: Bidirectional mount propagation is available only to privileged containers',
    });
  }
  return errors;
}

export function validateVolumeDevices(container: Container, volumes: VolumeSources, path: string): FieldError[] {
  const [names, paths] = [new Set<string>(), new Set<string>()];
  const mounts = container.volumeMounts ?? [];
  return (container.volumeDevices ?? []).flatMap(({ name = '', devicePath = '' }, index) => {
    const here = at(path, index);
    const volume = volumes.get(name);
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${here}.name`));
    if (names.has(name)) errors.push(invalid(`${here}.name`, name, 'must be unique'));
    if (!volume) errors.push(notFound(`${here}.name`, name));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const text = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalid(`${here}.name`, name, text));
    }
    if (!devicePath) errors.push(required(`${here}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalid(`${here}.devicePath`, devicePath, 'must be unique'));
    if (devicePath.split('/').includes('..')) {
      errors.push(invalid(`${here}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    } else paths.add(devicePath);
    if (mounts.some(mount => mount.name === name)) {
      errors.push(invalid(`${here}.name`, name, 'must not already exist in volumeMounts'));
    }
    if (mounts.some(mount => mount.mountPath === devicePath)) {
      errors.push(invalid(`${here}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    }
    if (name) names.add(name);
    return errors;
  });
}
