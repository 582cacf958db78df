import type { KubeObject } from '../../kube.ts';
import { userNamed } from './authentication.ts';
import { type Core, newUid, timestamp } from './core.ts';
import { collectionOf } from './registry.ts';
import { invalid, notFound } from './statuses.ts';

const LEAST_SECONDS = 600;
const MOST_SECONDS = 2 ** 32;
const DEFAULT_SECONDS = 3600;
const AUDIENCE = 'https://kubernetes.default.svc';

/** Makes a token of a ServiceAccount, which authenticates from then on. */
export function requestToken(core: Core, namespace: string, name: string, review: KubeObject): KubeObject {
  const resource = { group: '', plural: 'serviceaccounts' };
  const account = core.store.get(collectionOf(resource), namespace, name);
  if (!account) throw notFound(resource, name);
  const spec = (review.spec ?? {}) as {
    audiences?: string[];
    expirationSeconds?: number;
    boundObjectRef?: object | null;
  };
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  const problem =
    seconds < LEAST_SECONDS
      ? 'may not specify a duration less than 10 minutes'
      : seconds > MOST_SECONDS
        ? 'may not specify a duration larger than 2^32 seconds'
        : undefined;
  if (problem) {
    const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
    throw invalid(kind, '', [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.expirationSeconds',
        message: `Invalid value: ${seconds}: ${problem}`,
      },
    ]);
  }
  const token = `sandbox.${namespace}.${name}.${newUid(core.random)}`;
  core.tokens.set(token, userNamed(`system:serviceaccount:${namespace}:${name}`));
  const now = core.clock.now();
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name,
      namespace,
      creationTimestamp: timestamp(now),
      ...(account.metadata.uid ? { uid: account.metadata.uid } : {}),
    },
    spec: {
      audiences: spec.audiences ?? [AUDIENCE],
      expirationSeconds: seconds,
      boundObjectRef: spec.boundObjectRef ?? null,
    },
    status: { token, expirationTimestamp: timestamp(now + seconds * 1000) },
  };
}
