import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/clock.ts';
import { SluiceError } from '../../src/errors.ts';
import { refOf, refText } from '../../src/kube.ts';
import { loadManifests } from '../../src/manifests/load.ts';
import { type LoadedObject, locator } from '../../src/manifests/loaded-object.ts';
import type { SourceOptions } from '../../src/manifests/sources.ts';
import { virtualClock } from '../../src/sandbox/virtual-clock.ts';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'manifests-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), content);
}

const configMap = (name: string, namespace = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${namespace && `  namespace: ${namespace}\n`}`;

async function load(sources: string[], options: Partial<SourceOptions> = {}): Promise<LoadedObject[]> {
  const { signal } = new AbortController();
  return loadManifests(sources, { workspace, fetch: noFetch, clock: virtualClock(), signal, ...options });
}

const noFetch = (): Promise<Response> => Promise.reject(new Error('nothing may be fetched here'));

async function names(sources: string[], options?: Partial<SourceOptions>): Promise<string[]> {
  return (await load(sources, options)).map(({ object }) => refText(refOf(object)));
}

async function failure(sources: string[], options?: Partial<SourceOptions>): Promise<SluiceError> {
  const error = await load(sources, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SluiceError);
  expect((error as SluiceError).code).toBe('invalid-manifest');
  return error as SluiceError;
}

async function problem(content: string | Uint8Array, path = 'bad.yaml'): Promise<SluiceError['problems'][number]> {
  write(path, content);
  const { problems } = await failure([path]);
  expect(problems).toHaveLength(1);
  return problems[0] as SluiceError['problems'][number];
}

describe('sources', () => {
  it('takes files, folders with all folders in them, and patterns, each file once, in the order of their names', async () => {
    write('b.yaml', configMap('b'));
    write('app/z.json', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"z"}}');
    write('app/inner/a.yml', configMap('a'));
    write('app/readme.md', 'not a manifest');
    write('app/.hidden.yaml', configMap('hidden'));
    write('app/.git/x.yaml', configMap('git'));
    write('globs/1/one.yaml', configMap('one'));
    write('globs/2/two.yml', configMap('two'));
    symlinkSync('..', join(workspace, 'app', 'loop'));
    expect(await names(['b.yaml', 'app', './b.yaml', 'globs/**/*.{yaml,yml}', 'globs/**'])).toEqual(
      ['b', 'a', 'z', 'one', 'two'].map(name => `ConfigMap ${name}`),
    );
    expect(await names(['app/.hidden.yaml', join(workspace, 'b.yaml')])).toEqual(['ConfigMap hidden', 'ConfigMap b']);
  });

  it('reports links that lead nowhere', async () => {
    mkdirSync(join(workspace, 'links'));
    symlinkSync('gone.yaml', join(workspace, 'links', 'a.yaml'));
    symlinkSync('self', join(workspace, 'self'));
    const { problems } = await failure(['links', 'self']);
    expect(problems.map(({ message }) => message)).toEqual([
      'self cannot be read (ELOOP).',
      'links/a.yaml is a link that leads nowhere.',
    ]);
  });

  it('takes a file whose name looks like a pattern', async () => {
    write('[prod].yaml', configMap('prod'));
    expect(await names(['[prod].yaml'])).toEqual(['ConfigMap prod']);
  });

  it('reports all that is missing at once', async () => {
    write('empty/readme.md', '');
    write('blank.yaml', '# nothing\n---\n');
    const { problems, hint } = await failure(['nope.yaml', 'nope/*.yaml', 'empty', 'empty/*']);
    expect(problems.map(({ message }) => message)).toEqual([
      `nope.yaml does not exist (looked for in ${workspace}).`,
      `The pattern nope/*.yaml matches no manifest in ${workspace}.`,
      'The folder empty has no file that ends in .yaml, .yml or .json.',
      expect.stringContaining('The pattern empty/* matches no manifest'),
    ]);
    expect(hint).toContain('Nothing was written');
    expect((await failure(['blank.yaml'])).message).toBe('There is no object in blank.yaml.');
    expect((await failure([])).message).toContain('no source is given');
  });

  it('says what to run for kustomize and Helm', async () => {
    write('k/overlay/kustomization.yaml', 'resources: [a.yaml]\n');
    write('chart/Chart.yaml', 'name: x\n');
    write('chart/templates/a.yaml', '{{ if .Values.a }}\n{{ end }}\n');
    const { problems } = await failure([
      'k',
      'chart',
      'k/overlay/kustomization.yaml',
      'k/**/*.yaml',
      'chart/templates',
    ]);
    expect(problems).toHaveLength(4);
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The folder k\/overlay is for kustomize: run "kubectl kustomize/),
      expect.stringMatching(/^The folder chart is a Helm chart: run "helm template/),
      expect.stringMatching(/^k\/overlay\/kustomization.yaml is for kustomize/),
      expect.stringContaining('run "helm template'),
    ]);
  });

  it('applies the Kustomization of Flux, which is an object', async () => {
    write(
      'flux/kustomization.yaml',
      'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n',
    );
    expect(await names(['flux'])).toEqual(['Kustomization apps']);
    const found = await problem(
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\n',
    );
    expect(found.message).toContain('is for kustomize, not for the cluster');
  });
});

describe('documents', () => {
  it('empty-documents: takes objects from several documents and from lists of lists, and nothing else', async () => {
    write(
      'all.yaml',
      [
        '# a comment',
        configMap('first'),
        '',
        '# only a comment',
        'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: inner}}\n- apiVersion: apps/v1\n  kind: DeploymentList\n  items:\n  - metadata:\n      name: typed\n      labels:\n        a: b\n',
        'apiVersion: v1\nkind: List\nitems: []\n',
        configMap('last'),
      ].join('\n---\n'),
    );
    const objects = await load(['all.yaml']);
    expect(objects.map(({ object }) => refText(refOf(object)))).toEqual([
      'ConfigMap first',
      'Secret inner',
      'Deployment typed',
      'ConfigMap last',
    ]);
    expect(objects[2]?.object.apiVersion).toBe('apps/v1');
    expect(objects.map(({ source }) => source.line)).toEqual([3, 16, 20, 31]);
    const locate = locator(objects);
    const typed = objects[2]?.object as LoadedObject['object'];
    expect(locate(typed, ['metadata', 'labels', 'a'])).toEqual({ file: 'all.yaml', line: 23 });
    expect(locate(typed, ['spec', 'replicas'])).toEqual({ file: 'all.yaml', line: 20 });
    expect(locate(typed)).toEqual({ file: 'all.yaml', line: 20, column: 5 });
  });

  it('reads a byte order mark and CRLF', async () => {
    write('dos.yaml', `\uFEFF${configMap('dos').replaceAll('\n', '\r\n')}---\r\n${configMap('two')}`);
    const objects = await load(['dos.yaml']);
    expect(objects.map(({ object, source }) => [object.metadata.name, source.line])).toEqual([
      ['dos', 1],
      ['two', 6],
    ]);
  });

  it('two-namespaces: objects of one name in two namespaces are two objects', async () => {
    write('a.yaml', `${configMap('x', 'one')}---\n${configMap('x', 'two')}`);
    expect(await names(['a.yaml'])).toEqual(['ConfigMap one/x', 'ConfigMap two/x']);
  });

  it('keeps the limits of a CRD that no double holds, as the API server does, and refuses such numbers elsewhere', async () => {
    const crd = (field: string): string =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: a.b.c}\nspec: {${field}: 9223372036854775807}\n`;
    write('crd.yaml', crd('maximum'));
    expect(await names(['crd.yaml'])).toEqual(['CustomResourceDefinition a.b.c']);
    expect((await problem(crd('replicas'))).message).toContain('more digits than can be kept');
  });
});

describe('an object that cannot be applied', () => {
  it('is reported with file, line and column, all of them at once', async () => {
    write('one.yaml', `${configMap('ok')}---\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\n`);
    write('two.yaml', `${configMap('a')}data:\n  k: 1\n  k: 2\n---\n- a\n- b\n`);
    const error = await failure(['one.yaml', 'two.yaml']);
    expect(error.problems).toEqual([
      { message: 'one.yaml:6: Service a: apiVersion is missing.', file: 'one.yaml', line: 6, column: 1 },
      { message: 'one.yaml:9: Pod: metadata.name is missing.', file: 'one.yaml', line: 9, column: 1 },
      { message: 'two.yaml:7: the key k is there twice.', file: 'two.yaml', line: 7, column: 3 },
      {
        message: 'two.yaml:9: an object is expected here, and this is a list.',
        file: 'two.yaml',
        line: 9,
        column: 1,
      },
    ]);
    expect(error.message).toMatch(/^There are 4 problems in the manifests:\n- one.yaml:6/);
  });

  it.each([
    ['metadata: {name: 5}', 4, 'metadata.name must be a text, not a number: quote it'],
    ['metadata: {name: x, namespace: 7}', 4, 'metadata.namespace must be a text'],
    ['metadata:\n  generateName: x-', 5, 'metadata.generateName cannot be applied'],
    ['metadata:\n  name: x\n  labels:\n    a: yes', 7, 'metadata.labels: a must be a text, not a boolean: quote it'],
    ['metadata: [a]', 4, 'metadata must be a mapping, not a list'],
    ['metadata: {name: ""}', 4, 'metadata.name is missing'],
    ['metadata: {name: x}\na: {__proto__: {b: 1}}', 5, 'the key __proto__ is refused'],
    ['metadata: {name: x}\n\ta: 1', 5, 'not valid YAML'],
  ])('for its fields: %s', async (fields, line, message) => {
    const found = await problem(`# head\napiVersion: v1\nkind: ConfigMap\n${fields}\n`);
    expect(found).toMatchObject({ file: 'bad.yaml', line, message: expect.stringContaining(message) });
  });

  it('is too large for the cluster', async () => {
    const text = (bytes: number): string => `data: {a: "${'x'.repeat(bytes)}"}\n`;
    expect((await problem(configMap('big') + text(1.5 * 1024 * 1024))).message).toBe(
      'bad.yaml:1: ConfigMap big: the object has 1.50 MiB; the API server takes at most 1.5 MiB.',
    );
    expect((await problem(configMap('big') + text(1024 * 1024 + 1))).message).toContain('takes at most 1 MiB');
    write('fits.yaml', configMap('fits') + text(1024 * 1024));
    expect(await names(['fits.yaml'])).toEqual(['ConfigMap fits']);
  });

  it('is there twice: both places are named', async () => {
    write('a.yaml', configMap('x', 'shop'));
    write('b/c.yaml', `${configMap('z')}---\n${configMap('x', 'shop')}`);
    const { problems } = await failure(['a.yaml', 'b']);
    expect(problems).toEqual([
      {
        message: 'ConfigMap shop/x is in the manifests twice: a.yaml:1 and b/c.yaml:6.',
        file: 'b/c.yaml',
        line: 6,
        column: 1,
      },
    ]);
  });

  it.each([
    ['UTF-16', Buffer.from(`\uFEFF${configMap('x')}`, 'utf16le'), 'encoded as UTF-16'],
    ['UTF-16 without a mark', Buffer.from(configMap('x'), 'utf16le'), 'encoded as UTF-16'],
    ['Latin-1', Buffer.from('a: \xe9', 'latin1'), 'is not UTF-8 text'],
    ['a huge file', Buffer.alloc(20 * 1024 * 1024 + 1, '#'), 'is larger than 20 MiB'],
  ])('is in a file of %s', async (_, content, message) => {
    expect((await problem(content)).message).toContain(message);
  });

  it('secret-never-shown: its values are in no problem', async () => {
    const secret = 'hunter2-swordfish';
    const texts = [
      `data: {a: "${secret}`,
      `data: {a: ${secret}}}`,
      `data:\n  a: |${secret}\n`,
      `data:\n  a: ${secret}\n b: ${secret}: ${secret}`,
      `data:\n  a: "\\z${secret}"`,
      `data: !!int ${secret}`,
      `data: !!binary "${secret}"`,
      `data:\n  a: 1\n${secret} ${secret}\n`,
      `stringData:\n\t${secret}`,
      `data: @${secret}`,
      `metadata: ${secret}\n`,
      `data: {? {${secret}: 1} : ${secret}}`,
      `data: {a ${secret}: 1, a ${secret}: 2}`,
      `%${secret}\n---\na: 1`,
      `data: *${secret}`,
    ];
    for (const text of texts) {
      write('s.yaml', `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${text}\n`);
      const error = await failure(['s.yaml']);
      expect(JSON.stringify([error.message, error.problems, error.hint])).not.toContain(secret);
    }
  });
});

describe('a URL', () => {
  const answer = (body: string, init: ResponseInit = {}): Partial<SourceOptions> => ({
    fetch: async () => new Response(body, init),
  });
  const url = 'https://example.com/a.yaml?token=s3cret';

  it('is read, and named without its query', async () => {
    const objects = await load([url], answer(configMap('far')));
    expect(objects[0]?.object.metadata.name).toBe('far');
    expect(objects[0]?.source).toMatchObject({ file: 'https://example.com/a.yaml', local: false, line: 1 });
    const error = await failure([url], answer('kind: X\n'));
    expect(error.problems[0]).toEqual({
      message: expect.stringMatching(/^https:\/\/example\.com\/a\.yaml:1: X: apiVersion is missing/),
    });
  });

  it.each([
    ['an error', answer('no', { status: 404, statusText: 'Not Found' }), 'answered 404 Not Found'],
    ['a web page', answer('<!DOCTYPE html><p>', { headers: { 'content-type': 'text/plain' } }), 'a web page'],
    ['too much', answer('#'.repeat(20 * 1024 * 1024 + 1)), 'is larger than 20 MiB'],
    [
      'nothing',
      { fetch: () => Promise.reject(new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') })) },
      'cannot be reached: ECONNREFUSED',
    ],
  ])('that answers with %s is an error', async (_, options, message) => {
    const { problems } = await failure([url], options);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.message).not.toContain('s3cret');
  });

  it('of a page on GitHub has a hint', async () => {
    const page = 'https://github.com/o/r/blob/main/deploy/a.yaml';
    const { message } = await failure([page], answer('<html>', { headers: { 'content-type': 'text/html' } }));
    expect(message).toContain('use https://raw.githubusercontent.com/o/r/main/deploy/a.yaml');
  });

  it('that never answers is given up', async () => {
    const clock = virtualClock();
    const fetch = (_: unknown, init?: RequestInit): Promise<Response> => {
      const never = new Promise<Response>((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      );
      clock.advance(30_000);
      return never;
    };
    expect((await failure([url], { fetch, clock })).message).toContain('gave no whole answer within 30 s');
  });

  it('leaves no timer behind', async () => {
    let waiting = 0;
    const clock: Clock = {
      now: () => 0,
      after: () => {
        waiting += 1;
        return () => {
          waiting -= 1;
        };
      },
    };
    await load([url], { ...answer(configMap('far')), clock });
    await failure([url], { ...answer('no', { status: 500 }), clock });
    expect(waiting).toBe(0);
  });

  it('stops with the run', async () => {
    const run = new AbortController();
    const reason = new SluiceError('cancelled', 'stop');
    const clock: Clock = { now: () => 0, after: () => () => undefined };
    const fetch = (): Promise<Response> => {
      run.abort(reason);
      return Promise.reject(reason);
    };
    await expect(load([url], { fetch, clock, signal: run.signal })).rejects.toBe(reason);
  });

  it('is followed where it redirects, with its credentials in a header', async () => {
    const seen: (string | undefined)[] = [];
    const server = http.createServer((request, response) => {
      seen.push(request.headers.authorization);
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else response.end(configMap('there'));
    });
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    try {
      expect(await names([`http://me:p%40ss@127.0.0.1:${port}/a`], { fetch })).toEqual(['ConfigMap there']);
      expect(seen[0]).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});
