import { isIP } from 'node:net';
import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { at, invalid, notSupported, required, tooLong } from '../field-errors.ts';
import { dnsLabel, dnsSubdomain, pathSegment, portName, portNumber, wildcardSubdomain } from '../names.ts';

interface Backend {
  service?: { name?: string; port?: { name?: string; number?: number } };
  resource?: { apiGroup?: string; kind?: string; name?: string };
}

interface IngressSpec {
  ingressClassName?: string;
  defaultBackend?: Backend;
  tls?: { hosts?: string[]; secretName?: string }[];
  rules?: { host?: string; http?: { paths?: { path?: string; pathType?: string; backend?: Backend }[] } }[];
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export function validateIngress(object: KubeObject): FieldError[] {
  const spec = (object.spec ?? {}) as IngressSpec;
  const errors: FieldError[] = [];
  if (!spec.rules?.length && !spec.defaultBackend) {
    errors.push(invalid('spec', spec.rules ?? null, 'either `defaultBackend` or `rules` must be specified'));
  }
  if (spec.defaultBackend) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  spec.rules?.forEach((rule, index) => {
    const here = at('spec.rules', index);
    errors.push(...validateHost(rule.host ?? '', `${here}.host`));
    if (!rule.http) return;
    if (!rule.http.paths?.length) errors.push(required(`${here}.http.paths`));
    rule.http.paths?.forEach((path, number) => {
      const place = at(`${here}.http.paths`, number);
      errors.push(...validatePath(path, place));
      // Without a type the server looks no further.
      if (path.pathType !== undefined) errors.push(...validateBackend(path.backend ?? {}, `${place}.backend`));
    });
  });
  spec.tls?.forEach(({ hosts, secretName }, index) => {
    const here = at('spec.tls', index);
    hosts?.forEach((host, number) => {
      const check = host.includes('*') ? wildcardSubdomain : dnsSubdomain;
      errors.push(...check(host).map(text => invalid(at(`${here}.hosts`, number), host, text)));
    });
    if (secretName)
      errors.push(...dnsSubdomain(secretName).map(text => invalid(`${here}.secretName`, secretName, text)));
  });
  const name = spec.ingressClassName;
  if (name !== undefined) errors.push(...dnsSubdomain(name).map(text => invalid('spec.ingressClassName', name, text)));
  return errors;
}

/** New ones may name their class twice, by the same name. */
export function validateIngressClassAnnotation(object: KubeObject): FieldError[] {
  const annotation = object.metadata.annotations?.[CLASS_ANNOTATION];
  const named = (object.spec as IngressSpec | undefined)?.ingressClassName;
  if (annotation === undefined || named === undefined || annotation === named) return [];
  const text = 'must match `ingressClassName` when both are specified';
  return [invalid(`annotations.${CLASS_ANNOTATION}`, annotation, text)];
}

function validateHost(host: string, path: string): FieldError[] {
  if (host === '') return [];
  const errors = isIP(host) === 0 ? [] : [invalid(path, host, 'must be a DNS name, not an IP address')];
  const check = host.includes('*') ? wildcardSubdomain : dnsSubdomain;
  return [...errors, ...check(host).map(text => invalid(path, host, text))];
}

function validatePath({ path = '', pathType }: { path?: string; pathType?: string }, place: string): FieldError[] {
  if (pathType === undefined) return [required(`${place}.pathType`, 'pathType must be specified')];
  if (!PATH_TYPES.includes(pathType)) return [notSupported(`${place}.pathType`, pathType, PATH_TYPES)];
  const here = `${place}.path`;
  if (pathType === 'ImplementationSpecific') {
    return path !== '' && !path.startsWith('/') ? [invalid(here, path, 'must be an absolute path')] : [];
  }
  const errors: FieldError[] = [];
  if (!path.startsWith('/')) errors.push(invalid(here, path, 'must be an absolute path'));
  for (const sequence of ['//', '/./', '/../', '%2f', '%2F']) {
    if (path.includes(sequence)) errors.push(invalid(here, path, `must not contain '${sequence}'`));
  }
  for (const end of ['/..', '/.']) {
    if (path.endsWith(end)) errors.push(invalid(here, path, `cannot end with '${end}'`));
  }
  return errors;
}

function validateBackend({ service, resource }: Backend, path: string): FieldError[] {
  if (service && resource) return [invalid(path, '', 'cannot set both resource and service backends')];
  if (resource) return validateReference(resource, `${path}.resource`);
  if (!service) return [invalid(path, '', 'resource or service backend is required')];
  const { name = '', port = {} } = service;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${path}.service.name`));
  else errors.push(...dnsLabel(name).map(text => invalid(`${path}.service.name`, name, text)));
  if (port.name && port.number) return [...errors, invalid(path, '', 'cannot set both port name & port number')];
  if (port.name)
    return [...errors, ...portName(port.name).map(text => invalid(`${path}.service.port.name`, port.name, text))];
  if (port.number)
    return [
      ...errors,
      ...portNumber(port.number).map(text => invalid(`${path}.service.port.number`, port.number, text)),
    ];
  return [...errors, required(path, 'port name or number is required')];
}

function validateReference({ apiGroup, kind, name }: NonNullable<Backend['resource']>, path: string): FieldError[] {
  const errors =
    apiGroup === undefined ? [] : dnsSubdomain(apiGroup).map(text => invalid(`${path}.apiGroup`, apiGroup, text));
  for (const [field, value] of Object.entries({ kind, name })) {
    if (!value) errors.push(required(`${path}.${field}`));
    else errors.push(...pathSegment(value).map(text => invalid(`${path}.${field}`, value, text)));
  }
  return errors;
}

const CONTROLLER = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[^ %/]+/;
const LONGEST_CONTROLLER = 250;

export function validateIngressClass(object: KubeObject): FieldError[] {
  const { controller = '' } = (object.spec ?? {}) as { controller?: string };
  if (controller === '') return [required('spec.controller')];
  const errors = controller.length > LONGEST_CONTROLLER ? [tooLong('spec.controller', LONGEST_CONTROLLER)] : [];
  if (CONTROLLER.test(controller)) return errors;
  const text = 'must be a domain-prefixed path (such as "acme.io/foo")';
  return [...errors, invalid('spec.controller', controller, text)];
}

export function validateIngressClassUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [now, before] = [object, old].map(of => ((of.spec ?? {}) as { controller?: string }).controller);
  return now === before ? [] : [invalid('spec.controller', now ?? '', 'field is immutable')];
}
