import type { Clock } from '../../clock.ts';
import type { KubeObject } from '../../kube.ts';
import type { PodLogStore } from '../kubelet/pod-logs.ts';
import type { Store } from '../store/store.ts';
import type { Resource } from '../types.ts';
import type { Answer, Incoming } from './http/message.ts';
import type { Registry } from './registry.ts';

/** Who asks, as authentication found. */
export interface User {
  name: string;
  groups: readonly string[];
  uid?: string;
}

/** In this group everything is allowed, without a look at the roles. */
export const MASTERS = 'system:masters';
export const AUTHENTICATED = 'system:authenticated';

export const ADMIN: User = { name: 'system:admin', groups: [MASTERS, AUTHENTICATED] };

/** What the parts of the API server share. */
export interface Core {
  clock: Clock;
  store: Store;
  registry: Registry;
  /** Source of uids and of the random ends of generated names: seeded in rehearsals and tests. */
  random: () => number;
  /** Told of each accepted write, after it was stored. */
  onWrite: Set<(write: Write) => void>;
  /** By token: the user it belongs to. */
  tokens: Map<string, User>;
  /** What the containers of pods wrote. */
  logs: PodLogStore;
  /** Answers what is proxied to pods and services; undefined where nothing would. */
  proxy?: (call: ProxyCall) => Answer | undefined;
}

/** A request that the API server would pass on to a pod or service. */
export interface ProxyCall {
  resource: Resource;
  object: KubeObject;
  /** Below the proxy subresource, without a leading slash. */
  path: string;
  incoming: Incoming;
}

export interface Write {
  verb: 'create' | 'update' | 'patch' | 'delete';
  resource: Resource;
  subresource?: string;
  /** Absent for what was created. */
  before?: KubeObject;
  /** Absent for what is gone. */
  after?: KubeObject;
  user: User;
  manager: string;
  origin: WriteOrigin;
}

/** Where a write comes from. */
export interface WriteOrigin {
  /** What the client calls itself (its User-Agent); absent for what happens inside the sandbox. */
  client?: string;
  /** A slow request is executed later than it was sent. */
  sent: Moment;
}

export interface Moment {
  /** Milliseconds of the clock. */
  at: number;
  /** Of the store: orders what happens at the same time. */
  version: number;
}

export function present({ clock, store }: Core): Moment {
  return { at: clock.now(), version: store.version() };
}

/** One request against one resource, after routing and authorization. */
export interface ResourceRequest {
  verb: 'create' | 'update' | 'patch' | 'delete';
  resource: Resource;
  namespace: string | undefined;
  name: string | undefined;
  subresource?: string;
  user: User;
  /** Field manager of the write. */
  manager: string;
  /** Absent for what happens inside the sandbox. */
  origin?: WriteOrigin;
  dryRun: boolean;
  fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  /** Texts for Warning headers, in order; the steps of the pipeline add to them. */
  warnings: string[];
}

/** `2024-01-01T00:00:00Z`, as metav1.Time is written. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

export function newUid(random: () => number): string {
  const hex = (digits: number): string => {
    let text = '';
    for (let index = 0; index < digits; index++) text += Math.floor(random() * 16).toString(16);
    return text;
  };
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}

const NAME_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** The five letters that end a generated name: those that Kubernetes uses, which spell no words. */
export function nameSuffix(random: () => number): string {
  let text = '';
  for (let index = 0; index < 5; index++) text += NAME_LETTERS.charAt(Math.floor(random() * NAME_LETTERS.length));
  return text;
}
