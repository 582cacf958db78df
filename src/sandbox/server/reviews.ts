import type { KubeObject } from '../../kube.ts';
import { userNamed, userOfToken } from './authentication.ts';
import { type Core, timestamp, type User } from './core.ts';
import { type Attributes, authorize, type Rule, rulesOf } from './rbac.ts';
import { invalid } from './statuses.ts';

interface AccessSpec {
  resourceAttributes?: Omit<Attributes, 'path'>;
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[];
}

const EMPTY_GROUP = { group: 'authorization.k8s.io', kind: '' };

/** Answers the reviews of authorization.k8s.io and authentication.k8s.io, which are asked by POST and never stored; undefined for other kinds. */
export function reviewOf(core: Core, user: User, object: KubeObject): KubeObject | undefined {
  switch (object.kind) {
    case 'SelfSubjectAccessReview':
      return accessReview(core, user, object);
    case 'SubjectAccessReview':
    case 'LocalSubjectAccessReview': {
      const { user: name = '', groups = [] } = object.spec as AccessSpec;
      return accessReview(core, { ...userNamed(name), groups }, object);
    }
    case 'SelfSubjectRulesReview':
      return rulesReview(core, user, object);
    case 'TokenReview':
      return tokenReview(core, object);
    case 'SelfSubjectReview':
      return {
        ...object,
        metadata: { ...object.metadata, creationTimestamp: timestamp(core.clock.now()) },
        status: { userInfo: { username: user.name, groups: user.groups } },
      };
    default:
      return undefined;
  }
}

function accessReview(core: Core, user: User, object: KubeObject): KubeObject {
  const spec = (object.spec ?? {}) as AccessSpec;
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if ((resource === undefined) === (other === undefined)) {
    const message = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    const value = resource === undefined ? 'null' : JSON.stringify(resource);
    throw invalid(EMPTY_GROUP, '', [
      { reason: 'FieldValueInvalid', field: 'spec.resourceAttributes', message: `Invalid value: ${value}: ${message}` },
    ]);
  }
  const asked: Attributes = resource
    ? { ...resource, verb: resource.verb ?? '' }
    : { verb: other?.verb ?? '', path: other?.path ?? '' };
  const { allowed, reason } = authorize(core, user, asked);
  return { ...object, spec: withoutEmpty(spec), status: { allowed, ...(reason === undefined ? {} : { reason }) } };
}

/** Empty strings are absent in what the server answers. */
function withoutEmpty(spec: AccessSpec): AccessSpec {
  const { resourceAttributes, ...rest } = spec;
  if (!resourceAttributes) return spec;
  const kept = Object.fromEntries(Object.entries(resourceAttributes).filter(([, value]) => value !== ''));
  return { ...rest, resourceAttributes: kept as AccessSpec['resourceAttributes'] & object };
}

function rulesReview(core: Core, user: User, object: KubeObject): KubeObject {
  const { namespace = '' } = (object.spec ?? {}) as { namespace?: string };
  const { resource, path } = rulesOf(core, user, namespace);
  const shown = ({ verbs, apiGroups, resources, resourceNames }: Rule): object => ({
    verbs,
    apiGroups,
    resources,
    ...(resourceNames?.length ? { resourceNames } : {}),
  });
  const status = {
    resourceRules: resource.map(shown),
    nonResourceRules: path.map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete: false,
  };
  return { ...object, spec: {}, status };
}

function tokenReview(core: Core, object: KubeObject): KubeObject {
  const { token = '' } = (object.spec ?? {}) as { token?: string };
  const user = userOfToken(core, token);
  if (!user) return { ...object, status: { user: {}, error: 'invalid bearer token' } };
  return { ...object, status: { authenticated: true, user: { username: user.name, groups: user.groups } } };
}
