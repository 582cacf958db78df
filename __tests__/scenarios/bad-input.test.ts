import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect } from '@jest/globals';
import { configMap, deployment, documents } from './objects.ts';
import { onSandbox } from './world.ts';

/** Ten levels of ten references: ten thousand million strings. */
const BOMB = [
  'a: &a0 [x]',
  ...Array.from({ length: 10 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
].join('\n');

const cases: {
  name: string;
  files?: Record<string, string>;
  inputs?: Record<string, string>;
  reason: string;
  says: readonly RegExp[];
}[] = [
  {
    name: 'a missing file',
    inputs: { manifests: 'absent.yaml' },
    reason: 'invalid-manifest',
    says: [/absent\.yaml does not exist/],
  },
  {
    name: 'a glob that matches nothing',
    inputs: { manifests: '*.nope' },
    reason: 'invalid-manifest',
    says: [/\*\.nope matches no manifest/],
  },
  {
    name: 'an empty folder',
    files: { 'x/readme.md': '' },
    inputs: { manifests: 'x' },
    reason: 'invalid-manifest',
    says: [/has no file that ends in/],
  },
  {
    name: 'several problems in several files, all at once, each on its line',
    files: {
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: "1"\n  x: "2"\n',
      'b.yaml': 'kind: ConfigMap\nmetadata: {name: b}\n',
      'c.yaml': 'a: [1\nb: 2\n',
    },
    reason: 'invalid-manifest',
    says: [/file=a\.yaml,line=6/, /file=b\.yaml,line=1/, /file=c\.yaml,line=1/],
  },
  {
    name: 'several bad inputs, all at once, with what is allowed',
    inputs: { timeout: 'soon', prune: 'yes', 'on-failure': 'rolback', namespace: 'No_Name' },
    reason: 'invalid-input',
    says: [
      /timeout: "soon".*90s/,
      /prune: "yes".*true or false/,
      /on-failure: "rolback".*rollback, pause, leave/,
      /namespace: "No_Name"/,
    ],
  },
  {
    name: 'a kubeconfig that is none',
    inputs: { kubeconfig: 'hello' },
    reason: 'invalid-kubeconfig',
    says: [/not a kubeconfig/],
  },
  {
    name: 'a context that is not there',
    inputs: { context: 'nowhere' },
    reason: 'invalid-kubeconfig',
    says: [/nowhere/, /sandbox/],
  },
  {
    name: 'a namespace that does not exist',
    inputs: { namespace: 'absent', 'create-namespace': 'false' },
    reason: 'namespace-missing',
    says: [/Namespace absent does not exist/, /create-namespace: true/],
  },
  {
    name: 'an object of 1.5 MB',
    files: { 'a.yaml': configMap('large', { text: 'x'.repeat(1_500_000) }) },
    reason: 'invalid-manifest',
    says: [/file=a\.yaml,line=1/, /MiB/],
  },
  { name: 'a YAML bomb', files: { 'a.yaml': `${BOMB}\n` }, reason: 'invalid-manifest', says: [/file=a\.yaml/] },
  {
    name: '__proto__ keys',
    files: { 'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n__proto__: {polluted: true}\n' },
    reason: 'invalid-manifest',
    says: [/__proto__/, /line=4/],
  },
  {
    name: 'a kind that the server does not serve',
    files: { 'a.yaml': 'apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: a}\n' },
    reason: 'invalid-manifest',
    says: [/no kind Deploymnt/, /Did you mean Deployment/],
  },
  {
    name: 'fields that the API does not know, in two objects',
    files: {
      'a.yaml': documents(
        deployment().replace('replicas:', 'replcas:'),
        configMap('c', {}).replace('\ndata:', '\ndat:'),
      ),
    },
    reason: 'rejected-by-api',
    says: [/spec\.replcas/, /\.dat/, /2 of the objects/],
  },
];

describe('bad input gets a clear error and not one write', () => {
  for (const { name, files = { 'web.yaml': deployment() }, inputs, reason, says } of cases)
    onSandbox(name, async ({ write, run, writes }) => {
      await write(files);
      const { exitCode, outputs, log, summary } = await run(inputs);
      expect({ exitCode, ...outputs }).toMatchObject({ exitCode: 1, phase: 'failed', reason });
      for (const words of says) expect(log).toMatch(words);
      expect(summary).toContain('Nothing was changed');
      expect(writes()).toEqual([]);
    });

  onSandbox('a server that cannot be reached is named', async ({ write, run }) => {
    const closed = createServer();
    await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise(resolve => closed.close(resolve));
    await write({ 'web.yaml': deployment() });
    const kubeconfig = JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${port}` } }],
      users: [{ name: 'u', user: { token: 't0ken' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
    const { outputs, log } = await run({ kubeconfig: Buffer.from(kubeconfig).toString('base64') });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'unreachable' });
    expect(log).toContain(`https://127.0.0.1:${port}`);
  });

  onSandbox(
    'a conflict names the other manager and the field, and force-conflicts takes it',
    async ({ write, run, server, namespace, get }) => {
      await write({ 'c.yaml': configMap('c', { colour: 'red' }) });
      await run();
      const object = (await get('v1', 'ConfigMap', 'c')) as { metadata: object };
      server.sandbox.api.update(
        {
          ...structuredClone(object),
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { ...object.metadata, name: 'c', namespace },
          data: { colour: 'blue' },
        },
        { manager: 'somebody' },
      );
      await write({ 'c.yaml': configMap('c', { colour: 'green' }) });
      const { outputs, log } = await run();
      expect(outputs).toMatchObject({ phase: 'failed', reason: 'conflict' });
      expect(log).toMatch(/somebody/);
      expect(log).toMatch(/data\.colour/);
      expect((await run({ 'force-conflicts': 'true' })).outputs).toMatchObject({ phase: 'succeeded' });
      expect(await get('v1', 'ConfigMap', 'c')).toMatchObject({ data: { colour: 'green' } });
    },
  );
});
