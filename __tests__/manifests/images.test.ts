import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SluiceError } from '../../src/errors.ts';
import { canonicalRepository, formatReference, parseReference } from '../../src/manifests/images/reference.ts';
import { substituteImages } from '../../src/manifests/images/substitute.ts';
import type { LoadedObject } from '../../src/manifests/loaded-object.ts';
import { podTemplatesOf } from '../../src/manifests/pod-templates.ts';
import { loaded } from './loaded.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

const deployment = (name: string, ...images: string[]): LoadedObject =>
  loaded('apps/v1', 'Deployment', name, {
    spec: { template: { spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) } } },
  });

function imagesOf(objects: readonly LoadedObject[]): unknown[] {
  return objects.flatMap(({ object }) =>
    podTemplatesOf(object).flatMap(({ template }) => (template.spec.containers ?? []).map(({ image }) => image)),
  );
}

function failure(objects: LoadedObject[], images: string[]): SluiceError {
  try {
    substituteImages(objects, images);
  } catch (error) {
    if (error instanceof SluiceError) return error;
  }
  throw new Error('no SluiceError was thrown');
}

describe('a reference', () => {
  it.each([
    ['nginx', { repository: 'nginx' }],
    ['my.reg:5000/app:v2', { repository: 'my.reg:5000/app', tag: 'v2' }],
    ['my.reg:5000/app', { repository: 'my.reg:5000/app' }],
    [`registry:5000/name:tag@${digest}`, { repository: 'registry:5000/name', tag: 'tag', digest }],
    [`a/b/c@${digest}`, { repository: 'a/b/c', digest }],
    ['localhost/x:1', { repository: 'localhost/x', tag: '1' }],
    ['[::1]:5000/a:b', { repository: '[::1]:5000/a', tag: 'b' }],
    ['REG.example.com/a__b/c-d.e:V_1.2-x', { repository: 'REG.example.com/a__b/c-d.e', tag: 'V_1.2-x' }],
  ])('%s is read, and printed as it was', (text, reference) => {
    expect(parseReference(text)).toEqual(reference);
    expect(formatReference(reference)).toBe(text);
  });

  it.each([
    '',
    ':tag',
    'App',
    'a/B',
    'a//b',
    '/a',
    'a/',
    'a:',
    'a:b:c',
    'a@',
    'a@sha256:12',
    `a:${'t'.repeat(129)}`,
    'a b',
    'a:-x',
    'https://a/b',
    '-a',
    'a..b',
    `${'a'.repeat(256)}`,
  ])('"%s" is none', text => expect(parseReference(text)).toBeUndefined());

  it('is compared by its full name', () => {
    expect(
      ['nginx', 'library/nginx', 'docker.io/nginx', 'index.docker.io/library/nginx', 'Docker.IO/nginx'].map(
        canonicalRepository,
      ),
    ).toEqual(Array(5).fill('docker.io/library/nginx'));
    expect(
      ['team/app', 'localhost/app', 'reg:5000/app', 'reg.io/app', 'quay.io/nginx'].map(canonicalRepository),
    ).toEqual(['docker.io/team/app', 'localhost/app', 'reg:5000/app', 'reg.io/app', 'quay.io/nginx']);
  });
});

describe('substitution', () => {
  it('registry-port: changes only the app, and says so', () => {
    const objects = [deployment('web', 'my.reg:5000/app:v1', 'my.reg:5000/sidecar:v9', 'my.reg/app:v1', 'app:v1')];
    const result = substituteImages(objects, ['my.reg:5000/app:v2']);
    expect(imagesOf(result.objects)).toEqual([
      'my.reg:5000/app:v2',
      'my.reg:5000/sidecar:v9',
      'my.reg/app:v1',
      'app:v1',
    ]);
    expect(result.replacements).toEqual([
      {
        ref: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
        container: 'c0',
        from: 'my.reg:5000/app:v1',
        to: 'my.reg:5000/app:v2',
      },
    ]);
    expect(imagesOf(objects)[0]).toBe('my.reg:5000/app:v1');
  });

  it.each([
    ['a tag over a digest', `app:v1@${digest}`, 'app:v2', 'app:v2'],
    ['a digest over a tag', 'app:v1', `app@${digest}`, `app@${digest}`],
    ['both', 'app', `app:v2@${digest}`, `app:v2@${digest}`],
    ['the full name of what the manifest writes short', 'nginx:1', 'docker.io/library/nginx:2', 'nginx:2'],
    [
      'the short name of what the manifest writes in full',
      'docker.io/library/nginx',
      'nginx:2',
      'docker.io/library/nginx:2',
    ],
    ['another registry', 'nginx:1', 'nginx=my.reg:5000/mirror/nginx:2', 'my.reg:5000/mirror/nginx:2'],
    [
      'another registry, and what is not said stays',
      `nginx:1@${digest}`,
      'nginx=my.reg/nginx',
      `my.reg/nginx:1@${digest}`,
    ],
    ['a placeholder', 'app', 'app = ghcr.io/o/app:sha-1', 'ghcr.io/o/app:sha-1'],
    ['what is there already', 'app:v2', 'app:v2', 'app:v2'],
  ])('sets %s', (_, from, entry, to) => {
    const { objects, replacements } = substituteImages([deployment('web', from)], [entry]);
    expect(imagesOf(objects)).toEqual([to]);
    expect(replacements).toEqual([expect.objectContaining({ from, to })]);
  });

  it('reaches every pod spec, container and image volume', () => {
    const spec = {
      containers: [{ name: 'main', image: 'app:1' }],
      initContainers: [{ name: 'init', image: 'app:1' }],
      ephemeralContainers: [{ name: 'debug', image: 'app:1' }],
      volumes: [
        { name: 'data', image: { reference: 'app:1' } },
        { name: 'other', emptyDir: {} },
      ],
    };
    const inTemplate = { spec: { template: { spec } } };
    const objects = [
      loaded('v1', 'Pod', 'pod', { spec }),
      loaded('v1', 'PodTemplate', 'template', { template: { spec } }),
      loaded('v1', 'ReplicationController', 'rc', inTemplate),
      ...['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'].map(kind => loaded('apps/v1', kind, 'w', inTemplate)),
      loaded('batch/v1', 'Job', 'job', inTemplate),
      loaded('batch/v1', 'CronJob', 'cron', { spec: { jobTemplate: { spec: { template: { spec } } } } }),
      loaded('argoproj.io/v1alpha1', 'Rollout', 'rollout', inTemplate),
      loaded('v1', 'Service', 'none', { spec: { ports: [] } }),
    ];
    const { objects: after, replacements } = substituteImages(objects, ['app:2']);
    expect(replacements).toHaveLength(10 * 4);
    expect(new Set(replacements.map(({ container }) => container))).toEqual(new Set(['main', 'init', 'debug', 'data']));
    expect(JSON.stringify(after)).not.toContain('app:1');
    expect(after.at(-1)).toBe(objects.at(-1));
  });

  it('survives specs that are none', () => {
    const odd = [
      loaded('apps/v1', 'Deployment', 'a', { spec: null }),
      loaded('apps/v1', 'Deployment', 'b', {
        spec: { template: { spec: { containers: [null, 5, { name: 'x' }], volumes: {} } } },
      }),
      loaded('x.io/v1', 'Custom', 'c', { spec: { template: { spec: { containers: 'app:1' } } } }),
      deployment('d', 'app:1', '{{ image }}'),
    ];
    expect(substituteImages(odd, ['app:2']).replacements).toHaveLength(1);
  });

  it('fails for an image that no manifest has, with the nearest names', () => {
    const objects = [deployment('web', 'ghcr.io/shop/web:1', 'ghcr.io/shop/api:1', 'redis:7', 'envoy:1')];
    const error = failure(objects, ['web:2', 'ghcr.io/shop/apo:3']);
    expect(error.code).toBe('image-not-found');
    expect(error.problems.map(({ message }) => message)).toEqual([
      'images: no container in the manifests uses docker.io/library/web, which web:2 is for; there is ghcr.io/shop/web, redis, envoy.',
      expect.stringMatching(/uses ghcr\.io\/shop\/apo, .*; there is ghcr\.io\/shop\/api, ghcr\.io\/shop\/web,/),
    ]);
    expect(failure([], ['web:2']).message).toContain('they have no images');
  });

  it('fails for entries that contradict each other or say nothing, all at once', () => {
    const error = failure(
      [deployment('web', 'nginx:1')],
      ['nginx:1', 'docker.io/nginx:2', 'nginx', 'a=b=c', 'x:1=y:2', 'gone:1'],
    );
    expect(error.code).toBe('invalid-input');
    expect(error.problems).toHaveLength(5);
    expect(substituteImages([deployment('web', 'nginx:1')], ['nginx:2', 'nginx:2']).replacements).toHaveLength(1);
  });

  it('touches only the repositories that it is asked for', () => {
    const repository = fc.constantFrom(
      'a',
      'a/b',
      'r:5000/a',
      'r:5000/a/b',
      'r.io/a',
      'docker.io/a',
      'library/a',
      'a-b',
      'r.io/a-b',
    );
    const image = fc.tuple(repository, fc.constantFrom('', ':1', ':2', `@${digest}`)).map(parts => parts.join(''));
    fc.assert(
      fc.property(fc.array(image, { maxLength: 8 }), repository, (images, target) => {
        const asked = canonicalRepository(target);
        const isAsked = (text: string): boolean =>
          canonicalRepository(parseReference(text)?.repository ?? '') === asked;
        fc.pre(images.some(isAsked));
        const after = imagesOf(substituteImages([deployment('web', ...images)], [`${target}:new`]).objects);
        expect(after).toEqual(images.map(text => (isAsked(text) ? `${parseReference(text)?.repository}:new` : text)));
      }),
    );
  });
});
