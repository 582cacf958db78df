import type { FieldError } from '../../types.ts';
import { invalid } from '../field-errors.ts';

/** Paths and modes of the files in volumes. */

export function validateNoBacksteps(value: string, path: string): FieldError[] {
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];
}

/** A path below the volume's root. */
export function validateDescending(value: string, path: string): FieldError[] {
  const errors = value.startsWith('/') ? [invalid(path, value, 'must be a relative path')] : [];
  return [...errors, ...validateNoBacksteps(value, path)];
}

/** The same, where names that start with two dots are the kubelet's own. */
export function validateNonReserved(value: string, path: string): FieldError[] {
  const errors = validateDescending(value, path);
  const reserved = value.startsWith('..') && !value.startsWith('../');
  return reserved ? [...errors, invalid(path, value, "must not start with '..'")] : errors;
}

export function validateMode(mode: number | undefined, path: string): FieldError[] {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return [];
  return [invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}
