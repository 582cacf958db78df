import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect } from '@jest/globals';
import { configMap, deployment, documents } from './objects.ts';
import { IMAGE, NEW_TAG, onAnyCluster, onSandbox } from './world.ts';

describe('manifests', () => {
  onAnyCluster(
    'empty-documents: empty and comment-only documents, a List and a file of several are all objects and nothing else',
    async ({ write, run, get }) => {
      const list = JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: ['three', 'four'].map(name => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })),
      });
      await write({
        'a.yaml': `---\n# only a comment\n---\n${documents(configMap('one', {}), configMap('two', {}))}---\n`,
        'nested/list.json': list,
        'nested/readme.md': 'not a manifest',
      });
      const { outputs } = await run();
      expect(outputs).toMatchObject({ phase: 'succeeded' });
      const found = await Promise.all(['one', 'two', 'three', 'four'].map(name => get('v1', 'ConfigMap', name)));
      expect(found.map(object => object?.metadata.name)).toEqual(['one', 'two', 'three', 'four']);
    },
  );

  onAnyCluster(
    'two-namespaces: objects of one name in two namespaces are both applied',
    async ({ write, run, cluster, namespace }) => {
      const namespaces = [namespace, `${namespace}-b`];
      const files = namespaces.map(name => [
        `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`,
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same, namespace: ${name}}\ndata: {where: ${name}}\n`,
      ]);
      await write({ 'all.yaml': documents(...files.flat()) });
      const { outputs } = await run({ 'create-namespace': 'false' });
      expect(outputs).toMatchObject({ phase: 'succeeded' });
      for (const name of namespaces)
        expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'same', namespace: name })).toMatchObject(
          { data: { where: name } },
        );
      await cluster.remove({ apiVersion: 'v1', kind: 'Namespace', name: `${namespace}-b` });
    },
  );

  onAnyCluster('are read as kubectl reads them: booleans and octals of YAML 1.1', async ({ write, run, get }) => {
    await write({
      'web.yaml': deployment({ replicas: 1 }).replace(
        '      containers:',
        '      volumes: [{name: v, configMap: {name: c, defaultMode: 0o600, optional: yes}}]\n      containers:',
      ),
      'c.yaml': configMap('c', { a: '1' }),
    });
    expect((await run()).outputs).toMatchObject({ phase: 'succeeded' });
    expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({
      spec: { template: { spec: { volumes: [{ configMap: { defaultMode: 384, optional: true } }] } } },
    });
  });

  onAnyCluster(
    'registry-port: only the image of that very repository changes, and the log says what matched',
    async ({ write, run, get, cluster, namespace }) => {
      const sidecar = '        - {name: sidecar, image: "my.reg:5000/sidecar:v9"}\n';
      const job = `apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: "my.reg:5000/app:v1"}]}}}}
`;
      await write({
        'web.yaml': documents(deployment({ name: 'web', image: 'my.reg:5000/app:v1', replicas: 0 }) + sidecar, job),
      });
      const { outputs, summary } = await run({ images: 'my.reg:5000/app:v2' });
      expect(outputs).toMatchObject({ phase: 'succeeded' });
      expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({
        spec: {
          template: { spec: { containers: [{ image: 'my.reg:5000/app:v2' }, { image: 'my.reg:5000/sidecar:v9' }] } },
        },
      });
      expect(await cluster.get({ apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', namespace })).toMatchObject({
        spec: { jobTemplate: { spec: { template: { spec: { containers: [{ image: 'my.reg:5000/app:v2' }] } } } } },
      });
      expect(summary).toContain('my.reg:5000/app:v2');
    },
  );

  onSandbox('an image that matches nothing is an error, before any write', async ({ write, run, writes }) => {
    await write({ 'web.yaml': deployment() });
    const { outputs, log } = await run({ images: 'my.reg:5000/other:v2' });
    expect(outputs).toMatchObject({ phase: 'failed', reason: 'image-not-found' });
    expect(log).toContain('my.reg:5000/other');
    expect(log).toContain(IMAGE);
    expect(writes()).toEqual([]);
  });

  onAnyCluster('come from folders, globs and URLs together', async ({ write, run, get }) => {
    const server = createServer((_, response) => response.end(configMap('from-url', {})));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    try {
      await write({
        'one/a.yaml': configMap('from-folder', {}),
        'two/b.yml': configMap('from-glob', {}),
        'two/c.txt': 'no',
      });
      const { outputs } = await run({
        manifests: `one\ntwo/*.yml\nhttp://127.0.0.1:${(server.address() as AddressInfo).port}/c.yaml`,
      });
      expect(outputs).toMatchObject({ phase: 'succeeded' });
      for (const name of ['from-folder', 'from-glob', 'from-url'])
        expect(await get('v1', 'ConfigMap', name)).toBeDefined();
    } finally {
      server.close();
    }
  });

  onAnyCluster('may define a kind and use it at once', async ({ write, run, cluster, namespace }) => {
    const group = `${namespace}.example`;
    const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}}]
`;
    const widget = `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}\n`;
    await write({ 'a.yaml': documents(widget, definition) });
    try {
      expect((await run()).outputs).toMatchObject({ phase: 'succeeded' });
      expect(await cluster.get({ apiVersion: `${group}/v1`, kind: 'Widget', name: 'w', namespace })).toMatchObject({
        spec: { size: 3 },
      });
    } finally {
      await cluster.remove({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        name: `widgets.${group}`,
      });
    }
  });

  onAnyCluster(
    'keep the labels that users gave them, and their images unless told otherwise',
    async ({ write, run, get }) => {
      await write({
        'web.yaml': deployment({ image: `${IMAGE}:${NEW_TAG}`, replicas: 1 }).replace(
          '  name: web\n',
          '  name: web\n  labels: {team: shop}\n',
        ),
      });
      await run();
      expect(await get('apps/v1', 'Deployment', 'web')).toMatchObject({
        metadata: { labels: { team: 'shop', 'sluice.dev/release': 'shop' } },
        spec: { template: { spec: { containers: [{ image: `${IMAGE}:${NEW_TAG}` }] } } },
      });
    },
  );
});
