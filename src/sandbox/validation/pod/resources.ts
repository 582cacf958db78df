import type { FieldError } from '../../types.ts';
import { at, forbidden, invalid, required } from '../field-errors.ts';
import { qualifiedName } from '../names.ts';
import { canonicalQuantity, nanoOf } from '../quantity.ts';
import type { ResourceRequirements } from './pod-spec-view.ts';

const CONTAINER_RESOURCES = new Set(['cpu', 'memory', 'ephemeral-storage']);
const STANDARD_RESOURCES = new Set([
  ...CONTAINER_RESOURCES,
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'storage',
  'requests.storage',
  'services.nodeports',
  'services.loadbalancers',
]); // prettier-ignore
const WHOLE_NUMBERS = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]); // prettier-ignore
const MILLI = 10n ** 6n;

const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** Whether limits may promise more of it than requests reserve. */
export const isOvercommitted = (name: string): boolean => isNative(name) && !isHugePages(name);

export function validateResources(resources: ResourceRequirements | undefined, path: string): FieldError[] {
  const { limits = {}, requests = {} } = resources ?? {};
  const errors: FieldError[] = [];
  for (const [name, quantity] of Object.entries(limits)) {
    errors.push(...validateContainerResource(name, quantity, at(`${path}.limits`, name)));
  }
  for (const [name, quantity] of Object.entries(requests)) {
    errors.push(
      ...validateContainerResource(name, quantity, at(`${path}.requests`, name)),
      ...compareToLimit(name, quantity, limits[name], path),
    );
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return errors;
}

/** Only cpu, memory and the like may be promised more than once; huge pages and devices may not. */
function compareToLimit(name: string, request: string, limit: string | undefined, path: string): FieldError[] {
  const fixed = !isOvercommitted(name);
  if (limit === undefined) {
    return fixed ? [required(`${path}.limits`, 'Limit must be set for non overcommitable resources')] : [];
  }
  const [asked = 0n, most = 0n] = [nanoOf(request), nanoOf(limit)];
  const shown = canonicalQuantity(request);
  const bound = `${name} limit of ${canonicalQuantity(limit)}`;
  if (fixed && asked !== most) return [invalid(`${path}.requests`, shown, `must be equal to ${bound}`)];
  return asked > most ? [invalid(`${path}.requests`, shown, `must be less than or equal to ${bound}`)] : [];
}

function validateContainerResource(name: string, quantity: string, path: string): FieldError[] {
  return [
    ...validateContainerResourceName(name, path),
    ...validateQuantity(name, quantity, path),
    ...validatePages(name, quantity, path),
  ];
}

export function validateContainerResourceName(name: string, path: string): FieldError[] {
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (!CONTAINER_RESOURCES.has(name) && !isHugePages(name)) {
      errors.push(invalid(path, name, 'must be a standard resource for containers'));
    }
  } else if (!isNative(name) && name.startsWith('requests.')) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
  return errors;
}

/** Huge pages come whole. */
function validatePages(name: string, quantity: string, path: string): FieldError[] {
  const size = isHugePages(name) ? nanoOf(name.slice('hugepages-'.length)) : undefined;
  if (!size || (nanoOf(quantity) ?? 0n) % size === 0n) return [];
  const shown = canonicalQuantity(quantity);
  return [invalid(path, shown, `${shown} is not positive integer multiple of ${name}`)];
}

export function validateResourceName(name: string, path: string): FieldError[] {
  const malformed = qualifiedName(name).map(text => invalid(path, name, text));
  if (malformed.length > 0 || name.includes('/') || STANDARD_RESOURCES.has(name)) return malformed;
  if (isHugePages(name) || name.startsWith('requests.hugepages-')) return [];
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}

export function validateQuantity(name: string, quantity: string, path: string): FieldError[] {
  const value = nanoOf(quantity) ?? 0n;
  const errors: FieldError[] = [];
  if (value < 0n) errors.push(invalid(path, canonicalQuantity(quantity), 'must be greater than or equal to 0'));
  const whole = WHOLE_NUMBERS.has(name) || (name.includes('/') && !isNative(name));
  if (whole && value % (1000n * MILLI) !== 0n)
    errors.push(invalid(path, canonicalQuantity(quantity), 'must be an integer'));
  return errors;
}
