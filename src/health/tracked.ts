import type { KubeObject, ObjectRef } from '../kube.ts';
import { refOf } from '../kube.ts';
import type { Finding } from './finding.ts';
import { type Health, progressing } from './verdict.ts';

/** One object that is waited for, and all that is known of it. */
export interface Tracked {
  readonly ref: ObjectRef;
  /** As the API answered the apply: nothing older than this is believed. */
  readonly applied: KubeObject;
  object: KubeObject;
  health: Health;
  /** What the pods of its new version suffer from. */
  findings: readonly Finding[];
  /** What its events told when it stood still. */
  told: Finding | undefined;
  /** The refusal that stands, and since when. */
  refusal: { key: string; since: number } | undefined;
  /** Since when neither its message nor its numbers changed. */
  stillSince: number;
  /** When its events are to be looked at next, should it still stand still then. */
  lookAt: number;
  /** Whether a node is on its way for its unschedulable pods. */
  node: 'unasked' | 'asking' | 'coming' | 'not-coming';
  gone: boolean;
  /** Takes back the next look at it. */
  cancelWake: () => void;
  /** What was reported last, to report only what changed. */
  reported: string;
}

export function tracked(applied: KubeObject, now: number): Tracked {
  return {
    ref: refOf(applied),
    applied,
    object: applied,
    health: progressing('Not looked at yet'),
    findings: [],
    told: undefined,
    refusal: undefined,
    stillSince: now,
    lookAt: Number.POSITIVE_INFINITY,
    node: 'unasked',
    gone: false,
    cancelWake: () => undefined,
    reported: '',
  };
}

/** A watch may begin with a state from a cache that is older than the answer to our own write. */
export function isOlder(object: KubeObject, applied: KubeObject): boolean {
  const { generation: then = 0, resourceVersion: versionThen } = applied.metadata;
  const { generation: now = 0, resourceVersion: versionNow } = object.metadata;
  if (object.metadata.uid !== applied.metadata.uid) return false;
  if (now < then) return true;
  // Since Kubernetes 1.35 resource versions are documented to be comparable numbers; before, they were in fact.
  if (!isNumber(versionThen) || !isNumber(versionNow)) return false;
  return BigInt(versionNow) < BigInt(versionThen);
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}
