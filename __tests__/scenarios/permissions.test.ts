import { describe, expect } from '@jest/globals';
import type { KubeObject } from '../../src/kube.ts';
import { configMap, deployment, documents, service } from './objects.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** What docs/rbac.md asks for, for Deployments, Services and ConfigMaps. */
const RULES: readonly Rule[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'list', 'watch', 'create', 'update', 'delete'],
  },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  {
    apiGroups: [''],
    resources: ['services', 'configmaps'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
];

/** Only to explain a failure: without them it is found at the deadline. */
const EXPLAINING: readonly Rule[] = [
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
];

/** The kubeconfig of a service account that has these rules in the namespace and nothing else. */
function accountWith({ server, namespace }: SandboxWorld, rules: readonly Rule[]): string {
  const { api, core } = server.sandbox;
  const make = (object: KubeObject): unknown => api.create(object, { manager: 'test' });
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

const files = { 'all.yaml': documents(deployment(), service(), configMap('c', {})) };
const inputs = (kubeconfig: string): Record<string, string> => ({ kubeconfig, 'create-namespace': 'false' });

describe('no-permission', () => {
  onSandbox('the documented rules are enough for a release, an upgrade, a rollback and a re-run', async world => {
    const kubeconfig = accountWith(world, [...RULES, ...EXPLAINING]);
    await world.write(files);
    expect((await world.run(inputs(kubeconfig))).outputs).toMatchObject({ phase: 'succeeded' });
    expect((await world.run(inputs(kubeconfig))).outputs).toMatchObject({ phase: 'unchanged' });
    await world.write({ 'all.yaml': documents(deployment({ image: 'registry.k8s.io/pause:bad' }), service()) });
    expect((await world.run(inputs(kubeconfig))).outputs).toMatchObject({ phase: 'rolled-back' });
  });

  for (const [index, { apiGroups, resources }] of RULES.entries())
    onSandbox(
      `without the rule for ${resources.join(' and ')} it fails before any write, with the rule to add`,
      async world => {
        const kubeconfig = accountWith(
          world,
          RULES.filter((_, other) => other !== index),
        );
        await world.write(files);
        const { exitCode, outputs, log } = await world.run(inputs(kubeconfig));
        expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'failed', reason: 'forbidden' });
        for (const resource of resources) expect(log).toContain(resource);
        expect(log).toContain(`apiGroups: ["${apiGroups[0]}"]`);
        expect(world.writes()).toEqual([]);
      },
    );
});
