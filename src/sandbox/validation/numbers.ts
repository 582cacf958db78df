import type { FieldError } from '../types.ts';
import { invalid } from './field-errors.ts';

/** Checks of numbers which many kinds share. */

export type IntOrString = number | string;

export function nonNegative(value: number | undefined, path: string): FieldError[] {
  return (value ?? 0) < 0 ? [invalid(path, value, 'must be greater than or equal to 0')] : [];
}

export function positive(value: number | undefined, path: string): FieldError[] {
  return (value ?? 1) <= 0 ? [invalid(path, value, 'must be greater than 0')] : [];
}

export function inRange(value: number | undefined, low: number, high: number, path: string): FieldError[] {
  if (value === undefined || (value >= low && value <= high)) return [];
  return [invalid(path, value, `must be between ${low} and ${high}, inclusive`)];
}

export function nonNegativeOrPercent(value: IntOrString | undefined, path: string): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === 'number') return nonNegative(value, path);
  if (/^[0-9]+%$/.test(value)) return [];
  const text =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalid(path, value, text)];
}

export function atMost100Percent(value: IntOrString | undefined, path: string): FieldError[] {
  const over = typeof value === 'string' && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100;
  return over ? [invalid(path, value, 'must not be greater than 100%')] : [];
}

/** The number that a percentage or an integer starts with. */
export function leadingNumber(value: IntOrString | undefined): number {
  return typeof value === 'number' ? value : Number.parseInt(value ?? '0', 10) || 0;
}
