import { describe, expect } from '@jest/globals';
import { accountWith, type Rule } from './accounts.ts';
import { configMap, deployment, documents, service } from './objects.ts';
import { onSandbox } from './world.ts';

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
