import type { KubeObject } from '../../../kube.ts';
import type { FieldError } from '../../types.ts';
import { sameValue } from '../equality.ts';
import { at, forbidden, invalid, required, tooLong } from '../field-errors.ts';
import { jsonProblem } from '../go-json.ts';
import { configKey } from '../names.ts';

/** ConfigMaps and Secrets. */
interface Data extends KubeObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
  type?: string;
}

const LIMIT = 1024 * 1024;
const REDACTED = '<secret contents redacted>';

const decoded = (base64: string): Buffer => Buffer.from(base64, 'base64');

export function validateConfigMap(object: Data): FieldError[] {
  const { data = {}, binaryData = {} } = object;
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    errors.push(...configKey(key).map(text => invalid(at('data', key), key, text)));
    if (Object.hasOwn(binaryData, key)) {
      errors.push(invalid(at('data', key), key, `duplicate of key present in binaryData`));
    }
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(binaryData)) {
    errors.push(...configKey(key).map(text => invalid(at('binaryData', key), key, text)));
    size += decoded(value).length;
  }
  // The server names no field here: its path is the empty name.
  return size > LIMIT ? [...errors, tooLong('[]', LIMIT)] : errors;
}

export function validateConfigMapUpdate(object: Data, old: Data): FieldError[] {
  return old.immutable ? frozen(object, old, ['data', 'binaryData']) : [];
}

function frozen(object: Data, old: Data, fields: ('data' | 'binaryData')[]): FieldError[] {
  const text = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable ? [] : [forbidden('immutable', text)]),
    ...fields.filter(field => !sameValue(object[field] ?? {}, old[field] ?? {})).map(field => forbidden(field, text)),
  ];
}

export function validateSecret(object: Data): FieldError[] {
  const data = object.data ?? {};
  const size = Object.values(data).reduce((sum, value) => sum + decoded(value).length, 0);
  return [
    ...Object.keys(data).flatMap(key => configKey(key).map(text => invalid(at('data', key), key, text))),
    ...(size > LIMIT ? [tooLong('data', LIMIT)] : []),
    ...validateSecretType(object, data),
  ];
}

function validateSecretType(object: Data, data: Record<string, string>): FieldError[] {
  const needs = (...keys: string[]): FieldError[] =>
    keys.every(key => !Object.hasOwn(data, key)) ? keys.map(key => required(at('data', key))) : [];
  const json = (key: string): FieldError[] => {
    if (!Object.hasOwn(data, key)) return [required(at('data', key))];
    const problem = jsonProblem(decoded(data[key] ?? '').toString());
    return problem ? [invalid(at('data', key), REDACTED, problem)] : [];
  };
  switch (object.type) {
    case 'kubernetes.io/service-account-token':
      return object.metadata.annotations?.['kubernetes.io/service-account.name']
        ? []
        : [required('metadata.annotations[kubernetes.io/service-account.name]')];
    case 'kubernetes.io/dockercfg':
      return json('.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return json('.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      return needs('username', 'password');
    case 'kubernetes.io/ssh-auth':
      return data['ssh-privatekey'] ? [] : [required(at('data', 'ssh-privatekey'))];
    case 'kubernetes.io/tls':
      return [...needs('tls.crt'), ...needs('tls.key')];
    default:
      return [];
  }
}

export function validateSecretUpdate(object: Data, old: Data): FieldError[] {
  return [
    ...(object.type === old.type ? [] : [invalid('type', object.type ?? '', 'field is immutable')]),
    ...(old.immutable ? frozen(object, old, ['data']) : []),
  ];
}
