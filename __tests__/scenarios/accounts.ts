import type { KubeObject } from '../../src/kube.ts';
import type { SandboxWorld } from './world.ts';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** The kubeconfig of an account that has these rules in the namespace of the scenario, and nothing else. */
export function accountWith({ server, namespace }: SandboxWorld, rules: readonly Rule[]): string {
  const { api, core } = server.sandbox;
  const make = (object: KubeObject): unknown => api.create(object, { manager: 'test' });
  if (!api.get('Namespace', undefined, namespace))
    make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  make({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'deployer', namespace }, rules });
  make({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'deployer', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' },
    subjects: [{ kind: 'User', name: 'deployer', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const token = `token-of-${namespace}`;
  core.tokens.set(token, { name: 'deployer', groups: ['system:authenticated'] });
  return server.kubeconfigFor(token);
}
