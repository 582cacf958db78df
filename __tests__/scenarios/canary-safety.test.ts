import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { parse } from 'yaml';
import type { StepResult } from '../../src/demo/runner.ts';
import { accountWith, type Rule } from './accounts.ts';
import { documents } from './objects.ts';
import { app, BRIEF, release, standing } from './releases.ts';
import { onSandbox, type SandboxWorld } from './world.ts';

const APPROVE = { steps: '[weight: 50, approve]' };
const SWITCH = { strategy: 'blue-green', steps: '[weight: 100, approve]' };

/** The rules of the Role that docs/rbac.md shows. */
async function documentedRules(): Promise<Rule[]> {
  const text = await readFile(join(import.meta.dirname, '../../docs/rbac.md'), 'utf8');
  const role = /```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(text)?.[1] ?? '';
  return (parse(role) as { rules: Rule[] }).rules;
}

/** The same rules without this verb on this resource. */
function without(rules: readonly Rule[], verb: string, resource: string): Rule[] {
  return rules
    .flatMap(({ resources, verbs, ...rest }) => [
      { ...rest, verbs, resources: resources.filter(name => name !== resource) },
      { ...rest, verbs: verbs.filter(name => name !== verb), resources: resources.filter(name => name === resource) },
    ])
    .filter(({ resources, verbs }) => resources.length > 0 && verbs.length > 0);
}

describe('no-permission', () => {
  onSandbox('the documented rules are enough for canary and blue/green, promote and reject', async world => {
    const kubeconfig = accountWith(world, await documentedRules());
    const mine = { kubeconfig, 'create-namespace': 'false' };
    for (const [version, inputs, verb, phase] of [
      [2, APPROVE, 'promote', 'succeeded'],
      [3, SWITCH, 'promote', 'succeeded'],
      [4, APPROVE, 'reject', 'rolled-back'],
      [5, SWITCH, 'reject', 'rolled-back'],
    ] as const) {
      if (version === 2) await release(world, 1, mine);
      expect((await release(world, version, { ...inputs, ...mine })).outputs).toMatchObject({ phase: 'paused' });
      expect((await world.command(verb, { kubeconfig })).outputs).toMatchObject({ phase });
    }
    expect(await standing(world)).toBe('version 3, 2 pods');
  });

  const lacking = [
    { verb: 'patch', resource: 'deployments', inputs: APPROVE },
    { verb: 'patch', resource: 'services', inputs: SWITCH },
    { verb: 'update', resource: 'services', inputs: SWITCH },
    { verb: 'delete', resource: 'deployments', inputs: APPROVE },
    { verb: 'create', resource: 'configmaps', inputs: APPROVE },
    { verb: 'delete', resource: 'configmaps', inputs: APPROVE },
    { verb: 'patch', resource: 'leases', inputs: APPROVE },
    { verb: 'watch', resource: 'endpointslices', inputs: APPROVE },
  ];
  for (const { verb, resource, inputs } of lacking)
    onSandbox(
      `without the right to ${verb} ${resource} a ${inputs === SWITCH ? 'blue/green release' : 'canary'} fails before any write, with the rule to add`,
      async world => {
        await release(world, 1);
        const kubeconfig = accountWith(world, without(await documentedRules(), verb, resource));
        world.writes();
        const { exitCode, outputs, log } = await release(world, 2, {
          ...inputs,
          kubeconfig,
          'create-namespace': 'false',
        });
        expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'failed', reason: 'forbidden' });
        expect(log).toMatch(new RegExp(`resources: \\["${resource}"\\]`));
        expect(log).toMatch(new RegExp(`verbs: \\[.*"${verb}"`));
        expect(world.writes()).toEqual([]);
      },
    );
});

describe('secret-never-shown', () => {
  const VALUES = ['0ld-s3cr3t-of-the-shop', 'n3w-s3cr3t-of-the-shop'] as const;
  const secret = (value: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: keys}\nstringData: {password: ${value}}\n`;
  const container = '          env: [{name: P, valueFrom: {secretKeyRef: {name: keys, key: password}}}]\n';

  /** All that runs show, and the names, labels and annotations of all objects; the Secrets' own content is where it belongs. */
  function expectHidden({ server, namespace }: SandboxWorld, results: readonly StepResult[]): void {
    const { api } = server.sandbox;
    const kinds = ['Secret', 'ConfigMap', 'Service', 'Pod', 'Event', 'apps/Deployment', 'coordination.k8s.io/Lease'];
    const named = kinds.flatMap(kind =>
      api.list(kind, namespace).map(({ metadata: { managedFields: _, ...metadata } }) => metadata),
    );
    const told = results.map(({ log, ...rest }) => ({
      ...rest,
      log: log.split('\n').filter(line => !line.startsWith('::add-mask::')),
    }));
    const text = JSON.stringify([named, told]);
    for (const value of VALUES)
      for (const form of [value, Buffer.from(value).toString('base64')]) expect(text).not.toContain(form);
  }

  onSandbox(
    'of a Secret that changes with the version: log, summary, outputs, labels, the names of copies',
    async world => {
      const results: StepResult[] = [];
      for (const [index, value] of VALUES.entries()) {
        await world.write({ 'secret.yaml': secret(value) });
        results.push(await release(world, index + 1, APPROVE, { container }));
      }
      const { api } = world.server.sandbox;
      const copies = api.list('Secret', world.namespace).filter(({ metadata }) => metadata.name.startsWith('keys-'));
      expect(copies).toHaveLength(1);
      expectHidden(world, results);
      results.push(await world.command('status'), await world.command('promote'));
      expect(results.at(-1)?.outputs).toMatchObject({ phase: 'succeeded' });
      expectHidden(world, results);
    },
  );

  onSandbox('in the log of a new version that prints it before it crashes', async world => {
    const [before, after] = VALUES;
    await world.write({ 'secret.yaml': secret(before) });
    await release(world, 1, {}, { container });
    await world.write({ 'secret.yaml': secret(after) });
    const annotations = { 'sandbox.sluice.dev/crash': 'true', 'sandbox.sluice.dev/log': `${before} is not ${after}` };
    const failed = await release(world, 2, APPROVE, { container, annotations });
    expect(failed.outputs).toMatchObject({ phase: 'rolled-back', reason: 'workload-failed' });
    expect(failed.summary).toContain('*** is not ***');
    const { log, ...rest } = failed;
    expectHidden({ ...world, namespace: 'none' }, [{ ...rest, log }]);
  });
});

describe('bad steps and configuration get a clear error and not one write', () => {
  const cases: { name: string; inputs: Record<string, string>; says: readonly RegExp[] }[] = [
    {
      name: 'several mistakes of a config file, all at once, each on its line',
      inputs: { config: 'sluice.yaml' },
      says: [
        /file=sluice\.yaml,line=1,.*canery/,
        /file=sluice\.yaml,line=4,.*5/,
        /file=sluice\.yaml,line=5,.*soon/,
        /file=sluice\.yaml,line=6,.*drian.*drain/,
      ],
    },
    {
      name: 'several mistakes of inline YAML, all at once, each with its line',
      inputs: { config: 'strategy: canary\nsteps:\n  - weight: 120\nhold: 5\n' },
      says: [/line 3\b.*120/, /line 4\b.*hold/],
    },
    {
      name: 'inputs, all at once',
      inputs: { strategy: 'blue', steps: '10, 5, x', hold: 'soon', 'max-run': '1', 'on-drift': 'what' },
      says: [/strategy: "blue".*rolling, canary, blue-green/, /steps/, /hold: "soon"/, /max-run/, /on-drift: "what"/],
    },
    {
      name: 'steps that the strategy cannot take',
      inputs: { strategy: 'blue-green', steps: '10, 50' },
      says: [/100/],
    },
    {
      name: 'a weight that the router cannot give',
      inputs: { traffic: 'service', steps: '10, 100' },
      says: [/A weight of 10 %25 is not possible with the router service/],
    },
    {
      name: 'a Service that is not there',
      inputs: { service: 'absent' },
      says: [/absent/],
    },
    {
      name: 'a config file that is not there',
      inputs: { config: 'absent.yaml' },
      says: [/absent\.yaml does not exist/],
    },
  ];
  const SLUICE = `strategy: canery
steps:
  - weight: 10
  - weight: 5
hold: soon
drian: 5s
`;

  for (const { name, inputs, says } of cases)
    onSandbox(name, async ({ write, run, writes }) => {
      await write({ 'k8s/web.yaml': app(1) });
      const manifests = 'k8s';
      await run({ ...BRIEF, strategy: 'canary', manifests });
      writes();
      await write({ 'k8s/web.yaml': documents(app(2)), 'sluice.yaml': SLUICE });
      const strategy = inputs['config'] ? {} : { strategy: 'canary' };
      const { exitCode, outputs, log, summary } = await run({ ...strategy, manifests, ...inputs });
      expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'failed', reason: 'invalid-input' });
      for (const words of says) expect(log).toMatch(words);
      expect(summary).toContain('Nothing was changed');
      expect(writes()).toEqual([]);
    });
});
