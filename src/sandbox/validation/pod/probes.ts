import type { FieldError } from '../../types.ts';
import { child, forbidden, invalid, notSupported, required } from '../field-errors.ts';
import { headerName, portName, portNumber } from '../names.ts';
import { type IntOrString, nonNegative } from '../numbers.ts';
import type { Container, Handler, Probe } from './pod-spec-view.ts';

const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
type HandlerName = (typeof HANDLERS)[number];

/** Exactly one handler, and that one right. Lifecycle hooks have no grpc, probes no sleep. */
function validateHandler(handler: Handler, path: string, grace: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let found = 0;
  for (const name of HANDLERS) {
    if (!handler[name]) continue;
    found += 1;
    if (found > 1) errors.push(forbidden(child(path, name), 'may not specify more than 1 handler type'));
    else errors.push(...validateAction(name, handler, child(path, name), grace));
  }
  return found === 0 ? [required(path, 'must specify a handler type')] : errors;
}

function validateAction(name: HandlerName, handler: Handler, path: string, grace: number | undefined): FieldError[] {
  switch (name) {
    case 'exec':
      return handler.exec?.command?.length ? [] : [required(`${path}.command`)];
    case 'httpGet':
      return validateHttpGet(handler.httpGet ?? {}, path);
    case 'tcpSocket':
      return validatePort(handler.tcpSocket?.port, `${path}.port`);
    case 'grpc':
      return validatePort(handler.grpc?.port, `${path}.port`);
    case 'sleep':
      return validateSleep(handler.sleep?.seconds ?? 0, path, grace);
  }
}

/** A hook that sleeps has to end within the grace period of its pod. */
function validateSleep(seconds: number, path: string, grace: number | undefined): FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  return [invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`)];
}

function validateHttpGet(get: NonNullable<Handler['httpGet']>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!get.path) errors.push(required(`${path}.path`));
  errors.push(...validatePort(get.port, `${path}.port`));
  if (get.scheme !== 'HTTP' && get.scheme !== 'HTTPS') {
    errors.push(notSupported(`${path}.scheme`, get.scheme ?? '', ['HTTP', 'HTTPS']));
  }
  get.httpHeaders?.forEach(({ name = '' }) => {
    errors.push(...headerName(name).map(text => invalid(`${path}.httpHeaders`, name, text)));
  });
  return errors;
}

export function validatePort(port: IntOrString | undefined, path: string): FieldError[] {
  const value = port ?? 0;
  const texts = typeof value === 'number' ? portNumber(value) : portName(value);
  return texts.map(text => invalid(path, value, text));
}

function validateProbe(probe: Probe, path: string, podGrace: number | undefined): FieldError[] {
  const numbers = [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const;
  const grace = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(probe, path, podGrace),
    ...numbers.flatMap(name => nonNegative(probe[name], child(path, name))),
    ...(grace !== undefined && grace <= 0
      ? [invalid(child(path, 'terminationGracePeriodSeconds'), grace, 'must be greater than 0')]
      : []),
  ];
}

/** Probes and hooks of a container. Only an init container that runs on may have them. */
export function validateProbesAndHooks(container: Container, path: string, grace: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle?.postStart) errors.push(...validateHandler(lifecycle.postStart, `${path}.lifecycle.postStart`, grace));
  if (lifecycle?.preStop) errors.push(...validateHandler(lifecycle.preStop, `${path}.lifecycle.preStop`, grace));
  for (const [name, probe] of Object.entries({ livenessProbe, readinessProbe, startupProbe })) {
    if (!probe) continue;
    errors.push(...validateProbe(probe, child(path, name), grace));
    if (name === 'readinessProbe') {
      if (probe.terminationGracePeriodSeconds !== undefined) {
        errors.push(
          invalid(
            `${path}.readinessProbe.terminationGracePeriodSeconds`,
            probe.terminationGracePeriodSeconds,
            'must not be set for readinessProbes',
          ),
        );
      }
    } else if (probe.successThreshold !== 1) {
      errors.push(invalid(`${path}.${name}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
    }
  }
  return errors;
}
