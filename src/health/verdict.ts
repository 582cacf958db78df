export type HealthStatus = 'progressing' | 'healthy' | 'failed';

export interface Replicas {
  desired: number;
  /** Of the wanted version. */
  updated: number;
  /** Available, where the kind counts availability; else ready. */
  ready: number;
}

/** Whether an object has reached what its spec asks for, and the controller's words where it has not. */
export interface Health {
  status: HealthStatus;
  message: string;
  /** In CamelCase: the condition's own reason, or one of ours. */
  reason?: string;
  replicas?: Replicas;
  /** A refusal that may yet be taken back: it is a failure once it has stood for so many milliseconds. */
  patienceMs?: number;
}

export interface HealthContext {
  /** `volumeBindingMode` of a StorageClass, where it is known. */
  bindingMode?: (storageClass: string) => string | undefined;
}

type More = Pick<Health, 'replicas' | 'patienceMs' | 'reason'>;

export function healthy(message: string, more: More = {}): Health {
  return { status: 'healthy', message, ...more };
}

export function progressing(message: string, more: More = {}): Health {
  return { status: 'progressing', message, ...more };
}

export function failed(reason: string, message: string, more: More = {}): Health {
  return { status: 'failed', reason, message, ...more };
}

/** `Waiting for 2 of 5 replicas to become available`. */
export function waitingFor(missing: number, desired: number, noun: string, what: string): string {
  return `Waiting for ${missing} of ${counted(desired, noun)} to ${what}`;
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
