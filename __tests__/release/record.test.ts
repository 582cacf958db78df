import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SluiceError } from '../../src/errors.ts';
import type { KubeObject } from '../../src/kube.ts';
import { decodeRecord, digestOf, encodeRecord, type ReleaseRecord, recordName } from '../../src/release/record.ts';

const record = (objects: KubeObject[], more: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  schema: 2,
  release: 'shop',
  namespace: 'prod',
  revision: 7,
  status: 'in-progress',
  digest: digestOf(objects),
  startedAt: '2026-01-01T00:00:00.000Z',
  origin: { commit: 'abc', pullRequest: 12 },
  holder: 'run#1',
  plan: { strategy: 'rolling', steps: [] },
  cursor: 0,
  objects,
  created: [],
  unpruned: [],
  history: [],
  ...more,
});

const configMap = (data: unknown): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a' },
  data,
});

describe('a record', () => {
  it('reads back as it was written, whatever is in the manifests', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async values => {
        const written = JSON.parse(JSON.stringify(record(values.map(configMap)))) as ReleaseRecord;
        expect(decodeRecord(encodeRecord(written))).toEqual(written);
      }),
    );
  });

  it('says status, revision, commit and pull request in labels, and nothing of the manifests', async () => {
    const [head] = encodeRecord(record([configMap({ password: 'hunter2' })]));
    expect(head.metadata).toEqual({
      name: 'sluice.shop.7',
      namespace: 'prod',
      labels: {
        'sluice.dev/record': 'shop',
        'sluice.dev/revision': '7',
        'sluice.dev/status': 'in-progress',
        'sluice.dev/commit': 'abc',
        'sluice.dev/pull-request': '12',
      },
    });
    expect(head.type).toBe('sluice.dev/release.v1');
  });

  it('is split, never cut, when it is larger than a Secret may be', async () => {
    const written = record([configMap({ large: randomBytes(1_500_000).toString('base64') })]);
    const secrets = encodeRecord(written);
    expect(secrets.map(({ metadata }) => metadata.name)).toEqual(
      [0, 1, 2].map(part => recordName('shop', 7, part)).slice(0, secrets.length),
    );
    expect(secrets.length).toBeGreaterThan(1);
    for (const { data } of secrets) {
      const bytes = Object.values(data ?? {}).reduce((sum, value) => sum + Buffer.from(value, 'base64').length, 0);
      expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    }
    expect(decodeRecord(secrets)).toEqual(written);
  });

  it('is an error, never a fresh start, when it cannot be read', async () => {
    const [head] = encodeRecord(record([]));
    const broken = [
      { ...head, data: {} },
      { ...head, data: { ...head.data, state: 'aGVsbG8=' } },
      { ...head, data: { ...head.data, objects: '' } },
    ];
    for (const secret of broken) {
      expect(() => decodeRecord([secret])).toThrow(SluiceError);
      expect(() => decodeRecord([secret])).toThrow(/prod\/sluice\.shop\.7 cannot be read/);
    }
  });

  it('is an error when a later version of Sluice wrote it', async () => {
    const secrets = encodeRecord(record([], { schema: 3 as 2 }));
    expect(() => decodeRecord(secrets)).toThrow(/schema 3.*reads schema 2/);
  });
});

describe('the digest of a wish', () => {
  it('does not depend on the order of keys, and does on every value', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), data => {
        const reversed = Object.fromEntries(Object.entries(data).reverse());
        expect(digestOf([configMap(reversed)])).toBe(digestOf([configMap(data)]));
        expect(digestOf([configMap({ ...data, ' another': 1 })])).not.toBe(digestOf([configMap(data)]));
      }),
    );
  });
});
