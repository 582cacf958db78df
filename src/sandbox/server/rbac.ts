import type { KubeObject } from '../../kube.ts';
import { type Core, MASTERS, type User } from './core.ts';
import { collectionOf } from './registry.ts';

const GROUP = 'rbac.authorization.k8s.io';

export interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

/** What is to be done to what. */
export interface Attributes {
  verb: string;
  group?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** Of requests that concern no resource, such as /version. */
  path?: string;
}

export interface Decision {
  allowed: boolean;
  reason?: string;
}

interface Subject {
  kind: 'User' | 'Group' | 'ServiceAccount';
  name: string;
  namespace?: string;
}
interface Binding extends KubeObject {
  roleRef: { kind: 'Role' | 'ClusterRole'; name: string };
  subjects?: Subject[];
}
interface Role extends KubeObject {
  rules?: Rule[];
}

function subjectOf(user: User, binding: Binding): Subject | undefined {
  return binding.subjects?.find(subject => {
    switch (subject.kind) {
      case 'User':
        return subject.name === user.name;
      case 'Group':
        return user.groups.includes(subject.name);
      case 'ServiceAccount':
        return (
          user.name === `system:serviceaccount:${subject.namespace ?? binding.metadata.namespace ?? ''}:${subject.name}`
        );
      default:
        return subject.kind satisfies never;
    }
  });
}

const matches = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

function pathMatches(patterns: readonly string[] | undefined, path: string): boolean {
  return (patterns ?? []).some(
    pattern => pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))),
  );
}

function ruleAllows(rule: Rule, asked: Attributes): boolean {
  if (!matches(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined) return pathMatches(rule.nonResourceURLs, asked.path);
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : (asked.resource ?? '');
  const anyOf = asked.subresource !== undefined && rule.resources?.includes(`*/${asked.subresource}`) === true;
  if (!matches(rule.apiGroups, asked.group ?? '') || !(matches(rule.resources, resource) || anyOf)) return false;
  return !rule.resourceNames?.length || (asked.name !== undefined && rule.resourceNames.includes(asked.name));
}

interface Grant {
  binding: Binding;
  subject: Subject;
  rules: readonly Rule[];
}

/** The roles that the user holds in a namespace (cluster-wide ones included), in the order in which they are asked. */
function grantsOf(core: Core, user: User, namespace: string | undefined): Grant[] {
  const list = (plural: string, within?: string): readonly Binding[] =>
    core.store.list(collectionOf({ group: GROUP, plural }), within) as readonly Binding[];
  const bindings = [...list('clusterrolebindings'), ...(namespace ? list('rolebindings', namespace) : [])];
  return bindings.flatMap(binding => {
    const subject = subjectOf(user, binding);
    if (!subject) return [];
    const { kind, name } = binding.roleRef;
    const plural = kind === 'Role' ? 'roles' : 'clusterroles';
    const role = core.store.get(
      collectionOf({ group: GROUP, plural }),
      kind === 'Role' ? binding.metadata.namespace : undefined,
      name,
    );
    return role ? [{ binding, subject, rules: (role as Role).rules ?? [] }] : [];
  });
}

/** May the user do this? The reason is worded as RBAC words it. */
export function authorize(core: Core, user: User, asked: Attributes): Decision {
  if (user.groups.includes(MASTERS)) return { allowed: true };
  for (const { binding, subject, rules } of grantsOf(core, user, asked.namespace)) {
    if (!rules.some(rule => ruleAllows(rule, asked))) continue;
    const { name, namespace } = binding.metadata;
    // A RoleBinding is printed as NAME/NAMESPACE, as the API server does.
    const from = namespace ? `RoleBinding "${name}/${namespace}"` : `ClusterRoleBinding "${name}"`;
    const to =
      subject.kind === 'ServiceAccount'
        ? `ServiceAccount "${subject.name}/${subject.namespace ?? namespace}"`
        : `${subject.kind} "${subject.name}"`;
    return {
      allowed: true,
      reason: `RBAC: allowed by ${from} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${to}`,
    };
  }
  return { allowed: false };
}

/** Every rule that holds for the user in a namespace. */
export function rulesOf(core: Core, user: User, namespace: string): { resource: Rule[]; path: Rule[] } {
  const everything: Rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
  const rules = grantsOf(core, user, namespace).flatMap(grant => grant.rules);
  if (user.groups.includes(MASTERS)) rules.unshift(everything, { verbs: ['*'], nonResourceURLs: ['*'] });
  return {
    resource: rules.filter(rule => rule.resources?.length),
    path: rules.filter(rule => rule.nonResourceURLs?.length),
  };
}

/** What a 403 says after `is forbidden: `. */
export function refusal(user: User, asked: Attributes): string {
  const who = `User ${JSON.stringify(user.name)} cannot ${asked.verb}`;
  if (asked.path !== undefined) return `${who} path ${JSON.stringify(asked.path)}`;
  const resource = asked.subresource ? `${asked.resource}/${asked.subresource}` : asked.resource;
  const where = asked.namespace ? ` in the namespace ${JSON.stringify(asked.namespace)}` : ' at the cluster scope';
  return `${who} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(asked.group ?? '')}${where}`;
}
